import { isBound } from '../config/index-bindings.js';
import { NotWaitedFor } from '../fetch/http/unreachable.js';
import { formatDigest } from '../hash/digest.js';
import { DigestMismatch } from '../hash/verification.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { Candidate, Rejection } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { noOthers } from '../resolver/pages/name-filter.js';
import type { Target } from '../target/target.js';
import { isPeepError, type PeepError } from '../text/errors.js';
import { candidatesFor, candidatesToTry, waitedFor } from './candidates.js';
import { explainRejections, isOfOtherRelease, warnIfYanked } from './explain.js';
import { createStoreLookup } from './from-store.js';
import { isUnavailable } from './is-unavailable.js';
import type { PageLinks } from './links.js';
import { contradicted, notStored, pinnedElsewhere } from './no-archive.js';
import type { Mismatch, Outcome } from './outcome.js';
import { AskedUrls, firstPlace, placesOf } from './places.js';
import type { PrepareOptions, PreparePorts, Preparer } from './ports.js';
import { type Consume, RegistryMismatch } from './registries.js';
import { createUse } from './use-archive.js';

/**
 * Turns pins into verified archives (contract sections 4 and 5): tries the store first, then the indexes, then
 * downloads; equal pins are processed once.
 */
export function createPreparer(
  ports: PreparePorts,
  settings: Parameters<typeof candidatesFor>[2],
  options: PrepareOptions,
): Preparer {
  const inFlight = new Map<string, Promise<Outcome>>();
  const { log } = ports;
  const use = createUse(ports, settings);
  const { fromStore, fromStoredLink } = createStoreLookup(ports, settings, options, use);

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
      if (isPeepError(error, 'ARCHIVE_REFUSED') || isPeepError(error, 'DIGEST_DISPUTED'))
        return { status: 'refused', pin, error };
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
      // P8: report a mismatch before the failure of another location.
      const instead = found ?? (await amongStored(pin, target, await ports.registries.everyLink(pin), false));
      if (instead === undefined) throw error;
      if (instead !== found)
        log.warn(
          `${pin.requirement}: chosen from the stores, because no index offered an archive: ${error.message}`,
        );
      return instead;
    });
  }

  /** Runs after the transfer slot is free, because a request here waits for a slot of its own. */
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

  /** Prepares a pin from the registries; undefined if the indexes must be asked. */
  async function amongStored(
    pin: HashedPin,
    target: Target,
    links: readonly ArchiveLink[],
    isListing: boolean,
  ): Promise<Outcome | undefined> {
    try {
      // A pin with links from a lock file is handled by its locations.
      const [bare] = placesOf(pin, true);
      const candidates = candidatesFor(bare, target, settings, { links, failures: [] }, (rejections) =>
        explainRejections(log, rejections),
      );
      const [best] = candidates;
      if (best.group === 'other') return undefined;
      warnIfYanked(log, pin, best.link);
      const outcome = await firstThatMatches(pin, target, candidates, new AskedUrls(), true);
      // Store the listing from the registry on this machine.
      if (isListing && outcome.status === 'verified' && pin.source.kind === 'version')
        ports.remember(pin.source, links.map(asVerified(outcome)));
      // P10: the index may lead to another pinned archive.
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
    // In a dry run or without a hash, say what was found first.
    const places = pin.hashed && !options.dryRun ? more : [];
    return firstPlace(
      [first, ...places],
      (place, asked, isLast) => fromPlace(place, target, asked, isLast),
      log,
    );
  }

  async function fromPlace(pin: Pin, target: Target, asked: AskedUrls, isLast: boolean): Promise<Outcome> {
    if (options.offline && !isLocal(pin) && !hasLocalPlace(pin)) throw notStored(pin);
    const page = await waitedFor(pin, target, settings, await pageOf(pin));
    const others = new Set<string>();
    const rejected: Rejection[] = [];
    const candidates = candidatesFor(pin, target, settings, page, (rejections) => {
      explainRejections(log, rejections);
      rejected.push(...rejections);
      for (const rejection of rejections) if (isOfOtherRelease(rejection)) others.add(rejection.link.url);
    });
    const { count } = page.others ?? noOthers;
    if (count > 0) log.note(`${pin.requirement}: ${count} more files on its pages are of other versions`, 1);
    const [best] = candidates;
    const elsewhere = pin.hashed && best.group === 'other' && pinnedElsewhere(pin, target, rejected);
    if (elsewhere) throw elsewhere;
    warnIfYanked(log, pin, best.link);
    if (options.dryRun) {
      if (pin.source.kind !== 'version') await ports.checkLocal?.(best.link.url);
      if (best.group === 'other') return { status: 'unavailable', pin, error: contradicted(pin, best.link) };
      return { status: 'chosen', pin, archive: { link: best.link, size: best.link.size, sha256: undefined } };
    }
    if (!pin.hashed) {
      const { digest, size, inspection } = await ports.digest(best.link, pin);
      const archive = { link: best.link, size, sha256: undefined };
      return { status: 'missing', pin, archive, got: digest, inspection };
    }
    const outcome = await firstThatMatches(pin, target, asked.remaining(candidates), asked, isLast);
    // An index that could not be asked may have more archives of the release.
    if (outcome.status === 'verified' && pin.source.kind === 'version' && !isLocked(pin)) {
      const release = page.links.filter(({ url }) => !others.has(url));
      if (page.failures.length === 0) ports.remember(pin.source, release.map(asVerified(outcome)));
    }
    return outcome;
  }

  /**
   * The bytes decide which archive is the pinned one (contract 4.4): links that may have them are tried in turn. A
   * link that advertises another digest is fetched only to report the mismatch.
   */
  async function firstThatMatches(
    pin: HashedPin,
    target: Target,
    candidates: readonly [Candidate, ...Candidate[]],
    asked: AskedUrls,
    /** True if no other location of the pin is left. */
    isLast: boolean,
  ): Promise<Outcome> {
    const mismatches: Mismatch[] = [];
    const failures: PeepError[] = [];
    let failed: string | undefined;
    const links = candidatesToTry(candidates).map(({ link }) => link);
    const { length } = links;
    for (const [i, link] of links.entries()) {
      // P10: with several pinned digests, the failure of one file does not lead to another choice.
      const other = failed !== undefined && failed !== link.filename && pin.digests.length > 1;
      if (asked.has(link) || other) continue;
      asked.add(link);
      try {
        const stored = await fromStoredLink(link, pin, target);
        if (stored !== undefined) return stored;
        // A server that does not answer is retried at the end, and then waited for.
        const wait = isLast && (i >= length || i === links.length - 1);
        const consume: Consume<Outcome> = (archive, from) => use(archive, pin, target, from);
        return await ports.registries.download(link, pin, consume, wait);
      } catch (error) {
        if (error instanceof DigestMismatch) {
          mismatches.push({ link: error instanceof RegistryMismatch ? error.link : link, got: error.got });
          continue;
        }
        if (!isPeepError(error) || !isUnavailable(error)) throw error;
        failed ??= link.filename;
        if (error instanceof NotWaitedFor) asked.remove(link);
        if (error instanceof NotWaitedFor && isLast) links.push(link);
        else failures.push(error);
      }
    }
    // P8: report the mismatch even if another archive fails.
    const [first, ...rest] = mismatches;
    if (first === undefined) throw failures[0] ?? new Error('no candidate was tried');
    for (const { message, hint } of failures) log.warn(message, hint);
    return { status: 'mismatched', pin, mismatches: [first, ...rest] };
  }

  function pageOf(pin: Pin): Promise<PageLinks> {
    return pin.source.kind === 'version' && pin.links === undefined
      ? ports.links(pin.source.project, [pin.source], pin.index)
      : Promise.resolve({ links: [], failures: [] });
  }

  /** Directories and files on this machine need no network. */
  function hasLocalPlace(pin: Pin): boolean {
    const places =
      pin.links?.map(({ url }) => url) ??
      (pin.index === undefined ? [...settings.indexUrls, ...settings.findLinks] : [pin.index]);
    return places.some((place) => !/^https?:/i.test(place));
  }
}

/** True if a lock file names the archives. */
function isLocked({ links, index }: Pin): boolean {
  return links !== undefined || index !== undefined;
}

/** An index need not say which Python an archive needs; the inspection finds it, and the link keeps it for later. */
function asVerified({
  archive,
  inspection,
}: Extract<Outcome, { readonly status: 'verified' | 'installed' | 'chosen' }>) {
  const requiresPython = inspection?.needs.requiresPython;
  return (link: ArchiveLink): ArchiveLink =>
    isSame(link, archive.link) && link.requiresPython === undefined ? { ...link, requiresPython } : link;
}

/** The URL of an archive in a registry differs from the one on the page. */
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

/** A path or file URL needs no network, so `--offline` allows it. */
function isLocal({ source }: Pin): boolean {
  return source.kind === 'path' || (source.kind === 'url' && source.url.startsWith('file:'));
}
