import { pathToFileURL } from 'node:url';
import type { IndexSettings } from '../config/settings.js';
import { formatDigest, sameDigest, sha256Digest } from '../hash/digest.js';
import { parseWheelFilename, safeArchiveFilename } from '../packaging/filename.js';
import { containsVersion, parseSpecifiers } from '../packaging/specifier.js';
import { compareVersions, parseVersion } from '../packaging/version.js';
import type { HashedPin, Pin, RequirementSource } from '../requirements/pin.js';
import { select } from '../resolver/choose/select.js';
import type { Candidate, Rejection, Selection } from '../resolver/choose/selection-types.js';
import { type ArchiveLink, createLink } from '../resolver/link.js';
import { lastComponent } from '../resolver/pages/archive-url.js';
import type { LocationFailure } from '../resolver/pages/client.js';
import { noOthers, type OtherFiles } from '../resolver/pages/name-filter.js';
import type { StoredArchive } from '../store/store.js';
import type { Target } from '../target/target.js';
import { clipped } from '../text/clip.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';

export interface PageLinks {
  readonly links: readonly ArchiveLink[];
  /** What else is listed there. */
  readonly others?: OtherFiles | undefined;
  readonly failures: readonly LocationFailure[];
}

export type ChoiceSettings = Pick<
  IndexSettings,
  'formatControl' | 'preferBinary' | 'indexUrls' | 'findLinks' | 'relocate'
> & {
  /** `--ignore-requires-python` of pip. */
  readonly ignoreRequiresPython?: boolean;
};

/** The candidates that may have the pinned bytes: further places of the best one, or all of which nothing is known. */
export function candidatesToTry(candidates: readonly [Candidate, ...Candidate[]]): readonly Candidate[] {
  const [best] = candidates;
  if (best.group === 'other') return [best];
  if (best.group === 'unknown') return candidates.filter(({ group }) => group === 'unknown');
  return candidates.filter(({ group, link }) => group !== 'other' && isSameArchive(link, best.link));
}

function isSameArchive(a: ArchiveLink, b: ArchiveLink): boolean {
  return (
    a.filename === b.filename ||
    a.advertised.some((digest) => b.advertised.some((own) => sameDigest(own, digest)))
  );
}

/**
 * The archives that may be meant by `pin`, best first. Throws `NOT_FOUND` when there is none, `NOT_FOR_TARGET` for a
 * wheel at a URL that does not fit, and the failure of an index that might have had a better one.
 */
export function candidatesFor(
  pin: Pin,
  target: Target,
  settings: ChoiceSettings,
  page: PageLinks,
  explain: (rejections: readonly Rejection[]) => void = () => undefined,
): readonly [Candidate, ...Candidate[]] {
  const { source } = pin;
  if (source.kind !== 'version') return [directCandidate(source, target)];
  const offered = pin.links === undefined ? page.links : pin.links.map(lockedLink);
  const links = withRequiresPython(offered, settings);
  const selection = select(links, selectionRequest(pin, source, target, settings));
  explain([...selection.rejections, ...selection.passedOver]);
  const [best, ...rest] = selection.candidates;
  // Contract section 4: an index that cannot be asked fails the pin, unless another one offers the pinned digest.
  const failure = page.failures.find(({ error }) => error.code !== 'NETWORK_OFFLINE');
  if (failure !== undefined && best?.group !== 'pinned') throw failure.error;
  // What --offline keeps from being asked may have the pinned archive: nothing else is held against the pin.
  const [unasked] = page.failures;
  if (unasked !== undefined && (best === undefined || best.group === 'other')) throw unasked.error;
  if (pin.hashed && (best === undefined || best.group === 'other')) {
    const elsewhere = pinnedElsewhere(pin, target, selection);
    if (elsewhere !== undefined) throw elsewhere;
  }
  if (best === undefined)
    throw notFound(pin, source, target, settings, selection, page.others ?? noOthers, links.length);
  return [best, ...rest];
}

/**
 * The link that a listing leads to, of a pinned digest: only when it knows every pinned digest, so that the page leads
 * to the same (contract section 5, P10). With `offline` no page can be asked, and what it knows is enough.
 */
export function listedCandidate(
  pin: HashedPin,
  target: Target,
  listed: readonly ArchiveLink[],
  settings: ChoiceSettings,
  offline: boolean,
): ArchiveLink | undefined {
  const { source } = pin;
  if (source.kind !== 'version') return undefined;
  const known = new Set(listed.flatMap(({ advertised }) => advertised.map(formatDigest)));
  if (!offline && !pin.digests.every((digest) => known.has(formatDigest(digest)))) return undefined;
  const links = withRequiresPython(listed, settings);
  const [best] = select(links, selectionRequest(pin, source, target, settings)).candidates;
  return best?.group === 'pinned' ? best.link : undefined;
}

function withRequiresPython(
  links: readonly ArchiveLink[],
  { ignoreRequiresPython }: ChoiceSettings,
): readonly ArchiveLink[] {
  return ignoreRequiresPython === true
    ? links.map((link) => ({ ...link, requiresPython: undefined }))
    : links;
}

/**
 * The stored archive that the indexes would lead to: only when every pinned digest is known to the store, so that
 * nothing better can be elsewhere, or one digest is pinned (contract section 5, P10). With `offline`, the best fitting
 * of those that are stored.
 */
