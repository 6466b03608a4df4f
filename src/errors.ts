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
  // acquire/
  OFFLINE_MISSING: 'with --offline, an archive that is not in the store',
  NOT_FOUND: 'no index or find-links location of the run has an archive for the pin and the target',
  // dest/
  DEST_UNUSABLE: 'the folder of --dest cannot be written: permissions, a full disk',
  DEST_CONFLICT: 'the folder of --dest holds something else under a name that would be written, or an archive has no place in an index',
  // store/
  STORE_UNUSABLE: 'the store cannot be read or written: permissions, a full disk, a broken file system',
  // fetch/
  NETWORK_UNREACHABLE: 'a server could not be reached: its name does not resolve, or it takes no connection',
  NETWORK_TLS: 'the certificate of a server or the handshake with it failed',
  NETWORK_PROXY: 'a proxy refused, failed, or is of a kind that is not supported',
  NETWORK_TIMEOUT: 'a server was silent for too long, or sent too slowly',
  NETWORK_BROKEN: 'a connection broke before everything had arrived',
  NETWORK_PROTOCOL: 'an answer that is not sound HTTP',
  NETWORK_OFFLINE: 'something would have to be fetched, but --offline forbids it',
  NETWORK_SETTINGS: 'a proxy address or certificate file that cannot be used',
  HTTP_STATUS: 'a server answered with a status that brings no content',
  HTTP_REDIRECT: 'a redirect that is not followed: to nowhere, in circles, or from https down to http',
  HTTP_INSECURE: 'plain http to a host that is neither loopback nor trusted',
  URL_UNUSABLE: 'an address that is no http, https or file URL',
  TRANSFER_TOO_LARGE: 'a server sent more than it or the index had announced, or more than peep takes',
  SPILL_FAILED: 'an archive outgrew the memory budget, and its ciphertext could not be put on disk',
  // install/
  PIP_ABSENT: 'the target Python has no pip, and no other pip was found that can serve it',
  PIP_BROKEN: 'the pip of the target Python does not start',
  PIP_TOO_OLD: 'the pip of the target Python is older than the oldest one that peep hands over to',
  PIP_FAILED: 'pip ended with a status of its own after everything had verified',
  PIP_NOT_STARTED: 'the interpreter that should run pip could not be started',
  STAGING_UNSAFE: 'another user could change what lies in the folder for temporary files',
  STAGING_FAILED: 'the verified archives could not be written to the folder that pip installs from',
  BUILD_REQUIREMENTS_MISSING: 'a source archive needs build requirements that are not pinned and verified',
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
