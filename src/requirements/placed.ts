import { PeepError, type SourceLocation } from '../text/errors.js';

/** Runs `read`, and adds `place` to its error. */
export function placed<T>(read: () => T, place: SourceLocation): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PeepError)) throw error;
    throw new PeepError(error.code, error.message, {
      place: error.place ?? place,
      hint: error.hint,
      cause: error.cause,
      facts: error.facts,
    });
  }
}
