import { createHash } from 'node:crypto';
import type { WheelFile } from '../archive/wheel/files.js';
import type { ExpectedFile } from './expected.js';
import type { Destination, Overwrite, RunWheel } from './overwrites.js';
import { changeOf } from './wheel.js';

export interface IdenticalPorts {
  /** The files of a wheel of the run by name, from its verified archive. */
  filesOf(wheel: RunWheel): Promise<ReadonlyMap<string, WheelFile>>;
  /** True if this path, in the first line of a script, is the Python of the environment. */
  isPython(path: string): boolean;
}

/**
 * True if the install would write the same bytes to an existing file. Throws `FILE_UNREADABLE` and
 * `ARCHIVE_REFUSED`.
 */
export async function isIdentical(
  { wheel, file, path, owner, exists }: Overwrite,
  { filesOf, isPython }: IdenticalPorts,
): Promise<boolean> {
  if (owner.kind === 'wheel') {
    const [one, two] = [file.proof, owner.file.proof];
    if (one.kind === 'wrapper' && two.kind === 'wrapper')
      return (
        one.entryPoint.module === two.entryPoint.module && one.entryPoint.object === two.entryPoint.object
      );
    const [first, second] = [
      withContent(file, await filesOf(wheel)),
      withContent(owner.file, await filesOf(owner.wheel)),
    ];
    return first !== undefined && second !== undefined && first.size === second.size
      ? (await digestOf(first)) === (await digestOf(second))
      : false;
  }
  if (!exists || file.proof.kind === 'presence') return false;
  if (file.proof.kind === 'wrapper') return (await changeOf(path, file.proof, isPython)) === undefined;
  const content = withContent(file, await filesOf(wheel));
  if (content === undefined) return false;
  const proof: ExpectedFile['proof'] = { kind: file.proof.kind, file: content };
  return (await changeOf(path, proof, isPython)) === undefined;
}

function withContent({ proof }: Destination, files: ReadonlyMap<string, WheelFile>): WheelFile | undefined {
  return 'file' in proof ? files.get(proof.file.name) : undefined;
}

async function digestOf(file: WheelFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.content()) hash.update(chunk);
  return hash.digest('hex');
}
