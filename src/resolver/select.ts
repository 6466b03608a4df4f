import type { FormatControl } from '../config/settings.js';
import { type Digest, type Digests, sameDigest } from '../hash/digest.js';
import {
  parseSdistFilenameFor,
  parseWheelFilename,
  safeArchiveFilename,
  sdistExtension,
} from '../packaging/filename.js';
import { containsVersion, parseSpecifiers } from '../packaging/specifier.js';
import type { ProjectName, PythonVersion } from '../packaging/types.js';
import { compareParsed, parseVersion, type Version } from '../packaging/version.js';
import type { ArchiveLink } from './link.js';

/** What the index says of an archive's digest, held against the pin (contract section 4, rule 1). */
export type DigestGroup = 'pinned' | 'unknown' | 'other';

/** An archive that would do, with what ranks it. */
export interface Candidate {
  readonly link: ArchiveLink;
  readonly group: DigestGroup;
  readonly kind: 'wheel' | 'sdist';
  /** As the file name says. */
  readonly version: string;
}

/** A link that was not chosen, and why: the rest of a sentence that begins with the file's name. */
export interface Rejection {
  readonly link: ArchiveLink;
  readonly reason: string;
}

/** What a version must be: exactly the pinned one, or one of a specifier set of PEP 440. */
export type VersionWish =
  | { readonly operator: '==' | '==='; readonly version: string }
  | { readonly specifier: string };

export type SelectionRequest = VersionWish & SelectionSettings;

export interface SelectionSettings {
  readonly project: ProjectName;
  /** Undefined for a pin without digests: every file is of the group `unknown`. */
  readonly digests: Digests | undefined;
  readonly target: SelectionTarget;
  readonly formatControl: FormatControl;
  readonly preferBinary: boolean;
}

export interface SelectionTarget {
  /** Best first. */
  readonly tags: readonly string[];
  readonly pythonVersion: PythonVersion;
}

export interface Selection {
  /** Best first; the groups follow each other. */
  readonly candidates: readonly Candidate[];
  readonly rejections: readonly Rejection[];
  /** Candidates that only their index or their name put behind the first one. */
  readonly tied: readonly Candidate[];
}

/** Chooses among `links` for one pin and one target (contract section 4). Pure: the same input, the same choice (P10). */
export function select(links: readonly ArchiveLink[], request: SelectionRequest): Selection {
  const judge = createJudge(request);
  const ranked: Ranked[] = [];
  const rejections: Rejection[] = [];
  for (const link of links) {
    const verdict = judge(link);
    if (typeof verdict === 'string') rejections.push({ link, reason: verdict });
    else ranked.push(verdict);
  }
  ranked.sort((a, b) => compareRanked(a, b, request.preferBinary) || compareListed(a, b));
  const [best, ...rest] = ranked;
  const tied = rest.filter(
    (other) => best !== undefined && compareRanked(best, other, request.preferBinary) === 0,
  );
  return { candidates: ranked.map(candidateOf), rejections, tied: tied.map(candidateOf) };
}

function candidateOf({ candidate }: Ranked): Candidate {
  return candidate;
}

interface Ranked {
  readonly candidate: Candidate;
  readonly version: Version | null;
  /** Index of the best of its tags in the target's list; past its end for a source archive. */
  readonly tagRank: number;
  readonly build: readonly [bigint, string] | null;
}

type Judge = (link: ArchiveLink) => Ranked | string;

const tagRanks = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function ranksOf(tags: readonly string[]): ReadonlyMap<string, number> {
  let ranks = tagRanks.get(tags);
  if (ranks === undefined) {
    const map = new Map<string, number>();
    tags.forEach((tag, i) => {
      if (!map.has(tag)) map.set(tag, i);
    });
    ranks = map;
    tagRanks.set(tags, ranks);
  }
  return ranks;
}

function createJudge(request: SelectionRequest): Judge {
  const { project, target } = request;
  const fits = versionTest(request);
  const ranks = ranksOf(target.tags);
  const allowsWheels = !isNamed(request.formatControl.noBinary, request.formatControl.onlyBinary, project);
  const allowsSdists = !isNamed(request.formatControl.onlyBinary, request.formatControl.noBinary, project);
  const python = target.pythonVersion.join('.');

  function judgeWheel(link: ArchiveLink): Ranked | string {
    if (!allowsWheels) return 'is a wheel, and --no-binary excludes wheels of this project';
    const wheel = parseWheelFilename(link.filename) ?? legacyWheel(link.filename, request);
    if (wheel === null) return 'has a file name that no wheel has';
    if (wheel.project !== project) return `belongs to the project '${wheel.project}'`;
    if (!fits(wheel.version)) return `has version ${wheel.version}`;
    let tagRank = Number.POSITIVE_INFINITY;
    for (const tag of wheel.tags) tagRank = Math.min(tagRank, ranks.get(tag) ?? Number.POSITIVE_INFINITY);
    if (tagRank === Number.POSITIVE_INFINITY) return 'is for another platform or Python';
    return ranked(link, 'wheel', wheel.version, tagRank, wheel.build);
  }

  function judgeSdist(link: ArchiveLink): Ranked | string {
    if (!allowsSdists) return 'is a source archive, and --only-binary excludes those of this project';
    if (link.filename.endsWith('.zip') && /macosx10/.test(link.url))
      return 'is an installer for old versions of macOS';
    const sdist = parseSdistFilenameFor(project, link.filename);
    if (sdist === null) return 'has a file name that no source archive of this project has';
    let { version } = sdist;
    const suffix = /-py([123]\.?[0-9]?)$/.exec(version);
    if (suffix !== null) {
      version = version.slice(0, suffix.index);
      const [major, minor] = target.pythonVersion;
      if (suffix[1] !== `${major}.${minor}`) return `is for Python ${suffix[1]}`;
    }
    if (!fits(version)) return `has version ${version}`;
    return ranked(link, 'sdist', version, target.tags.length, null);
  }

  function ranked(
    link: ArchiveLink,
    kind: Candidate['kind'],
    version: string,
    tagRank: number,
    build: Ranked['build'],
  ): Ranked | string {
    if (!requirementMet(link.requiresPython, python)) return `needs Python ${link.requiresPython}`;
    try {
      // P9: what cannot be written under its own name is not chosen.
      safeArchiveFilename(link.filename);
    } catch {
      return 'has a file name that is not one safe path component';
    }
    const group = groupOf(link.advertised, request.digests);
    return { candidate: { link, group, kind, version }, version: parseVersion(version), tagRank, build };
  }

  return (link) => {
    if (link.filename.endsWith('.whl')) return judgeWheel(link);
    if (sdistExtension(link.filename) !== undefined) return judgeSdist(link);
    return 'is neither a wheel nor a source archive';
  };
}

