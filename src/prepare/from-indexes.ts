import { isBound } from '../config/index-bindings.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { Candidate, Rejection } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { noOthers } from '../resolver/pages/name-filter.js';
import type { Target } from '../target/target.js';
import { candidatesFor, waitedFor } from './candidates.js';
import { explainRejections, isOfOtherRelease, warnIfYanked } from './explain.js';
import { firstThatMatches } from './first-match.js';
import { isLocal, type PageLinks } from './links.js';
import { contradicted, notStored, pinnedElsewhere } from './no-archive.js';
import type { Outcome, VerifiedOutcome } from './outcome.js';
import { type AskedUrls, firstPlace, placesOf } from './places.js';
import type { PrepareContext } from './ports.js';
import { linksToRemember } from './remembered-links.js';

/** Prepares a pin from the locations of a lock file and the configured indexes, in this order. */
export function fromIndexes(context: PrepareContext, pin: Pin, target: Target): Promise<Outcome> {
  const { settings, options, ports } = context;
  const relocate = settings.relocate === true || isBound(pin.source.project, settings.bindings);
  const [first, ...more] = placesOf(pin, relocate);
  // Without a hash or in a dry run, the first archive that is found is reported.
  const places = pin.hashed && !options.dryRun ? more : [];
  return firstPlace(
    [first, ...places],
    (place, asked, isLast) => fromPlace(context, place, target, asked, isLast),
    ports.log,
  );
}

async function fromPlace(
  context: PrepareContext,
  pin: Pin,
  target: Target,
  asked: AskedUrls,
  isLast: boolean,
): Promise<Outcome> {
  const { ports, settings, options } = context;
  if (options.offline && !isLocal(pin) && !hasLocalPlace(context, pin)) throw notStored(pin);
  const page = await waitedFor(pin, target, settings, await pageOf(context, pin));
  const { candidates, rejections } = choose(context, pin, target, page);
  const [best] = candidates;
  const elsewhere = pin.hashed && best.group === 'other' && pinnedElsewhere(pin, target, rejections);
  if (elsewhere) throw elsewhere;
  warnIfYanked(ports.log, pin, best.link);
  if (options.dryRun) return chosenOnly(context, pin, best);
  if (!pin.hashed) return hashOnly(context, pin, best.link);
  const remaining = asked.remaining(candidates);
  const outcome = await firstThatMatches(context, pin, target, remaining, asked, isLast);
  if (outcome.status === 'verified') rememberRelease(context, pin, page, rejections, outcome);
  return outcome;
}

/** The candidates of a page; the log explains why others were rejected. */
function choose({ ports, settings }: PrepareContext, pin: Pin, target: Target, page: PageLinks) {
  const rejections: Rejection[] = [];
  const candidates = candidatesFor(pin, target, settings, page, (rejected) => {
    explainRejections(ports.log, rejected);
    rejections.push(...rejected);
  });
  const { count } = page.others ?? noOthers;
  if (count > 0)
    ports.log.note(`${pin.requirement}: ${count} more files on its pages are of other versions`, 1);
  return { candidates, rejections };
}

/** The outcome of a dry run, which fetches nothing. */
async function chosenOnly({ ports }: PrepareContext, pin: Pin, { group, link }: Candidate): Promise<Outcome> {
  if (pin.source.kind !== 'version') await ports.checkLocal?.(link.url);
  if (group === 'other') return { status: 'unavailable', pin, error: contradicted(pin, link) };
  return { status: 'chosen', pin, archive: { link, size: link.size, sha256: undefined } };
}

/** The outcome for a pin without a hash: its archive is hashed for the report. */
async function hashOnly({ ports }: PrepareContext, pin: Pin, link: ArchiveLink): Promise<Outcome> {
  const { digest, size, inspection } = await ports.digest(link, pin);
  return { status: 'missing', pin, archive: { link, size, sha256: undefined }, got: digest, inspection };
}

/**
 * Remembers the files of the release for later runs. Does nothing if an index failed, because it may have more
 * files, or if a lock file named the location.
 */
function rememberRelease(
  { ports }: PrepareContext,
  pin: HashedPin,
  page: PageLinks,
  rejections: readonly Rejection[],
  outcome: VerifiedOutcome,
): void {
  const isLocked = pin.links !== undefined || pin.index !== undefined;
  if (pin.source.kind !== 'version' || isLocked || page.failures.length > 0) return;
  const others = new Set(rejections.filter(isOfOtherRelease).map(({ link }) => link.url));
  const release = page.links.filter(({ url }) => !others.has(url));
  ports.remember(pin.source, linksToRemember(release, outcome));
}

function pageOf({ ports }: PrepareContext, pin: Pin): Promise<PageLinks> {
  return pin.source.kind === 'version' && pin.links === undefined
    ? ports.links(pin.source.project, [pin.source], pin.index)
    : Promise.resolve({ links: [], failures: [] });
}

/** Directories and files on this machine need no network. */
function hasLocalPlace({ settings }: PrepareContext, pin: Pin): boolean {
  const places =
    pin.links?.map(({ url }) => url) ??
    (pin.index === undefined ? [...settings.indexUrls, ...settings.findLinks] : [pin.index]);
  return places.some((place) => !/^https?:/i.test(place));
}
