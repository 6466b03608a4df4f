import { parseSdistFilenameFor, sdistExtension } from '../../packaging/filename.js';
import { canonicalizeName } from '../../packaging/name.js';
import type { ProjectName } from '../../packaging/types.js';
import { parseVersion } from '../../packaging/version.js';
import { type PinnedVersion, versionTest } from '../choose/version-test.js';

/** The versions of a project that a run needs. */
export type WantedVersions = readonly PinnedVersion[] | 'all';
export type WantedArchives = ReadonlyMap<ProjectName, WantedVersions>;

/**
 * A summary of the files on a page that belong to a project but to none of the wanted versions. On the project's
 * own page, it also counts files of other projects.
 */
export interface OtherFiles {
  readonly count: number;
  /** The versions of these files, as written in their names, without duplicates; only some if there are very many. */
  readonly versions: readonly string[];
}

/** Decides by file name which files of a page to parse. */
export interface NameFilter {
  /**
   * False if the file name in `text` from `start` to `end` is certainly not one of a requested archive. True may be
   * wrong: `select` checks the complete name.
   */
  admits(text: string, start?: number, end?: number): boolean;
  /** The excluded files so far, by requested project. */
  others(): ReadonlyMap<ProjectName, OtherFiles>;
}

/** Admits every file. */
export const everyFile: NameFilter = { admits: () => true, others: () => new Map() };

export const noOthers: OtherFiles = { count: 0, versions: [] };

const maxVersions = 5_000;
/** Maximum length of a file name that can be chosen. */
export const maxNameLength = 255;

/**
 * A filter for one page. Most names on a page differ from the pinned one in the first numbers of the version, so
 * comparing characters excludes them without creating strings.
 */
export function createNameFilter(wanted: WantedArchives): NameFilter {
  const rules = new Map([...wanted].map(([project, versions]) => [project, projectRule(project, versions)]));
  const [only] = rules.size === 1 ? rules.values() : [];

  function admits(text: string, start = 0, end = text.length): boolean {
    // P9 allows fewer bytes, so do not parse a longer name.
    if (end - start > maxNameLength) return only?.reject() ?? false;
    const version = only?.versionAt(text, start, end) ?? -1;
    if (version !== -1 && only?.differs(text, version, end)) {
      return only.reject(text, version, versionEnd(text, version, end));
    }
    const name = text.slice(start, end);
    const possible = only === undefined ? rulesFor(rules, name) : [only];
    if (possible.some((rule) => rule.admits(name))) return true;
    for (const rule of possible) {
      const other = rule.versionOf(name);
      rule.reject(other, 0, other?.length);
    }
    return false;
  }

  return { admits, others: () => new Map([...rules].map(([project, rule]) => [project, rule.others()])) };
}

/** The rules of all projects whose name, in any spelling, the file name may begin with. */
function rulesFor(rules: ReadonlyMap<string, ProjectRule>, filename: string): ProjectRule[] {
  const name = canonicalizeName(filename);
  const found: ProjectRule[] = [];
  for (let dash = name.indexOf('-'); dash !== -1; dash = name.indexOf('-', dash + 1)) {
    const rule = rules.get(name.slice(0, dash));
    if (rule !== undefined) found.push(rule);
  }
  return found;
}

interface Rejections {
  /** Counts an excluded file, with the version at `start`. */
  reject(text?: string, start?: number, end?: number): false;
  others(): OtherFiles;
}

function countRejections(): Rejections {
  const versions = new Set<string>();
  let count = 0;
  let last: Rejected = { text: '', start: 0, end: 0 };
  return {
    reject(text = '', start = 0, end = 0) {
      count += 1;
      // Files of a version are adjacent on a page: keep only the first of equal versions.
      if (start === end || sameText(last, text, start, end)) return false;
      last = { text, start, end };
      if (versions.size < maxVersions) versions.add(detached(text.slice(start, end)));
      return false;
    },
    others: () => ({ count, versions: [...versions] }),
  };
}

