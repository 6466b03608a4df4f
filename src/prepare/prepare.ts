import { isBound } from '../config/index-bindings.js';
import { type Digest, formatDigest, sameDigest } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { Candidate, Rejection } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';

import { noOthers, type OtherFiles } from '../resolver/pages/name-filter.js';

import type { Target } from '../target/target.js';
import { clipped } from '../text/clip.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import {
  candidatesFor,
  candidatesToTry,
  listedCandidate,
  type PageLinks,
  pythonRefusal,
  storedCandidate,
} from './candidates.js';
import { isUnavailable } from './is-unavailable.js';
import { lockedLink } from './links.js';
import { pinnedElsewhere } from './no-archive.js';
import type { ChosenArchive, Mismatch, Outcome } from './outcome.js';
import { AskedUrls, firstPlace, placesOf } from './places.js';

import type { PrepareOptions, PreparePorts, Preparer } from './ports.js';

/**
 * The way from pins to verified archives (contract sections 4 and 5): the store first, then the indexes, then
 * the archive, each exactly once for equal pins.
 */
export function createPreparer(
  ports: PreparePorts,
  settings: Parameters<typeof candidatesFor>[2],
  options: PrepareOptions,
): Preparer {
  const inFlight = new Map<string, Promise<Outcome>>();

  return {
    async prepare(pin, target) {
      const key = JSON.stringify([
        sourceKey(pin),
        target.label,
        pin.hashed ? pin.digests.map(formatDigest).sort() : null,
        pin.links?.map(({ url }) => url) ?? null,
        pin.publishers?.map(formatPublisher).sort() ?? null,
      ]);
      const known = inFlight.get(key);
      const outcome = known ?? prepareOnce(pin, target);
      if (known === undefined) inFlight.set(key, outcome);
      return { ...(await outcome), pin } as Outcome;
    },
  };

  async function prepareOnce(pin: Pin, target: Target): Promise<Outcome> {
    try {
      return await attested(await find(pin, target), pin);
    } catch (error) {
      if (!isPeepError(error) || !isUnavailable(error)) throw error;
      const said = error.code === 'NETWORK_OFFLINE' && !isLocal(pin) ? notStored(pin) : error;
      return { status: 'unavailable', pin, error: said };
    }
  }

  async function find(pin: Pin, target: Target): Promise<Outcome> {
    if (!pin.hashed || options.dryRun) return fromIndexes(pin, target);
    const stored = await fromStore(pin, target);
    if (stored !== undefined) return stored;
    if (options.offline) return fromIndexes(pin, target);
    const links = await ports.registries.linksFor(pin);
    const found = links && (await amongStored(pin, target, links, pin.digests.length > 1));
    if (found !== undefined && found.status !== 'mismatched') return found;
    return fromIndexes(pin, target).catch(async (error) => {
      if (!isPeepError(error) || !isUnavailable(error)) throw error;
      // P8: that one place sent other bytes is told before trouble with another.
      const instead = found ?? (await amongStored(pin, target, await ports.registries.everyLink(pin), false));
      if (instead === undefined) throw error;
      if (instead !== found)
        ports.log.warn(
          `${pin.requirement}: chosen among what the stores have, for no index gave one: ${error.message}`,
        );
      return instead;
    });
  }

  /** After the transfer's turn is over: what is asked for here waits for a turn of its own. */
  async function attested(outcome: Outcome, pin: Pin): Promise<Outcome> {
    if (outcome.status !== 'verified' || outcome.archive.sha256 === undefined) return outcome;
    const { archive } = outcome;
    try {
      const provenance = await ports.attest({ pin, link: archive.link, sha256: outcome.archive.sha256 });
      return provenance === undefined ? outcome : { ...outcome, provenance };
    } catch (error) {
      if (!isPeepError(error) || isUnavailable(error)) throw error;
      return { status: 'refused', pin, archive, error };
    }
  }

  async function fromStore(pin: HashedPin, target: Target): Promise<Outcome | undefined> {
    const listed = await fromListing(pin, target);
    if (listed !== undefined) return listed;
    const entries = await ports.find(pin.digests);
    const chosen = storedCandidate(pin, target, entries, settings, options.offline);
    if (chosen === undefined) return undefined;
    if (options.offline && pin.digests.length > 1 && pin.links === undefined) {
      ports.log.note(
        `${pin.requirement}: '${chosen.link.filename}' is the best fitting of the stored archives; no page of it is remembered`,
      );
    }
    const outcome = await ports.stored(chosen.entry, pin, (archive) =>
      use(archive, pin, target, chosen.link),
    );
    // P10: the index may tell that this one is not for the target, and lead to another one that is pinned too.
    const elsewhere = outcome?.status === 'unavailable' && pin.digests.length > 1 && !options.offline;
    return elsewhere ? undefined : outcome;
  }

  /** By what the last page said, or what a lock file says: no connection is opened. */
  async function fromListing(pin: HashedPin, target: Target): Promise<Outcome | undefined> {
    if (pin.source.kind !== 'version') return undefined;
    const listed = pin.links?.map(lockedLink) ?? ports.listing(pin.source);
    if (listed === undefined) return undefined;
    const link = listedCandidate(pin, target, listed, settings, options.offline);
    if (link === undefined) return undefined;
    const outcome = await fromStoredLink(link, pin, target);
    if (outcome?.status === 'verified') warnIfYanked(pin, link);
    return outcome;
  }

  /** The archive of a link that advertises a pinned digest, where the store has it; its name is the link's. */
  async function fromStoredLink(
    link: ArchiveLink,
    pin: HashedPin,
    target: Target,
  ): Promise<Outcome | undefined> {
    const [digest, ...more] = link.advertised.filter((each) =>
      pin.digests.some((own) => sameDigest(own, each)),
    );
    if (digest === undefined) return undefined;
    const [entry] = await ports.find([digest, ...more]);
    if (entry === undefined) return undefined;
    const stored = { ...link, source: 'store' } as const;
    const isPinned = pin.digests.some(({ hex }) => hex === entry.sha256);
    if (ports.confirm !== undefined && isPinned) {
      const { sha256, size } = entry;
      const isGood = await ports.confirm(entry);
      return isGood ? { status: 'verified', pin, archive: { link: stored, sha256, size } } : undefined;
    }
    return ports.stored({ ...entry, filename: link.filename }, pin, (archive) =>
      use(archive, pin, target, stored),
    );
  }

  /** From the further stores; undefined where the indexes should be asked. */
  async function amongStored(
    pin: HashedPin,
    target: Target,
    links: readonly ArchiveLink[],
    isListing: boolean,
  ): Promise<Outcome | undefined> {
    try {
      // What a lock file names is asked for elsewhere.
      const [bare] = placesOf(pin, true);
      const candidates = candidatesFor(bare, target, settings, { links, failures: [] }, explain);
      const [best] = candidates;
      if (best.group === 'other') return undefined;
      warnIfYanked(pin, best.link);
      const outcome = await firstThatMatches(pin, target, candidates, new AskedUrls());
      // What the listing of a registry said is known to this machine from now on.
      if (isListing && outcome.status === 'verified' && pin.source.kind === 'version')
        ports.remember(pin.source, links.map(asVerified(outcome)));
      // P10: the index may lead to another one that is pinned too.
      return outcome.status === 'unavailable' && pin.digests.length > 1 ? undefined : outcome;
    } catch (error) {
      if (!isPeepError(error) || !isUnavailable(error)) throw error;
      return undefined;
    }
  }

  function fromIndexes(pin: Pin, target: Target): Promise<Outcome> {
    const [first, ...more] = placesOf(
      pin,
      settings.relocate === true || isBound(pin.source.project, settings.bindings),
    );
    // A dry run and a missing hash say what is there first.
    const places = pin.hashed && !options.dryRun ? more : [];
    return firstPlace([first, ...places], (place, asked) => fromPlace(place, target, asked), ports.log);
  }

  async function fromPlace(pin: Pin, target: Target, asked: AskedUrls): Promise<Outcome> {
    if (options.offline && !isLocal(pin) && !hasLocalPlace(pin)) throw notStored(pin);
    const page = await pageOf(pin);
    const others = new Set<string>();
    const rejected: Rejection[] = [];
    const candidates = candidatesFor(pin, target, settings, page, (rejections) => {
      explain(rejections);
      rejected.push(...rejections);
      for (const { link, kind } of rejections) if (ofOthers.has(kind)) others.add(link.url);
    });
    explainOthers(pin, page.others ?? noOthers);
    const [best] = candidates;
    const elsewhere = pin.hashed && best.group === 'other' && pinnedElsewhere(pin, target, rejected);
    if (elsewhere) throw elsewhere;
    warnIfYanked(pin, best.link);
    if (options.dryRun) {
      if (pin.source.kind !== 'version') await ports.checkLocal?.(best.link.url);
      if (best.group === 'other') return { status: 'unavailable', pin, error: contradicted(pin, best.link) };
      return { status: 'chosen', pin, archive: { link: best.link, size: best.link.size, sha256: undefined } };
    }
    if (!pin.hashed) {
      const { digest, size } = await ports.digest(best.link);
      return { status: 'missing', pin, archive: { link: best.link, size, sha256: undefined }, got: digest };
    }
    const outcome = await firstThatMatches(pin, target, asked.remaining(candidates), asked);
    // An index that could not be asked may have more of the release.
    if (outcome.status === 'verified' && pin.source.kind === 'version' && !isLocked(pin)) {
      const release = page.links.filter(({ url }) => !others.has(url));
      if (page.failures.length === 0) ports.remember(pin.source, release.map(asVerified(outcome)));
    }
    return outcome;
  }

  /**
   * The pinned bytes decide (contract 4.4): links that may have them are tried in turn. One that advertises another
   * digest is fetched only to report what is there.
   */
  async function firstThatMatches(
    pin: HashedPin,
    target: Target,
    candidates: readonly [Candidate, ...Candidate[]],
    asked: AskedUrls,
  ): Promise<Outcome> {
    const mismatches: Mismatch[] = [];
    const failures: PeepError[] = [];
    let failed: string | undefined;
    for (const { link } of candidatesToTry(candidates)) {
      // P10: with several digests pinned, trouble with one file does not choose another.
      const other = failed !== undefined && failed !== link.filename && pin.digests.length > 1;
      if (asked.has(link) || other) continue;
      asked.add(link);
      try {
        const stored = await fromStoredLink(link, pin, target);
        if (stored !== undefined) return stored;
        return await ports.registries.download(link, pin, (archive, from) => use(archive, pin, target, from));
      } catch (error) {
        if (isPeepError(error, 'DIGEST_MISMATCH')) {
          mismatches.push({ link: placeOf(error, link), got: gotOf(error) });
          continue;
        }
        if (!isPeepError(error) || !isUnavailable(error)) throw error;
        failures.push(error);
        failed ??= link.filename;
      }
    }
    // P8: trouble with one archive does not hide that another mismatched.
    const [first, ...rest] = mismatches;
    if (first === undefined) throw failures[0] ?? new Error('no candidate was tried');
    for (const { message, hint } of failures) ports.log.warn(message, hint);
    return { status: 'mismatched', pin, mismatches: [first, ...rest] };
  }

  async function use(
    archive: VerifiedArchive,
    pin: HashedPin,
    target: Target,
    link: ArchiveLink,
  ): Promise<Outcome> {
    const chosen: ChosenArchive = { link, size: archive.size, sha256: archive.sha256 };
    try {
      const inspection = await ports.use(archive, pin, chosen);
      const refusal = pythonRefusal(link.filename, inspection?.needs.requiresPython, target, settings);
      if (refusal !== undefined) return { status: 'unavailable', pin, error: refusal };
      return {
        status: 'verified',
        pin,
        archive: chosen,
        ...(inspection === undefined ? {} : { inspection }),
      };
    } catch (error) {
      if (isPeepError(error, 'ARCHIVE_REFUSED')) return { status: 'refused', pin, archive: chosen, error };
      throw error;
    } finally {
      await archive.release();
    }
  }

  /** With `-v`: why each file of the release was not chosen; with `-vv`, of others. Of many alike, some and a count. */
  function explain(rejections: readonly Rejection[]): void {
    for (const [reason, files] of byReason(rejections)) {
      const level = files.every(({ kind }) => ofOthers.has(kind)) ? 2 : 1;
      for (const { link } of files.slice(0, maxExplained))
        ports.log.note(`${clipped(link.filename)} ${reason}`, level);
      const more = files.length - maxExplained;
      if (more > 0) ports.log.note(`${more} more files: each ${reason}`, level);
    }
  }

  function explainOthers({ requirement }: Pin, { count }: OtherFiles): void {
    if (count > 0)
      ports.log.note(`${requirement}: ${count} more files of its pages are of other versions`, 1);
  }

  function pageOf(pin: Pin): Promise<PageLinks> {
    return pin.source.kind === 'version' && pin.links === undefined
      ? ports.links(pin.source.project, [pin.source], pin.index)
      : Promise.resolve({ links: [], failures: [] });
  }

  /** Directories and files on this machine are at hand without a network. */
  function hasLocalPlace(pin: Pin): boolean {
    const places =
      pin.links?.map(({ url }) => url) ??
      (pin.index === undefined ? [...settings.indexUrls, ...settings.findLinks] : [pin.index]);
    return places.some((place) => !/^https?:/i.test(place));
  }

  function warnIfYanked(pin: Pin, link: ArchiveLink): void {
    if (link.yanked === false) return;
    const reason = link.yanked === '' ? 'no reason is given' : `the reason given is: ${clipped(link.yanked)}`;
    ports.log.warn(`${pin.requirement}: ${clipped(link.filename)} was yanked from its index; ${reason}`);
  }
}

