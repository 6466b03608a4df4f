import { chmodSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDirectory extends Disposable {
  readonly path: string;
  join(...parts: string[]): string;
}

/** A fresh directory, gone at the end of the block: `using directory = tempDirectory()`. */
export function tempDirectory(): TempDirectory {
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

/** Tests make directories read-only; removing what is in them needs the permission back. */
function makeWritable(directory: string): void {
  chmodSync(directory, 0o700);
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (lstatSync(path).isDirectory()) makeWritable(path);
  }
}
