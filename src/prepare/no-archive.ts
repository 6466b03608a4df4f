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

/** The error when nothing that the run may ask has an archive for a pin. */
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
    const those = ofVersion.length === 1 ? 'the one there' : `of ${ofVersion.length} there, each`;
    return new PeepError('NOT_FOUND', `no archive of ${what} is for ${target.label}: ${those} ${reasons}`, {
      hint: 'Pin a version that has an archive for this Python and platform; -v tells more of each file.',
    });
  }
  const asked = places.join(', ') || 'no index at all';
  const [they, have] = places.length === 1 && links === undefined ? ['it', 'has'] : ['they', 'have'];
  const versions = versionsOf(rejections, others);
  const instead =
    versions !== ''
      ? `${they} ${have} ${versions}`
      : linkCount + others.count === 0
        ? `${they} ${have} no archive of the project`
        : `${they} ${have} no archive of the project among ${linkCount + others.count} files`;
  return new PeepError('NOT_FOUND', `${what} is not to be had from ${asked}: ${instead}`, {
    hint:
      linkless.length > 0
        ? `The page at '${redactUrl(linkless[0] ?? '')}' has no link: check the name, and whether the address of the index lacks its end, usually /simple/.`
        : 'Check the name, the version and the index settings.',
  });
}

/**
 * The error when the index has every pinned archive and none of them is for the target: the pins were made for another
 * one. Nothing is downloaded for that, and nobody has tampered with anything (P8).
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
      `the pins of ${pin.requirement} are of ${count} that --no-binary or --only-binary shuts out`,
      {
        hint: 'Drop the option for this project, or let `peep pin` add the hash of an archive that it allows.',
      },
    );
  }
  return new PeepError(
    'NOT_FOR_TARGET',
    `the pins of ${pin.requirement} are for ${kindsOf(files, target)} only (${count}); this is ${target.label}`,
    { hint: 'Let `peep pin` add the hash of an archive for this target.' },
  );
}

const shownKinds = 5;

/** `cp313`, platforms where each Python fits, or both; at most five. */
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

/** The newest of other versions, such as `1.2, 1.1 and 7 older`; '' without any. */
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

/** Where a project may be asked for. */
function locationsOf(
  project: VersionSource['project'],
  { indexUrls, findLinks, bindings = [] }: Pick<IndexSettings, 'indexUrls' | 'findLinks' | 'bindings'>,
): readonly string[] {
  const bound = bindingsOf(project, bindings).map(({ url }) => url);
  return bound.length > 0 ? bound : [...indexUrls, ...findLinks];
}

/** What a dry run knows: nothing there says that it is the pinned archive. */
export function contradicted(pin: Pin, { filename, url }: ArchiveLink): PeepError {
  return new PeepError(
    'NOT_FOUND',
    `no archive of ${pin.requirement} is the pinned one, by what is said of '${filename}' at ${redactUrl(url)}`,
    { hint: 'Without --dry-run it is fetched and hashed, to tell what is there.' },
  );
}

export function notStored({ hashed }: Pin): PeepError {
  const why = hashed ? 'not in the store' : 'no digest is pinned';
  return new PeepError('OFFLINE_MISSING', `${why}, and --offline asks no index`, {
    hint: 'Run `peep fetch -r FILE` once with a network, or copy the store from a machine that has one.',
  });
}
