import { PeepError } from '../text/errors.js';
import {
  compareNumbers,
  compareParsed,
  comparePublic,
  compareReleases,
  parseVersion,
  pythonSpace,
  requireVersion,
  trimPythonSpace,
  type Version,
} from './version.js';

export type Operator = '==' | '===' | '!=' | '<=' | '>=' | '<' | '>' | '~=';

/** One clause of a specifier set. */
export interface Specifier {
  readonly operator: Operator;
  /** As written, trimmed; ends with `.*` for a prefix match. */
  readonly version: string;
}

const release = '[0-9]+(?:\\.[0-9]+)*';
const pre = '(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?[0-9]*)?';
const post = '(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?';
const dev = '(?:[-_.]?dev[-_.]?[0-9]*)?';
const local = '(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?';
const epoch = 'v?(?:[0-9]+!)?';

/** One clause inside a requirement: source of a case-insensitive regular expression. */
export const specifierPattern =
  `(?:===[${pythonSpace}]*[^${pythonSpace};)]*` +
  `|(?:==|!=)[${pythonSpace}]*${epoch}${release}(?:\\.\\*|${pre}${post}${dev}${local})` +
  `|~=[${pythonSpace}]*${epoch}[0-9]+(?:\\.[0-9]+)+${pre}${post}${dev}` +
  `|(?:<=|>=|<|>)[${pythonSpace}]*${epoch}${release}${pre}${post}${dev})`;

/** PEP 440: the version forms that each operator allows. */
const versionAfter: Readonly<Record<Operator, RegExp>> = {
  '===': new RegExp(`^[^${pythonSpace};)]*$`),
  '==': new RegExp(`^${epoch}${release}(?:\\.\\*|${pre}${post}${dev}${local})$`, 'i'),
  '!=': new RegExp(`^${epoch}${release}(?:\\.\\*|${pre}${post}${dev}${local})$`, 'i'),
  '~=': new RegExp(`^${epoch}[0-9]+(?:\\.[0-9]+)+${pre}${post}${dev}$`, 'i'),
  '<=': new RegExp(`^${epoch}${release}${pre}${post}${dev}$`, 'i'),
  '>=': new RegExp(`^${epoch}${release}${pre}${post}${dev}$`, 'i'),
  '<': new RegExp(`^${epoch}${release}${pre}${post}${dev}$`, 'i'),
  '>': new RegExp(`^${epoch}${release}${pre}${post}${dev}$`, 'i'),
};

/** Parses a comma-separated specifier set; empty clauses are skipped. Throws `SPECIFIER_MALFORMED`. */
export function parseSpecifiers(text: string): readonly Specifier[] {
  return text
    .split(',')
    .map(trimPythonSpace)
    .filter((clause) => clause !== '')
    .map(parseClause);
}

/** Formats a set: clauses in packaging's order, without duplicates. */
export function formatSpecifiers(specifiers: readonly Specifier[]): string {
  const texts = new Map<string, string>();
  for (const { operator, version } of specifiers) {
    const key = operator + canonical(operator, version);
    if (!texts.has(key)) texts.set(key, operator + version);
  }
  return [...texts.values()].sort().join(',');
}

export interface ContainsOptions {
  /** True to allow pre-releases, which is the default: an exact pin names them on purpose. */
  readonly prereleases?: boolean;
}

/**
 * True if `version` meets every clause of `specifier` (PEP 440). A version that is not valid in PEP 440 meets only
 * `===` with the same text. Throws `SPECIFIER_MALFORMED`.
 */
export function specifierContains(
  specifier: string,
  version: string,
  options: ContainsOptions = {},
): boolean {
  return containsVersion(parseSpecifiers(specifier), version, options);
}

export function containsVersion(
  specifiers: readonly Specifier[],
  version: string,
  options: ContainsOptions = {},
): boolean {
  const parsed = parseVersion(version);
  if (options.prereleases === false && parsed?.isPrerelease === true) return false;
  return specifiers.every((clause) => meets(clause, version, parsed));
}

