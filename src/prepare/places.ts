import { NotWaitedFor } from '../fetch/http/unreachable.js';
import type { Pin } from '../requirements/pin.js';
import type { Candidate } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { isUnavailable } from './is-unavailable.js';
import type { Mismatch, Outcome } from './outcome.js';

/**
 * The pin for each location that may have its archive, best first: the URLs in the lock file, the index it was
 * locked from, the configured indexes. With `relocate` the configured indexes replace those of the lock file.
 */
export function placesOf(pin: Pin, relocate: boolean): readonly [Pin, ...Pin[]] {
  if (pin.source.kind !== 'version' || (pin.links === undefined && pin.index === undefined)) return [pin];
  const { links, index, ...configured } = pin;
  if (relocate) return [configured];
  const locked = links === undefined ? [] : [{ ...configured, links }];
  // If the lock file names the archives, its index has no others.
  const indexed = index === undefined || links !== undefined ? [] : [{ ...configured, index }];
  const [first, ...rest] = [...locked, ...indexed];
  return first === undefined ? [configured] : [first, ...rest, configured];
}

/**
 * The first outcome that is not a failure of one location (contract 4.4): a dead link, an unavailable index, bytes
 * that do not match. P8: if every location fails, a mismatch is reported before other failures.
 */
export async function firstPlace(
  places: readonly [Pin, ...Pin[]],
  /** `isLast`: only locations that did not answer are left, and peep now waits for those. */
  ask: (pin: Pin, asked: AskedUrls, isLast: boolean) => Promise<Outcome>,
  log: Log,
): Promise<Outcome> {
  const asked = new AskedUrls();
  const mismatches: Mismatch[] = [];
  const failures: PeepError[] = [];
  const toAsk: Pin[] = [...places];
  for (const [i, place] of toAsk.entries()) {
    try {
      const outcome = await ask(place, asked, i >= places.length || i === toAsk.length - 1);
      if (outcome.status === 'mismatched') {
        mismatches.push(...outcome.mismatches);
        continue;
      }
      for (const failure of i === 0 ? [] : failures)
        log.note(`${failure.message}; peep asked another location`);
      return outcome;
    } catch (error) {
      if (!isPeepError(error) || !isUnavailable(error)) throw error;
      if (error instanceof NotWaitedFor) toAsk.push(place);
      else failures.push(error);
      // No request was made: the lock file's own archives do not fit the target, so those of another location do
      // not either.
      if (error.code === 'NOT_FOR_TARGET' || (error.code === 'NOT_FOUND' && place.links !== undefined)) break;
    }
  }
  const [first, ...rest] = mismatches;
  if (first !== undefined) return { status: 'mismatched', pin: places[0], mismatches: [first, ...rest] };
  throw failures[0] ?? new Error('no location was asked');
}

/** Remembers URLs, so that each is requested once per pin even if several locations list it. */
export class AskedUrls {
  readonly #urls = new Set<string>();

  /**
   * The candidates for a later location: links that may have the pinned bytes and were not yet requested. Throws
   * `NOT_FOUND` if there are none.
   */
  remaining(candidates: readonly [Candidate, ...Candidate[]]): readonly [Candidate, ...Candidate[]] {
    if (this.#urls.size === 0) return candidates;
    const [first, ...rest] = candidates.filter(({ group, link }) => group !== 'other' && !this.has(link));
    if (first !== undefined) return [first, ...rest];
    throw new PeepError('NOT_FOUND', 'no other location has the pinned archive', {
      hint: 'Name an index that has it with --index-url or --extra-index-url.',
    });
  }

  has({ url }: ArchiveLink): boolean {
    return this.#urls.has(url);
  }

  add({ url }: ArchiveLink): void {
    this.#urls.add(url);
  }

  /** The URL did not answer, and may be requested again at the end. */
  remove({ url }: ArchiveLink): void {
    this.#urls.delete(url);
  }
}
