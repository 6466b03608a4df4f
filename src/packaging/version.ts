import { PeepError } from '../text/errors.js';

/** A parsed PEP 440 version. Numbers are decimal strings without leading zeros, because they may have any size. */
export interface Version {
  /** Canonical text. */
  readonly normalized: string;
  /** The version without its local part. */
  readonly public: string;
  readonly local: string | null;
  readonly isPrerelease: boolean;
  readonly isPostrelease: boolean;
  readonly isDevrelease: boolean;
  readonly epoch: string;
  readonly release: readonly string[];
  readonly pre: readonly [letter: 'a' | 'b' | 'rc', number: string] | null;
  readonly post: string | null;
  readonly dev: string | null;
}

// PEP 440, appendix B, for trimmed lower-case text.
const pattern = new RegExp(
  '^v?(?:([0-9]+)!)?([0-9]+(?:\\.[0-9]+)*)' +
    '(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?([0-9]+)?)?' +
    '(?:-([0-9]+)|[-_.]?(?:post|rev|r)[-_.]?([0-9]+)?())?' +
    '(?:[-_.]?dev[-_.]?([0-9]+)?())?' +
    '(?:\\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$',
);

/** The white space that Python's `str.strip` removes. */
export const pythonSpace = '\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000';
const isSpace = new RegExp(`^[${pythonSpace}]$`);

/** No real version is longer. */
const maxCharacters = 100_000;

/** Python does not parse longer numbers, so no index has such a version. */
const longNumber = /[0-9]{4301}/;

const letters: Readonly<Record<string, 'a' | 'b' | 'rc'>> = {
  alpha: 'a',
  beta: 'b',
  c: 'rc',
  pre: 'rc',
  preview: 'rc',
  a: 'a',
  b: 'b',
  rc: 'rc',
};

const cache = new Map<string, Version | null>();
const cacheSize = 4096;

/** Parses a version, or returns null if `text` is not valid (PEP 440). White space around it is allowed. */
export function parseVersion(text: string): Version | null {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const version = readVersion(text);
  if (cache.size >= cacheSize) cache.clear();
  cache.set(text, version);
  return version;
}

function readVersion(text: string): Version | null {
  if (text.length > maxCharacters) return null;
  const trimmed = trimPythonSpace(text);
  // Python's lower() turns a few non-ASCII letters into ASCII ones; PEP 440 allows none of them.
  if (/[^\x21-\x7e]/.test(trimmed)) return null;
  const match = pattern.exec(trimmed.toLowerCase());
  if (match === null || longNumber.test(trimmed)) return null;
  const [
    ,
    epoch,
    release,
    preLetter,
    preNumber,
    implicitPost,
    postNumber,
    postMark,
    devNumber,
    devMark,
    localText,
  ] = match;
  const pre = preLetter === undefined ? null : ([letters[preLetter] ?? 'rc', digits(preNumber)] as const);
  const post =
    implicitPost !== undefined ? digits(implicitPost) : postMark === undefined ? null : digits(postNumber);
  const dev = devMark === undefined ? null : digits(devNumber);
  const local = localText === undefined ? null : localText.split(/[-_.]/).map(localPart).join('.');
  const version = { epoch: digits(epoch), release: (release ?? '0').split('.').map(digits), pre, post, dev };
  const publicText = publicPart(version);
  return {
    ...version,
    local,
    public: publicText,
    normalized: local === null ? publicText : `${publicText}+${local}`,
    isPrerelease: pre !== null || dev !== null,
    isPostrelease: post !== null,
    isDevrelease: dev !== null,
  };
}

/**
 * Orders versions by PEP 440: negative if `a` comes before `b`. Throws `VERSION_MALFORMED` for text that is not a
 * version.
 */
export function compareVersions(a: string, b: string): number {
  return compareParsed(requireVersion(a), requireVersion(b));
}

export function compareParsed(a: Version, b: Version): number {
  return comparePublic(a, b) || compareLocal(a.local, b.local);
}

/** Like `compareParsed`, but ignores local parts. */
export function comparePublic(a: Version, b: Version): number {
  return (
    compareNumbers(a.epoch, b.epoch) ||
    compareReleases(a.release, b.release) ||
    comparePre(a, b) ||
    compareOptional(a.post, b.post, -1) ||
    compareOptional(a.dev, b.dev, 1)
  );
}

/** Compares two versions by PEP 440, or as text if one of them is not valid. */
export function sameVersion(a: string, b: string): boolean {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  return left === null || right === null ? a === b : compareParsed(left, right) === 0;
}

/** A text that is the same for equal versions and different for others; undefined for text that is not a version. */
export function versionKey(text: string): string | undefined {
  const version = parseVersion(text);
  if (version === null) return undefined;
  const { epoch, release, pre, post, dev, local } = version;
  const significant = release.findLastIndex((number) => number !== '0') + 1;
  return JSON.stringify([epoch, release.slice(0, significant), pre, post, dev, local]);
}

export function isValidVersion(text: string): boolean {
  return parseVersion(text) !== null;
}

export function requireVersion(text: string): Version {
  const version = parseVersion(text);
  if (version !== null) return version;
  throw new PeepError('VERSION_MALFORMED', `'${text.slice(0, 200)}' is not a version`, {
    hint: 'PEP 440 describes versions, such as 1.0, 2.0rc1 or 1.0.post2; `===` takes any text.',
  });
}

/** Compares decimal strings without leading zeros. */
export function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareReleases(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const order = compareNumbers(a[i] ?? '0', b[i] ?? '0');
    if (order !== 0) return order;
  }
  return 0;
}

/** `1.0.dev1` comes before `1.0a1`; a final release and its post-releases come after every pre-release. */
function comparePre(a: Version, b: Version): number {
  const order = preRank(a) - preRank(b);
  return order !== 0 ? order : compareNumbers(a.pre?.[1] ?? '0', b.pre?.[1] ?? '0');
}

function preRank({ pre, post, dev }: Version): number {
  if (pre !== null) return { a: 1, b: 2, rc: 3 }[pre[0]];
  return post === null && dev !== null ? 0 : 4;
}

/** Absent parts sort first (`absent` -1) or last (1). */
function compareOptional(a: string | null, b: string | null, absent: -1 | 1): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? absent : -absent;
  return compareNumbers(a, b);
}

function compareLocal(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const [x, y] = [left[i], right[i]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [xNumber, yNumber] = [/^[0-9]+$/.test(x), /^[0-9]+$/.test(y)];
    // Numbers come after words.
    if (xNumber !== yNumber) return xNumber ? 1 : -1;
    const order = xNumber ? compareNumbers(x, y) : x < y ? -1 : x > y ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}

function publicPart({
  epoch,
  release,
  pre,
  post,
  dev,
}: Pick<Version, 'epoch' | 'release' | 'pre' | 'post' | 'dev'>): string {
  return (
    (epoch === '0' ? '' : `${epoch}!`) +
    release.join('.') +
    (pre === null ? '' : pre.join('')) +
    (post === null ? '' : `.post${post}`) +
    (dev === null ? '' : `.dev${dev}`)
  );
}

function digits(text: string | undefined): string {
  return text?.replace(/^0+(?=[0-9])/, '') ?? '0';
}

function localPart(part: string): string {
  return /^[0-9]+$/.test(part) ? digits(part) : part;
}

/** Like Python's `str.strip`. Not a regular expression: for trailing blanks that would take quadratic time. */
export function trimPythonSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace.test(text[start] ?? '')) start += 1;
  while (end > start && isSpace.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(start, end);
}
