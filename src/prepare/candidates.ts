import type { IndexSettings } from '../config/settings.js';
import { formatDigest, sameDigest, sha256Digest } from '../hash/digest.js';
import { parseWheelFilename, safeArchiveFilename } from '../packaging/filename.js';
import { containsVersion, parseSpecifiers } from '../packaging/specifier.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import { select } from '../resolver/choose/select.js';
import type { Candidate, Rejection } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { StoredArchive } from '../store/store.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import {
  type DirectSource,
  directLink,
  localLink,
  lockedLink,
  type PageLinks,
  sourceFilename,
  storedLink,
  type VersionSource,
} from './links.js';
import { notFound, pinnedElsewhere } from './no-archive.js';

export type ChoiceSettings = Pick<
  IndexSettings,
  'formatControl' | 'preferBinary' | 'indexUrls' | 'findLinks' | 'bindings' | 'relocate'
> & {
  /** `--ignore-requires-python` of pip. */
  readonly ignoreRequiresPython?: boolean;
};

/**
 * The candidates that may have the pinned bytes: other locations of the best one, or all candidates without an
 * advertised digest.
 */
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
 * The candidates for `pin`, best first. Throws `NOT_FOUND` if there are none, `NOT_FOR_TARGET` for a wheel at a URL
 * that does not fit, and the error of an index that might have had a better archive.
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
  // A location that --offline excludes may have the pinned archive, so report that before other errors.
  const [unasked] = page.failures;
  if (unasked !== undefined && (best === undefined || best.group === 'other')) throw unasked.error;
  if (best === undefined) {
    const elsewhere = pin.hashed ? pinnedElsewhere(pin, target, selection.rejections) : undefined;
    throw elsewhere ?? notFound(pin, source, target, settings, selection, page);
  }
  return [best, ...rest];
}

/**
 * The page to choose from. A location that does not answer is waited for only if the others do not offer the pinned
 * bytes: the best of their archives is pinned, and they list every pinned digest (P10).
 */
export async function waitedFor(
  pin: Pin,
  target: Target,
  settings: ChoiceSettings,
  page: PageLinks,
): Promise<PageLinks> {
  if (page.again === undefined) return page;
  const offered = pin.hashed && listedCandidate(pin, target, page.links, settings, false) !== undefined;
  return offered ? page : page.again();
}

/**
 * The link from a stored listing, for a pinned digest. Only if the listing has every pinned digest, so that the
 * index page would lead to the same link (contract section 5, P10). With `offline` no page can be read, so any
 * pinned digest is enough.
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
 * The stored archive that the indexes would lead to. Only if the store has every pinned digest, so that no better
 * archive can be elsewhere, or if only one digest is pinned (contract section 5, P10). With `offline`, the best
 * match among the stored archives.
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
 * The error if the archive's own metadata excludes the target's Python: an index need not state it, and the store
 * does not know it. pip would refuse the archive in the middle of its run.
 */
export function pythonRefusal(
  filename: string,
  requiresPython: string | undefined,
  target: Target,
  settings: ChoiceSettings,
): PeepError | undefined {
  if (requiresPython === undefined || settings.ignoreRequiresPython === true) return undefined;
  if (target.acceptsEveryPython === true) return undefined;
  const python = target.pythonVersion.join('.');
  try {
    if (containsVersion(parseSpecifiers(requiresPython), python)) return undefined;
  } catch (error) {
    // As in pip, a Requires-Python that is not a valid specifier is ignored.
    if (isPeepError(error)) return undefined;
    throw error;
  }
  return new PeepError(
    'NOT_FOR_TARGET',
    `'${filename}' needs Python ${requiresPython}, but the target is ${target.label}`,
    {
      hint: 'Pin a version for this Python. `peep install` and `peep fetch` also take --ignore-requires-python.',
    },
  );
}

/** The archive at the URL or path of the requirement: there is no choice, but a wheel must fit. */
function directCandidate(source: DirectSource, target: Target): Candidate {
  const filename = sourceFilename(source);
  // P9; also gives a clear error before anything is fetched.
  safeArchiveFilename(filename);
  const wheel = parseWheelFilename(filename);
  if (wheel !== null && !wheel.tags.some((tag) => target.tags.includes(tag))) {
    throw new PeepError('NOT_FOR_TARGET', `'${filename}' is not for ${target.label}`, {
      hint: 'Name an archive for this platform, or add a marker to the requirement.',
    });
  }
  const link = source.kind === 'url' ? directLink(filename, source.url) : localLink(source.path);
  const kind = filename.endsWith('.whl') ? 'wheel' : 'sdist';
  return { link, group: 'unknown', kind, version: wheel?.version ?? '' };
}
