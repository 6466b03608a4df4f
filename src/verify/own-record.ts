import type { ProjectName } from '../packaging/types.js';
import { Turns } from '../text/turns.js';
import type { Difference } from './difference.js';
import { installedDigest } from './disk.js';
import type { ClaimedFile } from './record.js';

/**
 * Compares files with the RECORD that the installer wrote. This is a weak proof, because a program that can change
 * a file can also change its RECORD. Ignores files outside of `root`. Throws `FILE_UNREADABLE`.
 */
export async function compareWithOwnRecord(
  project: ProjectName,
  claims: readonly ClaimedFile[],
  isWithin: (path: string) => boolean,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  const turns = new Turns();
  for (const { path, sha256 } of claims) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    if (sha256 === undefined || /\.py[co]$/.test(path) || !isWithin(path)) continue;
    const found = await installedDigest(path, 'sha256');
    if (found === sha256) continue;
    differences.push(
      found === undefined
        ? { change: 'missing', project, path, reason: 'its RECORD lists it' }
        : { change: 'changed', project, path, reason: 'its bytes do not match the hash in its RECORD' },
    );
  }
  return differences;
}