/** Trailing zeros are ignored, except by `~=`, which counts the parts. */
function canonical(operator: Operator, version: string): string {
  const parsed = operator === '===' || version.endsWith('.*') ? null : parseVersion(version);
  if (parsed === null || operator === '~=') return parsed?.normalized ?? version;
  const release = [...parsed.release];
  while (release.length > 1 && release.at(-1) === '0') release.pop();
  const whole = parsed.release.join('.');
  const start = parsed.normalized.indexOf(whole);
  return (
    parsed.normalized.slice(0, start) + release.join('.') + parsed.normalized.slice(start + whole.length)
  );
}

function parseClause(clause: string): Specifier {
  const operator = /^(?:===|==|!=|<=|>=|~=|<|>)/.exec(clause)?.[0] as Operator | undefined;
  const version = operator === undefined ? '' : trimPythonSpace(clause.slice(operator.length));
  if (operator === undefined || !versionAfter[operator].test(version)) {
    throw new PeepError('SPECIFIER_MALFORMED', `'${clause.slice(0, 200)}' is not a version specifier`, {
      hint: 'PEP 440 describes them: `==1.0`, `>=1.0`, `!=1.5.*`, `~=2.2`.',
    });
  }
  return { operator, version };
}

function meets({ operator, version: wanted }: Specifier, text: string, parsed: Version | null): boolean {
  // PEP 440, arbitrary equality: exactly the same text, ignoring case.
  if (operator === '===') return text.toLowerCase() === wanted.toLowerCase();
  if (parsed === null) return false;
  if (wanted.endsWith('.*')) {
    const matches = startsWith(parsed, requireVersion(wanted.slice(0, -2)));
    return operator === '==' ? matches : !matches;
  }
  const limit = requireVersion(wanted);
  switch (operator) {
    case '==':
      return equals(parsed, limit);
    case '!=':
      return !equals(parsed, limit);
    case '<=':
      return comparePublic(parsed, limit) <= 0;
    case '>=':
      return comparePublic(parsed, limit) >= 0;
    case '<':
      return isBefore(parsed, limit);
    case '>':
      return isAfter(parsed, limit);
    case '~=': {
      const prefix = { ...limit, release: limit.release.slice(0, -1) };
      return comparePublic(parsed, limit) >= 0 && startsWith(parsed, prefix);
    }
  }
}

/** PEP 440: the local part of a candidate is ignored if the specifier has none. */
function equals(candidate: Version, wanted: Version): boolean {
  return (wanted.local === null ? comparePublic(candidate, wanted) : compareParsed(candidate, wanted)) === 0;
}

function startsWith(
  candidate: Version,
  { epoch: wantedEpoch, release: prefix }: Pick<Version, 'epoch' | 'release'>,
): boolean {
  if (compareNumbers(candidate.epoch, wantedEpoch) !== 0) return false;
  return prefix.every((number, i) => compareNumbers(candidate.release[i] ?? '0', number) === 0);
}

/** PEP 440: `<V` excludes pre-releases of V, unless V is one. */
function isBefore(candidate: Version, limit: Version): boolean {
  if (compareParsed(candidate, limit) >= 0) return false;
  return limit.isPrerelease || !candidate.isPrerelease || !sameRelease(candidate, limit);
}

/**
 * PEP 440: `>V` excludes post-releases of V, unless V is one, and local versions of V. Those of another pre-release
 * of the same release are not V's; packaging before 26 excludes them, too.
 */
function isAfter(candidate: Version, limit: Version): boolean {
  // PEP 440: `>1.0` does not accept `1.0+local`.
  if (comparePublic(candidate, limit) <= 0) return false;
  const hasNoPosts = limit.isPostrelease || limit.isDevrelease;
  return (
    hasNoPosts || !candidate.isPostrelease || !sameRelease(candidate, limit) || !samePre(candidate, limit)
  );
}

function samePre({ pre: a }: Version, { pre: b }: Version): boolean {
  if (a === null || b === null) return a === b;
  return a[0] === b[0] && compareNumbers(a[1], b[1]) === 0;
}

function sameRelease(a: Version, b: Version): boolean {
  return compareNumbers(a.epoch, b.epoch) === 0 && compareReleases(a.release, b.release) === 0;
}
