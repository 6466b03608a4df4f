import { PeepError, systemReason } from '../text/errors.js';

export function conflict(dest: string, why: string): PeepError {
  return new PeepError('DEST_CONFLICT', `cannot write to '${dest}': ${why}`, {
    hint: 'Name an empty or new directory with --dest.',
  });
}

export function unusableDest(dest: string, cause: unknown): PeepError {
  return new PeepError('DEST_UNUSABLE', `cannot write to '${dest}': ${systemReason(cause)}`, {
    cause,
    hint: 'Name a directory that you may write to, on a disk with room.',
  });
}
