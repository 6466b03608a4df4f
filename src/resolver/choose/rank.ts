import { compareParsed } from '../../packaging/version.js';
import { clipped } from '../../text/clip.js';
import { printable } from '../../text/redact.js';
import type { DigestGroup, Ranked, Rejection } from './selection-types.js';

interface Criterion {
  /** Negative if `a` ranks higher. */
  readonly compare: (a: Ranked, b: Ranked) => number;
  /**
   * Why `worse` ranks below the best candidate: the rest of a sentence that begins with the file name of `worse`;
   * `%` is replaced by the name of the best.
   */
  readonly behind: (worse: Ranked) => string;
}

const groupRank: Readonly<Record<DigestGroup, number>> = { pinned: 0, unknown: 1, other: 2 };

const byDigest: Criterion = {
  compare: (a, b) => groupRank[a.candidate.group] - groupRank[b.candidate.group],
  behind: ({ candidate: { group } }) =>
    group === 'other'
      ? 'is advertised with another digest than the pinned ones'
      : 'has no digest to compare, but % advertises a pinned one',
};

/** PEP 592: a yanked file is chosen only if nothing else meets the pin. */
const byYank: Criterion = {
  compare: (a, b) => Number(a.candidate.link.yanked !== false) - Number(b.candidate.link.yanked !== false),
  behind: ({ candidate: { link } }) => {
    const why = link.yanked === false || link.yanked === '' ? '' : ` ('${clipped(link.yanked)}')`;
    return `was yanked from its index${why}, but % was not`;
  },
};

const byBinaryPreference: Criterion = {
  compare: (a, b) => Number(a.candidate.kind === 'sdist') - Number(b.candidate.kind === 'sdist'),
  behind: () => 'is a source archive, but --prefer-binary prefers %',
};

const byVersion: Criterion = {
  compare: (a, b) => (a.version === null || b.version === null ? 0 : compareParsed(b.version, a.version)),
  behind: ({ candidate }) => `has version ${clipped(candidate.version)}, but % has a later one`,
};

const byTags: Criterion = {
  compare: (a, b) => a.tagRank - b.tagRank,
  behind: ({ candidate: { kind } }) =>
    kind === 'sdist' ? 'is a source archive, but % is a wheel' : 'is a worse match for the target than %',
};

const byBuild: Criterion = {
  compare: (a, b) => compareBuildsDown(a.build, b.build),
  behind: () => 'is an earlier build than %',
};

const byIndex: Criterion = {
  compare: (a, b) => a.candidate.link.order - b.candidate.link.order,
  behind: () => 'ranks equal to %, which an earlier location offers',
};

const byName: Criterion = {
  compare: ({ candidate: { link: a } }, { candidate: { link: b } }) =>
    compareText(a.filename, b.filename) || compareText(a.url, b.url),
  behind: () => 'ranks equal to %, whose name sorts first',
};

/** Contract section 4, rules 1 and 2. */
const merits = [byDigest, byYank, byVersion, byTags, byBuild];
const meritsOfBinaries = [byDigest, byYank, byBinaryPreference, byVersion, byTags, byBuild];
/** Contract section 4, rule 2: ties. */
const listing = [byIndex, byName];

/** Sorts candidates, best first. */
export function compareRanked(a: Ranked, b: Ranked, preferBinary: boolean): number {
  return compareBy(preferBinary ? meritsOfBinaries : merits, a, b);
}

/** Order of equal candidates: by index, then by file name. */
export function compareListed(a: Ranked, b: Ranked): number {
  return compareBy(listing, a, b);
}

export function isTied(a: Ranked, b: Ranked, preferBinary: boolean): boolean {
  return compareRanked(a, b, preferBinary) === 0;
}

export function whyBehind(best: Ranked, other: Ranked, preferBinary: boolean): Rejection {
  const criteria = [...(preferBinary ? meritsOfBinaries : merits), ...listing];
  const decisive = criteria.find(({ compare }) => compare(best, other) !== 0);
  const reason = decisive?.behind(other) ?? 'is listed twice';
  const { link } = other.candidate;
  return {
    link,
    kind: 'behind',
    reason: reason.replace('%', () => `'${printable(best.candidate.link.filename)}'`),
  };
}

function compareBy(criteria: readonly Criterion[], a: Ranked, b: Ranked): number {
  for (const { compare } of criteria) {
    const order = compare(a, b);
    if (order !== 0) return order;
  }
  return 0;
}

/** A wheel without a build tag sorts first. */
function compareBuildsDown(a: Ranked['build'], b: Ranked['build']): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a[0] === b[0] ? compareText(b[1], a[1]) : a[0] > b[0] ? -1 : 1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
