import { chmodSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempFolder extends Disposable {
  readonly path: string;
  join(...parts: string[]): string;
}

/** A fresh folder, gone at the end of the block: `using folder = tempFolder()`. */
export function tempFolder(): TempFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'peep-test-')));
  return {
    path,
    join: (...parts) => join(path, ...parts),
    [Symbol.dispose]() {
      makeWritable(path);
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Tests make folders read-only; removing what is in them needs the permission back. */
function makeWritable(folder: string): void {
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (lstatSync(path).isDirectory()) makeWritable(path);
  }
}
