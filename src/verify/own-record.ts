import type { ProjectName } from '../packaging/types.js';
import type { Difference } from './difference.js';
import { withInstalledFile } from './disk.js';
import type { ClaimedFile } from './record.js';

/**
 * Compares files with the RECORD that the installer wrote. This is a weak proof, because a program that can change
 * a file can also change its RECORD. Ignores files outside of `root`. Throws `FILE_UNREADABLE`.
 */
export function compareWithOwnRecord(
  project: ProjectName,
  claims: readonly ClaimedFile[],
  isWithin: (path: string) => boolean,
): Difference[] {
  return claims.flatMap(({ path, sha256 }): Difference[] => {
    if (sha256 === undefined || /\.py[co]$/.test(path) || !isWithin(path)) return [];
    const found = withInstalledFile(path, (file) => file.digest('sha256'));
    if (found === sha256) return [];
    return [
      found === undefined
        ? { change: 'missing', project, path, reason: 'its RECORD lists it' }
        : { change: 'changed', project, path, reason: 'its bytes do not match the hash in its RECORD' },
    ];
  });
}
