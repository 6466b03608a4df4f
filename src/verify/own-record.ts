import type { ProjectName } from '../packaging/types.js';
import type { Difference } from './difference.js';
import { withInstalledFile } from './disk.js';
import type { ClaimedFile } from './record.js';

/**
 * Compares files with the RECORD that the installer wrote: the weaker proof, for who can change a file can change the
 * list as well. Files outside of `root` are left alone. Throws `FILE_UNREADABLE`.
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
        ? { change: 'missing', project, path, reason: 'its RECORD names it' }
        : { change: 'changed', project, path, reason: 'not the bytes that its RECORD names' },
    ];
  });
}
