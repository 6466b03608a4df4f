import { PeepError, systemReason } from '../text/errors.js';

export function conflict(dest: string, why: string): PeepError {
  return new PeepError('DEST_CONFLICT', `cannot write to '${dest}': ${why}`, {
    hint: 'Name an empty or new directory with --dest.',
  });
}

/** Maximum number of names in a message. */
const maxShown = 10;

/** `changed`: the files below the directory that were written or removed before the failure. */
export function unusableDest(dest: string, cause: unknown, changed: readonly string[]): PeepError {
  const more = changed.length > maxShown ? ` and ${changed.length - maxShown} more` : '';
  const told =
    changed.length === 0 ? '' : ` Already changed: ${changed.slice(0, maxShown).join(', ')}${more}.`;
  return new PeepError('DEST_UNUSABLE', `cannot write to '${dest}': ${systemReason(cause)}`, {
    cause,
    hint: `Name a directory that you may write to, on a disk with room.${told}`,
  });
}