/** Does a lock file say where the archives are? */
function isLocked({ links, index }: Pin): boolean {
  return links !== undefined || index !== undefined;
}

/** Files that are named of those that are dismissed alike. */
const maxExplained = 5;

function byReason(rejections: readonly Rejection[]): ReadonlyMap<string, Rejection[]> {
  const groups = new Map<string, Rejection[]>();
  for (const rejection of rejections) {
    const group = groups.get(rejection.reason) ?? [];
    group.push(rejection);
    groups.set(rejection.reason, group);
  }
  return groups;
}

/** Links that say nothing of the release that is pinned. */
const ofOthers: ReadonlySet<Rejection['kind']> = new Set(['project', 'version', 'name']);

/** An index need not say which Python an archive needs; once it was looked into, that is remembered with the link. */
function asVerified({
  archive,
  inspection,
}: Extract<Outcome, { readonly status: 'verified' | 'installed' | 'chosen' }>) {
  const requiresPython = inspection?.needs.requiresPython;
  return (link: ArchiveLink): ArchiveLink =>
    isSame(link, archive.link) && link.requiresPython === undefined ? { ...link, requiresPython } : link;
}

/** A registry has an archive at another address than the page says. */
function isSame(link: ArchiveLink, from: ArchiveLink): boolean {
  return link.url === from.url || (from.source === 'registry' && link.filename === from.filename);
}

