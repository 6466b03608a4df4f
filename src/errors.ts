/** Where in a requirements file something was written: the file as the user named it, and a line counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/**
 * Every code an error of peep can carry, with what it means. A code is documented here, tested, and never
 * used again for something else.
 */
export const errorCodes = {
  // the command line
  USAGE: 'the command line is wrong',
  // hash/
  DIGEST_MALFORMED: 'a digest that is not canonical base64url or hex of the right length',
  DIGEST_MISMATCH: 'the bytes of an archive hash to none of the digests pinned for it',
  FILE_UNREADABLE: 'a local file that was to be hashed cannot be read',
  // store/
  STORE_UNUSABLE: 'the store cannot be read or written: permissions, a full disk, a broken file system',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof errorCodes;

/** What went wrong, for exit status and report: see `Outcome` and contract section 2. */
export interface ErrorDetails {
  /** What the user can do about it; one sentence without the word "hint". */
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  readonly cause?: unknown;
  /** Structured facts, for `--report` and for tests. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined;
}

/** The one error class of peep. Anything else that is thrown is a bug in peep and exits with status 3. */
export class PeepError extends Error {
  override readonly name = 'PeepError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
    this.facts = details.facts ?? {};
  }
}

/** Is `error` a `PeepError`, and of `code` if one is given? */
export function isPeepError(error: unknown, code?: ErrorCode): error is PeepError {
  return error instanceof PeepError && (code === undefined || error.code === code);
}

/** The code of a Node system error (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : undefined;
}
