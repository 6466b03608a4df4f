import { formatDigest, sameDigest } from '../hash/digest.js';
import { parseWheelFilename } from '../packaging/filename.js';
import { type ChoiceSettings, type PageLinks, sourceFilename } from '../prepare/candidates.js';
import type { Pin, RequirementSource } from '../requirements/pin.js';
import { select } from '../resolver/choose/select.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';

export type VersionSource = Extract<RequirementSource, { readonly kind: 'version' }>;

/**
 * Every archive of a release, for whatever Python and platform; each once, though several indexes list it. Best
 * first for nobody in particular. Pure.
 */
export function releaseOf(
  links: readonly ArchiveLink[],
  source: VersionSource,
  { formatControl, preferBinary }: ChoiceSettings,
): readonly ArchiveLink[] {
  // A release is looked at as a whole: Requires-Python is for those who install.
  const open = new Map<ArchiveLink, ArchiveLink>(
    links.map((link) => [{ ...link, requiresPython: undefined }, link]),
  );
  const { candidates } = select([...open.keys()], {
    project: source.project,
    operator: source.operator,
    version: source.version,
    digests: undefined,
    target: everyTarget(links.map(({ filename }) => filename)),
    formatControl,
    preferBinary,
  });
  const release = candidates.flatMap(({ link }) => open.get(link) ?? []);
  return release.filter((link, i) => release.findIndex((other) => sameArchive(link, other)) === i);
}

/** A target that takes every wheel of these names. */
export function everyTarget(filenames: readonly string[]): Pick<Target, 'tags' | 'pythonVersion' | 'label'> {
  const tags = new Set(filenames.flatMap((filename) => parseWheelFilename(filename)?.tags ?? []));
  return { label: 'any target', tags: [...tags], pythonVersion: [3, 0, 0] };
}

/** The same, with markers that nobody asks for: for archives that are named and not chosen. */
export function everyTargetOf(pin: Pin, environment: Target['environment']): Target {
  const filenames =
    pin.source.kind === 'version'
      ? (pin.links ?? []).map(({ filename }) => filename)
      : [sourceFilename(pin.source)];
  return { ...everyTarget(filenames), environment };
}

/** Throws `ARCHIVE_AMBIGUOUS` when two files of one name have different digests: both would be pinned. */
export function refuseConflictingFiles(release: readonly ArchiveLink[], requirement: string): void {
  const twin = release.find((link, i) => release.findIndex((other) => differ(other, link)) > i);
  if (twin === undefined) return;
  throw new PeepError(
    'ARCHIVE_AMBIGUOUS',
    `${requirement}: '${twin.filename}' is offered more than once, with different digests`,
    { hint: 'Find out which one is right, and leave the other index out (--index-url names one index).' },
  );
}

/** Files of the same name as `link` that say of themselves that they are another archive. */
export function conflictingFiles(link: ArchiveLink, page: PageLinks): readonly ArchiveLink[] {
  return page.links.filter((other) => differ(link, other));
}

function differ(a: ArchiveLink, b: ArchiveLink): boolean {
  if (a.filename !== b.filename) return false;
  const comparable = b.advertised.filter(({ algorithm }) =>
    a.advertised.some((digest) => digest.algorithm === algorithm),
  );
  return comparable.some((digest) => !a.advertised.some((own) => sameDigest(own, digest)));
}

function sameArchive(a: ArchiveLink, b: ArchiveLink): boolean {
  if (a.filename !== b.filename) return false;
  if (a.url === b.url) return true;
  const digests = a.advertised.map(formatDigest);
  return b.advertised.some((digest) => digests.includes(formatDigest(digest)));
}