/** Pins with equal keys want the same archive. */
function sourceKey({ source }: Pin): readonly string[] {
  switch (source.kind) {
    case 'version':
      return [source.project, source.operator, source.version];
    case 'url':
      return [source.url, source.project ?? ''];
    case 'path':
      return [source.path, source.project ?? ''];
  }
}

/** A path or file URL needs no network, also with `--offline`. */
function isLocal({ source }: Pin): boolean {
  return source.kind === 'path' || (source.kind === 'url' && source.url.startsWith('file:'));
}

/** What a dry run knows: nothing there says that it is the pinned archive. */
function contradicted(pin: Pin, { filename, url }: ArchiveLink): PeepError {
  return new PeepError(
    'NOT_FOUND',
    `no archive of ${pin.requirement} is the pinned one, by what is said of '${filename}' at ${redactUrl(url)}`,
    { hint: 'Without --dry-run it is fetched and hashed, to tell what is there.' },
  );
}

function notStored({ hashed }: Pin): PeepError {
  const why = hashed ? 'not in the store' : 'no digest is pinned';
  return new PeepError('OFFLINE_MISSING', `${why}, and --offline asks no index`, {
    hint: 'Run `peep fetch -r FILE` once with a network, or copy the store from a machine that has one.',
  });
}

/** Where the bytes that did not match came from: the link itself, or a further store. */
function placeOf({ facts }: PeepError, link: ArchiveLink): ArchiveLink {
  return typeof facts.store === 'string' && typeof facts.url === 'string'
    ? { ...link, url: facts.url, index: facts.store, source: 'registry' }
    : link;
}

function gotOf(error: PeepError): Digest {
  const [algorithm, hex] = String(error.facts.got).split(':');
  return { algorithm: algorithm as Digest['algorithm'], hex: hex ?? '' };
}
