import { bindingsOf } from '../config/index-bindings.js';
import type { IndexSettings } from '../config/settings.js';
import { formatDigest } from '../hash/digest.js';
import { parseWheelFilename } from '../packaging/filename.js';
import { compareVersions, parseVersion } from '../packaging/version.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { Rejection, Selection } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { noOthers, type OtherFiles } from '../resolver/pages/name-filter.js';
import type { Target } from '../target/target.js';
import { clipped } from '../text/clip.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import type { PageLinks, VersionSource } from './links.js';

/** The error if no location of the run has an archive for a pin. */
export function notFound(
  { links, place }: Pin,
  source: VersionSource,
  target: Target,
  settings: Pick<IndexSettings, 'indexUrls' | 'findLinks' | 'bindings'>,
  { rejections }: Selection,
  { links: offered, others = noOthers, linkless = [] }: PageLinks,
): PeepError {
  const linkCount = links?.length ?? offered.length;
  const places =
    links === undefined
      ? locationsOf(source.project, settings).map(redactUrl)
      : [`the archives that ${place.file} names`];
  const ofVersion = rejections.filter(({ kind }) => !['project', 'version', 'name'].includes(kind));
  const what = `${source.name}${source.operator}${source.version}`;
  if (ofVersion.length > 0) {
    const reasons = [...new Set(ofVersion.map(({ reason }) => reason))].join('; or ');
    const those = ofVersion.length === 1 ? 'its only file' : `each of its ${ofVersion.length} files`;
    return new PeepError('NOT_FOUND', `no archive of ${what} is for ${target.label}: ${those} ${reasons}`, {
      hint: 'Pin a version that has an archive for this Python and platform; -v shows why each file does not fit.',
    });
  }
  const [they, have] = places.length === 1 && links === undefined ? ['it', 'has'] : ['they', 'have'];
  const versions = versionsOf(rejections, others);
  const instead =
    versions !== ''
      ? `${they} ${have} ${versions}`
      : linkCount + others.count === 0
        ? `${they} ${have} no archive of the project`
        : `${they} ${have} no archive of the project among ${linkCount + others.count} files`;
  const result =
    places.length === 0
      ? ': no index or find-links location is configured'
      : ` at ${places.join(', ')}: ${instead}`;
  return new PeepError('NOT_FOUND', `no archive of ${what} found${result}`, {
    hint:
      linkless.length > 0
        ? `The page at '${redactUrl(linkless[0] ?? '')}' has no links: check the name, and whether the index URL is complete; it usually ends in /simple/.`
        : 'Check the name, the version and the index settings.',
  });
}

/**
 * The error if the index has every pinned archive but none for the target: the pins were made for another target.
 * Nothing is downloaded, because this is not tampering (P8).
 */
export function pinnedElsewhere(
  pin: HashedPin,
  target: Target,
  rejections: readonly Rejection[],
): PeepError | undefined {
  const pinned = new Set(pin.digests.map(formatDigest));
  const files = rejections.filter(
    ({ link, kind }) =>
      (kind === 'target' || kind === 'option') &&
      link.advertised.some((digest) => pinned.has(formatDigest(digest))),
  );
  for (const { link } of files) for (const digest of link.advertised) pinned.delete(formatDigest(digest));
  if (files.length === 0 || pinned.size > 0) return undefined;
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  if (files.every(({ kind }) => kind === 'option')) {
    return new PeepError(
      'NOT_FOR_TARGET',
      `the pins of ${pin.requirement} are for ${count} that --no-binary or --only-binary excludes`,
      {
        hint: 'Leave out the option for this project, or run `peep pin` to add the hash of an allowed archive.',
      },
    );
  }
  return new PeepError(
    'NOT_FOR_TARGET',
    `the pins of ${pin.requirement} are for ${kindsOf(files, target)} only (${count}); this is ${target.label}`,
    { hint: 'Run `peep pin` to add the hash of an archive for this target.' },
  );
}

const shownKinds = 5;

/** The kinds of archives that exist: `cp313`, platforms if the Python fits, or both; at most five. */
function kindsOf(files: readonly Rejection[], target: Target): string {
  const tags = files.flatMap(({ link }) => parseWheelFilename(link.filename)?.tags ?? []);
  const part = (tag: string, i: number): string => tag.split('-')[i] ?? '';
  const pythons = new Set(target.tags.map((tag) => part(tag, 0)));
  const fitting = tags.filter((tag) => pythons.has(part(tag, 0))).length;
  const kindOf = (tag: string): string => {
    if (fitting === 0) return part(tag, 0);
    return fitting === tags.length ? part(tag, 2) : `${part(tag, 0)} on ${part(tag, 2)}`;
  };
  const kinds = new Set(tags.map(kindOf));
  const shown = [...kinds].slice(0, shownKinds).join(', ');
  return kinds.size > shownKinds ? `${shown} and ${kinds.size - shownKinds} more` : shown;
}

const versionsShown = 5;

/** The newest other versions, such as `1.2, 1.1 and 7 older`; empty if there are none. */
function versionsOf(rejections: readonly Rejection[], others: OtherFiles): string {
  const found = [...others.versions, ...rejections.flatMap(({ version = [] }) => version)];
  const versions = new Set(found.flatMap((text) => parseVersion(text)?.normalized ?? []));
  const newest = [...versions].sort((a, b) => compareVersions(b, a));
  const older = newest.length - versionsShown;
  const shown = newest
    .slice(0, versionsShown)
    .map((version) => clipped(version))
    .join(', ');
  return older > 0 ? `${shown} and ${older} older` : shown;
}

/** The locations that may have a project. */
export function locationsOf(
  project: VersionSource['project'],
  { indexUrls, findLinks, bindings = [] }: Pick<IndexSettings, 'indexUrls' | 'findLinks' | 'bindings'>,
): readonly string[] {
  const bound = bindingsOf(project, bindings).map(({ url }) => url);
  return bound.length > 0 ? bound : [...indexUrls, ...findLinks];
}

/** In a dry run: no advertised digest matches the pinned ones. */
export function contradicted(pin: Pin, { filename, url }: ArchiveLink): PeepError {
  return new PeepError(
    'NOT_FOUND',
    `no archive of ${pin.requirement} has the pinned digest, according to the entry for '${filename}' at ${redactUrl(url)}`,
    { hint: 'Run without --dry-run to fetch and hash it.' },
  );
}

export function notStored({ hashed }: Pin): PeepError {
  const why = hashed ? 'not in the store' : 'no digest is pinned';
  return new PeepError('OFFLINE_MISSING', `${why}, and --offline asks no index`, {
    hint: 'Run `peep fetch -r FILE` once with a network, or copy the store from a machine that has one.',
  });
}