interface Rejected {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface ProjectRule extends Rejections {
  /**
   * The position of the version in a name that clearly belongs to the project; -1 if only the complete rule can
   * tell.
   */
  versionAt(text: string, start: number, end: number): number;
  /** True only if the version at `start` is certainly not a pinned one. */
  differs(text: string, start: number, end: number): boolean;
  /** The complete rule, for names that the quick checks do not decide. */
  admits(name: string): boolean;
  versionOf(name: string): string | undefined;
}

function projectRule(project: ProjectName, wanted: WantedVersions): ProjectRule {
  if (wanted === 'all') {
    const isOfProject = (name: string) => versionsIn(project, name).length > 0;
    return {
      ...countRejections(),
      ...{ versionAt: () => -1, differs: () => false, admits: isOfProject, versionOf: () => undefined },
    };
  }
  const tests = wanted.map(versionTest);
  const releases = wanted.map(plainRelease);
  const known = new Map<string, boolean>();
  const fits = (version: string): boolean => {
    let verdict = known.get(version);
    if (verdict === undefined) {
      // Admit a version that PEP 440 does not define: it may be another spelling of the pinned one.
      verdict = parseVersion(version) === null || tests.some((test) => test(version));
      known.set(detached(version), verdict);
    }
    return verdict;
  };
  return {
    ...countRejections(),
    versionAt: (text, start, end) => versionAt(project, text, start, end),
    differs: (text, start, end) =>
      releases.every((release) => release !== undefined && differsFrom(release, text, start, end)),
    admits: (name) => versionsIn(project, name).some(fits),
    versionOf: (name) => versionsIn(project, name)[0],
  };
}

/**
 * The possible versions in a file name, if it belongs to the project; empty otherwise. Files that are neither
 * wheels nor source archives (`.egg`, `.exe`) are included: `peep fetch --all` reports them.
 */
function versionsIn(project: ProjectName, filename: string): string[] {
  if (filename.endsWith('.whl')) {
    const [name = '', version = ''] = filename.split('-', 2);
    return canonicalizeName(name) === project ? [version] : [];
  }
  if (sdistExtension(filename) !== undefined) {
    const version = parseSdistFilenameFor(project, filename)?.version;
    return version === undefined ? [] : [version, version.replace(/-py[123]\.?[0-9]?$/, '')];
  }
  const start = versionAt(project, filename, 0, filename.length);
  if (start === -1) return [];
  return [filename.slice(start, versionEnd(filename, start, filename.length)).replace(/\.[a-z]\w*$/i, '')];
}

const dash = 0x2d;
const dot = 0x2e;
const underscore = 0x5f;
const zero = 0x30;
const exclamation = 0x21;

/** The project's name in any spelling, and one dash. A wheel's name contains no dash. */
function versionAt(project: string, text: string, start: number, end: number): number {
  let at = start;
  let dashes = false;
  for (let i = 0; i < project.length; i += 1) {
    const wanted = project.charCodeAt(i);
    let code = text.charCodeAt(at);
    if (wanted === dash) {
      const from = at;
      while (code === dash || code === dot || code === underscore) {
        if (code === dash) dashes = true;
        at += 1;
        code = text.charCodeAt(at);
      }
      if (at === from) return -1;
    } else {
      if (code >= 0x41 && code <= 0x5a) code += 0x20;
      if (code !== wanted) return -1;
      at += 1;
    }
  }
  if (at >= end || text.charCodeAt(at) !== dash) return -1;
  if (dashes && text.startsWith('.whl', end - 4)) return -1;
  return at + 1;
}

/**
 * The release numbers of a pinned version as they are usually written, without trailing zeros; undefined with an
 * epoch.
 */
function plainRelease({ operator, version }: PinnedVersion): string | undefined {
  const parsed = operator === '==' ? parseVersion(version) : null;
  if (parsed === null || parsed.epoch !== '0') return undefined;
  const release = parsed.release.join('.').replace(/(?:\.0)+$/, '');
  return release;
}

/**
 * True if the release numbers at `start` certainly differ from `release` (PEP 440), by comparing characters. False
 * for leading zeros, epochs, a `v`, and any text after equal numbers: the complete rule decides these.
 */
function differsFrom(release: string, text: string, start: number, end: number): boolean {
  if (!isDigit(text.charCodeAt(start))) return false;
  let i = 0;
  while (i < release.length && start + i < end && text.charCodeAt(start + i) === release.charCodeAt(i))
    i += 1;
  const at = start + i;
  const code = at < end ? text.charCodeAt(at) : Number.NaN;
  // `0` and `00` are the same number.
  const behindZero = release.charCodeAt(i - 1) === zero && (i === 1 || release.charCodeAt(i - 2) === dot);
  if (behindZero && isDigit(code)) return false;
  if (i === release.length) {
    // `1.2` may continue as `1.23` or `1.2.3`.
    if (isDigit(code)) return !hasEpoch(text, start, end);
    return (
      code === dot && at + 1 < end && isDigit(text.charCodeAt(at + 1)) && text.charCodeAt(at + 1) !== zero
    );
  }
  const beginsNumber = i === 0 || release.charCodeAt(i - 1) === dot;
  if (beginsNumber && code === zero && at + 1 < end && isDigit(text.charCodeAt(at + 1))) return false;
  return !hasEpoch(text, start, end);
}

function hasEpoch(text: string, start: number, end: number): boolean {
  let at = start;
  while (at < end && isDigit(text.charCodeAt(at))) at += 1;
  return at < end && text.charCodeAt(at) === exclamation;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The end of the version that begins at `start`: the next dash, or the extension of a source archive. */
function versionEnd(text: string, start: number, end: number): number {
  for (let at = start; at < end; at += 1) if (text.charCodeAt(at) === dash) return at;
  if (text.startsWith('.tar.gz', end - 7)) return Math.max(start, end - 7);
  const name = text.slice(start, end);
  return end - (sdistExtension(name)?.length ?? 0);
}

function sameText(a: Rejected, text: string, start: number, end: number): boolean {
  if (a.end - a.start !== end - start) return false;
  for (let i = 0; i < end - start; i += 1) {
    if (a.text.charCodeAt(a.start + i) !== text.charCodeAt(start + i)) return false;
  }
  return true;
}

/** Copies the text: a substring would keep the whole page in memory. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