export function storedCandidate(
  pin: HashedPin,
  target: Target,
  entries: readonly StoredArchive[],
  settings: ChoiceSettings,
  offline: boolean,
): { readonly entry: StoredArchive; readonly link: ArchiveLink } | undefined {
  const { source, digests } = pin;
  const links = new Map(entries.map((entry) => [storedLink(entry), entry]));
  if (source.kind !== 'version') {
    const filename = sourceFilename(source);
    const found = [...links].find(([link]) => link.filename === filename);
    return digests.length === 1 && found !== undefined ? { link: found[0], entry: found[1] } : undefined;
  }
  const ofDigests = digests.every((digest) =>
    digest.algorithm === 'sha256'
      ? entries.some((entry) => sameDigest(sha256Digest(entry.sha256), digest))
      : digests.length === 1 && entries.length > 0,
  );
  if (!ofDigests && !(offline && entries.length > 0)) return undefined;
  const request = { ...selectionRequest(pin, source, target, settings), digests: undefined };
  const link = select([...links.keys()], request).candidates[0]?.link;
  const entry = link === undefined ? undefined : links.get(link);
  return link === undefined || entry === undefined ? undefined : { link, entry };
}

export type VersionSource = Extract<RequirementSource, { readonly kind: 'version' }>;
type DirectSource = Exclude<RequirementSource, VersionSource>;

function selectionRequest(pin: Pin, source: VersionSource, target: Target, settings: ChoiceSettings) {
  return {
    project: source.project,
    operator: source.operator,
    version: source.version,
    digests: pin.hashed ? pin.digests : undefined,
    target,
    formatControl: settings.formatControl,
    preferBinary: settings.preferBinary,
  };
}

/**
 * The error when the archive itself does not take the target's Python: an index need not say so, and the store
 * does not know. pip would refuse it in the middle of its run.
 */
export function pythonRefusal(
  filename: string,
  requiresPython: string | undefined,
  target: Target,
  settings: ChoiceSettings,
): PeepError | undefined {
  if (requiresPython === undefined || settings.ignoreRequiresPython === true) return undefined;
  const python = target.pythonVersion.join('.');
  try {
    if (containsVersion(parseSpecifiers(requiresPython), python)) return undefined;
  } catch (error) {
    // As in pip, what is no specifier limits nothing.
    if (isPeepError(error)) return undefined;
    throw error;
  }
  return new PeepError(
    'NOT_FOR_TARGET',
    `'${filename}' says that it needs Python ${requiresPython}, and the target is ${target.label}`,
    { hint: 'Pin a version for this Python; --ignore-requires-python takes it all the same.' },
  );
}

/** An archive at a URL or path of the requirement's own: nothing to choose, but a wheel must fit. */
function directCandidate(source: DirectSource, target: Target): Candidate {
  const filename = sourceFilename(source);
  // P9, and a clear error before anything is fetched.
  safeArchiveFilename(filename);
  const wheel = parseWheelFilename(filename);
  if (wheel !== null && !wheel.tags.some((tag) => target.tags.includes(tag))) {
    throw new PeepError('NOT_FOR_TARGET', `'${filename}' is not for ${target.label}`, {
      hint: 'Name an archive for this platform, or write a marker behind the requirement.',
    });
  }
  const link = source.kind === 'url' ? directLink(filename, source.url) : localLink(source.path);
  const kind = filename.endsWith('.whl') ? 'wheel' : 'sdist';
  return { link, group: 'unknown', kind, version: wheel?.version ?? '' };
}

/** The link of an archive on this machine. */
export function localLink(path: string): ArchiveLink {
  const { href, pathname } = pathToFileURL(path);
  return directLink(lastComponent(pathname), href);
}

function directLink(filename: string, url: string): ArchiveLink {
  return createLink({ filename, url, source: 'url' });
}

export function sourceFilename(source: DirectSource): string {
  const path = source.kind === 'url' ? new URL(source.url).pathname : pathToFileURL(source.path).pathname;
  return lastComponent(path);
}

export function lockedLink(link: NonNullable<Pin['links']>[number], order: number): ArchiveLink {
  const { filename, url, digests, size } = link;
  return createLink({ filename, url, source: 'url', advertised: digests, size, order });
}

function storedLink({ filename, sha256, size }: StoredArchive): ArchiveLink {
  const url = `store:${sha256}/${filename}`;
  return createLink({ filename, url, source: 'store', advertised: [sha256Digest(sha256)], size });
}

function notFound(
  { links, place }: Pin,
  source: VersionSource,
  target: Target,
  settings: ChoiceSettings,
  { rejections }: Selection,
  others: OtherFiles,
  linkCount: number,
): PeepError {
  const places =
    links === undefined
      ? [...settings.indexUrls, ...settings.findLinks].map(redactUrl)
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
    hint: 'Check the name, the version and the index settings.',
  });
}

/**
 * The error when the index has every pinned archive and none of them is for the target: the pins were made for another
 * one. Nothing is downloaded for that, and nobody has tampered with anything (P8).
 */
function pinnedElsewhere(pin: HashedPin, target: Target, { rejections }: Selection): PeepError | undefined {
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
