import { PeepError, systemCode } from '../errors.js';

/** The error for a store that cannot be read or written. */
export function unusable(path: string, cause: unknown): PeepError {
  return new PeepError('STORE_UNUSABLE', `cannot use the store at '${path}': ${reasonOf(cause)}`, {
    cause,
    hint: 'Name another folder with --cache-dir or PEEP_CACHE_DIR, or make room there.',
  });
}

function reasonOf(cause: unknown): string {
  const code = systemCode(cause);
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EROFS':
      return 'the file system is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    default:
      return code ?? String(cause);
  }
}