/**
 * PEP 440 for specifiers. For `===`, and for `==` of what PEP 440 does not know, the text decides: the normalised one of
 * a version, as in pip, and the very text of anything else.
 */
function versionTest(wish: VersionWish): (version: string) => boolean {
  const exact = 'version' in wish && (wish.operator === '===' || parseVersion(wish.version) === null);
  if (exact) {
    const pinned = wish.version.toLowerCase();
    return (version) => (parseVersion(version)?.normalized ?? version).toLowerCase() === pinned;
  }
  const specifiers = parseSpecifiers('specifier' in wish ? wish.specifier : `==${wish.version}`);
  return (version) => parseVersion(version) !== null && containsVersion(specifiers, version);
}

/** A wheel whose version PEP 440 does not know, when that very text is pinned. */
function legacyWheel(filename: string, wish: VersionWish): ReturnType<typeof parseWheelFilename> {
  if ('specifier' in wish) return null;
  const { version: pinned } = wish;
  const parts = filename.split('-');
  const spelled = parts[1]?.replaceAll('_', '-');
  if (parseVersion(pinned) !== null || (parts[1] !== pinned && spelled !== pinned)) return null;
  const wheel = parseWheelFilename([parts[0], '0', ...parts.slice(2)].join('-'));
  return wheel === null ? null : { ...wheel, filename, version: pinned };
}

/** `--no-binary` and `--only-binary`: a project's own name beats `:all:` of the other option. */
function isNamed(names: ReadonlySet<string>, others: ReadonlySet<string>, project: ProjectName): boolean {
  return names.has(project) || (names.has(':all:') && !others.has(project));
}

/** PEP 503: what is no specifier limits nothing, as in pip. */
function requirementMet(requiresPython: string | undefined, python: string): boolean {
  if (requiresPython === undefined || requiresPython === '') return true;
  let met = requirements.get(requiresPython);
  if (met === undefined) {
    try {
      met = parseSpecifiers(requiresPython);
    } catch {
      met = [];
    }
    if (requirements.size > 1000) requirements.clear();
    requirements.set(requiresPython, met);
  }
  return containsVersion(met, python);
}

const requirements = new Map<string, ReturnType<typeof parseSpecifiers>>();

function groupOf(advertised: readonly Digest[], digests: Digests | undefined): DigestGroup {
  if (digests === undefined) return 'unknown';
  const comparable = advertised.filter((digest) =>
    digests.some(({ algorithm }) => algorithm === digest.algorithm),
  );
  if (comparable.length === 0) return 'unknown';
  return comparable.some((digest) => digests.some((pin) => sameDigest(pin, digest))) ? 'pinned' : 'other';
}

const groupRank: Readonly<Record<DigestGroup, number>> = { pinned: 0, unknown: 1, other: 2 };

/** Best first (contract section 4, rules 1 and 2). */
function compareRanked(a: Ranked, b: Ranked, preferBinary: boolean): number {
  const [left, right] = [a.candidate, b.candidate];
  return (
    groupRank[left.group] - groupRank[right.group] ||
    Number(left.link.yanked !== false) - Number(right.link.yanked !== false) ||
    (preferBinary ? Number(left.kind === 'sdist') - Number(right.kind === 'sdist') : 0) ||
    compareVersionsDown(a.version, b.version) ||
    a.tagRank - b.tagRank ||
    compareBuildsDown(a.build, b.build)
  );
}

/** Ties (contract section 4, rule 2): the index that comes first, then the file name. */
function compareListed(
  { candidate: { link: left } }: Ranked,
  { candidate: { link: right } }: Ranked,
): number {
  return (
    left.order - right.order || compareText(left.filename, right.filename) || compareText(left.url, right.url)
  );
}

function compareVersionsDown(a: Version | null, b: Version | null): number {
  return a === null || b === null ? 0 : compareParsed(b, a);
}

/** No build tag sorts before any. */
function compareBuildsDown(a: Ranked['build'], b: Ranked['build']): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a[0] === b[0] ? compareText(b[1], a[1]) : a[0] > b[0] ? -1 : 1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
