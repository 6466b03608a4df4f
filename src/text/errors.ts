/** A position in a requirements file: the file as the user named it, and a line number from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
}

/** Every error code of peep, with its meaning. Each code is documented, tested, and never reused for another error. */
export const errorCodes = {
  // the command line
  USAGE: 'the command line is wrong',
  // hash/
  DIGEST_MALFORMED: 'a digest that is not canonical base64url or hex of the right length',
  DIGEST_MISMATCH: 'the bytes of an archive hash to none of the digests pinned for it',
  ENVIRONMENT_MANAGED:
    "peep verify --fix or peep sync would change a Python that the system's package manager manages",
  ENVIRONMENT_UNWRITABLE: 'peep verify --fix or peep sync cannot change a file of the environment',
  PLAN_UNCONFIRMED: 'a plan to change the environment that was not confirmed',
  FILE_UNREADABLE: 'a local file to hash that cannot be read',
  // requirements/
  REQUIREMENTS_UNREADABLE: 'a requirements, constraints or lock file that cannot be opened or fetched',
  REQUIREMENTS_KIND: 'a file of another kind where a requirements file or a lock file is expected',
  REQUIREMENTS_TOO_LARGE:
    'requirements files past a ceiling: bytes of one file, lines, depth or number of files',
  REQUIREMENTS_RECURSION: 'a requirements file that includes itself, directly or through others',
  REQUIREMENTS_ENCODING:
    'a requirements file in an unknown encoding, or with bytes that its encoding does not have',
  STRAY_CHARACTER: 'an invisible or control character in a requirements line',
  LINE_SEPARATOR: 'a character at which pip splits lines and most editors do not',
  VARIABLE_UNSAFE: 'a variable whose value would change how its line is split',
  OPTION_INVALID:
    'an option of a requirements file that is unknown, ambiguous, incomplete or has a bad value',
  OPTION_MISPLACED: 'an option in a place where pip would ignore it or apply it to everything',
  TEXT_IGNORED: 'text after an option of a requirements line, which pip would silently ignore',
  DASH_REQUIREMENT: 'a word with a leading dash that pip would read as a short option and its value',
  HASHES_OFF: 'a requirements file that tries to switch hash checking off',
  PUBLISHER_MALFORMED: 'a # attested-by: line that does not name a publisher peep can compare',
  PUBLISHER_CHANGED: 'an archive whose provenance proves another publisher than the recorded one (P11)',
  PROVENANCE_REFUSED: 'provenance of an archive that does not verify (P11)',
  PROVENANCE_MISSING: 'no provenance for an archive whose publisher is recorded or must be proven (P11)',
  PROVENANCE_UNAVAILABLE: 'provenance that an index announces but does not serve',
  ARCHIVE_TOO_NEW: 'an archive that is younger than --min-age, or whose index gives no upload time',
  PROJECT_HELD: 'an archive to pin that is yanked, or whose project is archived or quarantined',
  TRUSTED_ROOT_INVALID: 'a --trusted-root that cannot be read, or is not a root of trust of Sigstore',
  HASH_ORPHAN: 'a --hash that belongs to no requirement',
  HASH_INVALID: 'a --hash that is not ALGORITHM:HEX with sha256, sha384 or sha512',
  LOCK_MISPLACED: 'a lock file where a requirements file is needed',
  REQUIREMENT_UNPINNED: 'a requirement that does not name exactly one version',
  REQUIREMENT_EDITABLE: 'an editable requirement, which has no archive to verify',
  REQUIREMENT_VCS: 'a requirement from version control, which has no archive to verify',
  REQUIREMENT_FOLDER: 'a requirement that is a directory, or a path to something that is not an archive',
  REQUIREMENT_URL: 'a requirement URL that peep cannot use: its scheme, its form, or a subdirectory',
  PIN_CONFLICT: 'one project pinned twice to different versions or archives, or without a digest in common',
  CONSTRAINT_INVALID: 'a constraint that pip would not accept: without a name, with extras, or editable',
  CONSTRAINT_CONFLICT: 'a pin that a constraint excludes, by version, archive or digests',
  LOCK_INVALID: 'a lock file that is not valid TOML or JSON, or breaks the format of its tool',
  LOCK_VERSION: 'a lock file of a version that peep does not know',
  LOCK_TARGET: 'a lock file that was not made for the target Python',
  LOCK_SELECTION: 'an extra, group or package that a lock file does not have, or two that conflict in it',
  LOCK_UNDECIDED: 'a lock file that does not say which of its packages apply to a target',
  EDIT_FAILED: 'a requirements file that cannot be changed as asked without changing something else',
  // config/
  SIZE_INVALID: 'a size or a span of time that cannot be read',
  CONFIG_UNREADABLE: 'a configuration file of pip that exists but cannot be read, or is not UTF-8 text',
  CONFIG_INVALID: 'a configuration file of pip that is not in its INI form',
  SETTING_INVALID:
    'an invalid value of a setting: on the command line, in a PIP_ variable or in a configuration file',
  // target/
  PYTHON_NOT_FOUND: 'no Python to install for was found',
  PYTHON_BROKEN: 'a Python that does not start, or does not report its version and platform',
  TARGET_INVALID: 'a description of a target Python or platform that cannot be read',
  // packaging/
  NAME_MALFORMED: 'a project name that is not valid (PEP 508)',
  VERSION_MALFORMED: 'a version that is not valid (PEP 440)',
  SPECIFIER_MALFORMED: 'a version specifier that is not valid (PEP 440)',
  REQUIREMENT_MALFORMED: 'a requirement that is not valid (PEP 508)',
  MARKER_MALFORMED: 'an environment marker that is not valid (PEP 508)',
  MARKER_COMPARISON_UNDEFINED: 'an environment marker that compares values without an order',
  MARKER_NAME_UNDEFINED:
    'an environment marker that compares something that is not a variable of requirements',
  FILENAME_UNSAFE: 'a file name from an index or archive that is not one safe path component (P9)',
  // resolver/
  PAGE_VERSION: 'an index page of a later version of the Simple API than peep knows',
  PAGE_MALFORMED: 'an index page that is not valid: wrong content type, broken JSON, too many links',
  PLACE_UNREADABLE: 'a directory, file or page of the index settings that cannot be read',
  // prepare/
  OFFLINE_MISSING: 'with --offline, an archive that is not in the store',
  NOT_FOR_TARGET:
    'a wheel at a URL or path that does not fit the target, or an archive that says it needs another Python',
  NOT_FOUND: 'no index or find-links location of the run has an archive for the pin and the target',
  // commands/
  DIGEST_DISPUTED: 'an archive whose bytes or size differ from what its index says',
  ARCHIVE_AMBIGUOUS: 'two different archives with the name of the one to pin',
  UPGRADE_UNCLEAR: 'an --upgrade of a project that no line pins, or that lines pin to different versions',
  REQUIREMENTS_UNWRITABLE:
    'a requirements file that --write cannot change: no permission, a URL, or changed in the meantime',
  COMPILE_INPUT: 'an input of peep compile without dependencies that a resolver can use',
  RESOLUTION_FAILED: 'a resolver found no versions that fit together',
  PROJECT_UNKNOWN: 'an input of peep compile names a project that no index has',
  RESOLUTION_UNREADABLE: 'an answer of a resolver that breaks its format',
  RESOLUTION_UNEXPLAINED: 'a project that a resolver chose, but no input and no verified archive requires',
  REPORT_UNWRITABLE: 'the file of --report cannot be written',
  BUILD_REQUIREMENT_UNNAMED: 'a build requirement whose archive does not say its project and version',
  DIFF_UNAVAILABLE: 'an archive that peep diff cannot read from the indexes',
  STORE_CHANGED: 'a stored archive that changed between its verification and its use',
  // export/
  DEST_UNUSABLE: 'the directory of --dest cannot be written: permissions, a full disk',
  DEST_CONFLICT:
    'the directory of --dest contains a different file under a name to write, or an archive cannot be part of an index',
  IMPORT_REFUSED:
    'a directory from which peep store import takes nothing: it has a link, a special file, an invalid archive name, or no list of digests',
  // store/
  STORE_UNUSABLE: 'the store cannot be read or written: permissions, a full disk, a broken file system',
  STORE_ADDRESS: 'an address in --store that is not valid',
  REGISTRY_LOGIN:
    'a login to a registry that failed: in the login file, the credential helper or the token service',
  REGISTRY_REFUSED: 'a registry refused a request',
  REGISTRY_ANSWER: 'an answer of a registry that breaks the OCI specifications',
  // fetch/
  NETWORK_UNREACHABLE:
    'a server could not be reached: its name does not resolve, or it accepts no connection',
  NETWORK_TLS: 'the certificate of a server or the handshake with it failed',
  NETWORK_PROXY: 'a proxy refused, failed, or is of a kind that is not supported',
  NETWORK_TIMEOUT: 'a server was silent for too long, or sent too slowly',
  NETWORK_BROKEN: 'a connection broke before everything had arrived',
  NETWORK_PROTOCOL: 'an answer that is not valid HTTP',
  NOT_THE_ARCHIVE: 'a server sent a web page, compressed bytes or too few bytes instead of an archive',
  NETWORK_OFFLINE: 'a run needs to fetch something, but --offline forbids it',
  NETWORK_SETTINGS: 'a proxy address or certificate file that cannot be used',
  HTTP_STATUS: 'a server answered with an error status',
  HTTP_REDIRECT: 'a redirect that is not followed: to an invalid address, in a loop, or from https to http',
  HTTP_INSECURE: 'plain http to a host that is neither loopback nor trusted',
  URL_UNUSABLE: 'an address that is not an http, https or file URL',
  TRANSFER_TOO_LARGE: 'a server sent more than it or the index announced, or more than peep accepts',
  SPILL_FAILED: 'an archive outgrew the memory budget, and its ciphertext could not be put on disk',
  // install/
  PIP_ABSENT: 'the target Python has no pip, and no other pip was found that can install into it',
  PIP_BROKEN: 'the pip of the target Python does not start',
  PIP_TOO_OLD: 'the pip of the target Python is older than the oldest one that peep supports',
  PIP_OPTION_UNKNOWN: 'an option of a requirement line that the pip in use does not know',
  PIP_FAILED: 'pip failed after every archive verified',
  PIP_NOT_STARTED: 'the interpreter that should run pip could not be started',
  UV_ABSENT: 'uv is chosen as the installer, but is not on PATH',
  UV_BROKEN: 'the uv on PATH does not start, or does not report its version',
  UV_TOO_OLD: 'the uv on PATH is older than the oldest one that peep supports',
  UV_TARGET: 'a target Python that uv does not install for',
  UV_FAILED: 'uv failed after every archive verified',
  STAGING_UNSAFE: 'another user could change files in the temporary directory',
  STAGING_FAILED: 'the verified archives could not be written to the directory that pip installs from',
  BUILD_REQUIREMENT_MALFORMED: 'a build requirement that is neither a name with versions nor a URL',
  BUILD_REQUIREMENTS_CIRCULAR: 'source archives that need each other to build',
  BUILD_BACKEND_FAILED: 'the back end of a source archive failed to report its build requirements',
  BUILD_WHEEL_REFUSED:
    'a build that produces no wheel, several wheels, a wheel of another project or version, or one that breaks a rule',
  BUILD_REQUIREMENTS_MISSING: 'a source archive needs build requirements that are not pinned and verified',
  OVERWRITE_REFUSED:
    'a wheel that would replace a file of the interpreter, of the environment itself, of another distribution or of another wheel of the run',
  NEEDS_UNMET:
    'with --check-needs, a requirement of a pinned distribution that is neither pinned nor installed',
  SYNC_EMPTY: 'no pin applies to the target, so peep sync would uninstall everything',
  UNINSTALL_FAILED: 'pip or uv failed while it uninstalled distributions without a pin',
  ENVIRONMENT_CHANGED: 'an environment that another install changed while peep waited for its lock',
  TARGET_OCCUPIED: 'a directory of --target or --prefix in which pip would not replace existing files',
  // archive/
  ARCHIVE_REFUSED:
    'the contents of an archive break a rule of docs/archive-rules.md, although its digest matches',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof errorCodes;

/** What went wrong, for exit status and report: see `Outcome` and contract section 2. */
export interface ErrorDetails {
  /** What the user can do about it; one sentence without the word "hint". */
  readonly hint?: string | undefined;
  readonly place?: SourceLocation | undefined;
  readonly cause?: unknown;
  /** Structured facts, for `--report` and for tests. */
  readonly facts?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined;
}

/** The only error class of peep. Any other thrown error is a bug in peep and exits with status 3. */
export class PeepError extends Error {
  override readonly name = 'PeepError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: SourceLocation | undefined;
  readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
    this.facts = details.facts ?? {};
  }
}

/** True if `error` is a `PeepError`, with `code` if one is given. */
export function isPeepError(error: unknown, code?: ErrorCode): error is PeepError {
  return error instanceof PeepError && (code === undefined || error.code === code);
}

/** The code of a Node system error (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : undefined;
}

/** The reason for a failed system call, in words if they are known. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'it is a directory';
    case 'EBUSY':
    case 'ETXTBSY':
      return 'another program uses it';
    case 'EIO':
      return 'the disk reports an error';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    case 'ELOOP':
      return 'its symbolic links form a loop';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'E2BIG':
      return 'the command line is too long';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the disk quota is used up';
    case 'EFBIG':
      return 'the file would be larger than this system allows';
    case 'EROFS':
      return 'the file system is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOTDIR':
      return 'a file is where a directory is needed';
    default:
      // Node's own message includes the system call: `EXDEV: cross-device link not permitted, rename`.
      return error instanceof Error ? error.message.replace(/ '[^']*'( -> '[^']*')?$/, '') : String(error);
  }
}
