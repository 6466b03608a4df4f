import { isPeepError, PeepError, systemReason } from '../text/errors.js';

/** The error for a store that cannot be read or written; `more` ends the sentence. */
export function unusable(path: string, cause: unknown, more = ''): PeepError {
  return new PeepError('STORE_UNUSABLE', `cannot use the store at '${path}': ${systemReason(cause)}${more}`, {
    cause,
    hint: 'Name another directory with --cache-dir or PEEP_CACHE_DIR, or make room there.',
  });
}

/** Throws `STORE_UNUSABLE` in place of file system errors. */
export async function asUnusable<T>(root: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isPeepError(error) ? error : unusable(root, error);
  }
}
