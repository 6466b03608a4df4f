import { isNetworkFailure } from '../fetch/http/failures.js';
import type { PeepError } from '../text/errors.js';

/** Errors that fail one pin; the run still processes the other pins. */
const unavailableCodes: ReadonlySet<string> = new Set([
  'FILE_UNREADABLE',
  'FILENAME_UNSAFE',
  'NOT_FOUND',
  'NOT_FOR_TARGET',
  'OFFLINE_MISSING',
  'PAGE_MALFORMED',
  'PAGE_VERSION',
  'PLACE_UNREADABLE',
  'PROVENANCE_UNAVAILABLE',
]);

/**
 * True if the error makes one pin unavailable: a network error, an index error or a missing file. Other errors end
 * the run.
 */
export function isUnavailable(error: PeepError): boolean {
  return unavailableCodes.has(error.code) || isNetworkFailure(error);
}
