import { NotWaitedFor } from '../fetch/http/unreachable.js';
import type { Pin } from '../requirements/pin.js';
import type { Candidate } from '../resolver/choose/selection-types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { isUnavailable } from './is-unavailable.js';
import type { Mismatch, Outcome } from './outcome.js';

/**
 * The pin once for each place that may have its archive, first the best: what a lock file names, the index it was
 * locked from, the configured ones. With `relocate` the configured ones stand in for what the lock file names.
 */
export function placesOf(pin: Pin, relocate: boolean): readonly [Pin, ...Pin[]] {
  if (pin.source.kind !== 'version' || (pin.links === undefined && pin.index === undefined)) return [pin];
  const { links, index, ...configured } = pin;
  if (relocate) return [configured];
  const locked = links === undefined ? [] : [{ ...configured, links }];
  // Where the lock file names the archives, the index that it names as well has nothing more.
  const indexed = index === undefined || links !== undefined ? [] : [{ ...configured, index }];
  const [first, ...rest] = [...locked, ...indexed];
  return first === undefined ? [configured] : [first, ...rest, configured];
}

/**
 * The first outcome that is none of a place's own trouble (contract 4.4): a dead link, an index that cannot be asked,
 * bytes that do not match. P8: where every place fails, a mismatch is reported before a failure.
 */
export async function firstPlace(
  places: readonly [Pin, ...Pin[]],
  /** `isLast`: no other place is left but such as gave no answer, and these are waited for. */
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
      for (const failure of i === 0 ? [] : failures) log.note(`${failure.message}: asked elsewhere`);
      return outcome;
    } catch (error) {
      if (!isPeepError(error) || !isUnavailable(error)) throw error;
      if (error instanceof NotWaitedFor) toAsk.push(place);
      else failures.push(error);
      // Nothing was asked for: the lock file's own archives do not fit the target, and no other place's would.
      if (error.code === 'NOT_FOR_TARGET' || (error.code === 'NOT_FOUND' && place.links !== undefined)) break;
    }
  }
  const [first, ...rest] = mismatches;
  if (first !== undefined) return { status: 'mismatched', pin: places[0], mismatches: [first, ...rest] };
  throw failures[0] ?? new Error('no place was asked');
}

/** Each URL is asked for a pin's archive once, also where several places name it. */
export class AskedUrls {
  readonly #urls = new Set<string>();

  /**
   * What is left to ask a later place for: links that may have the pinned bytes. Throws `NOT_FOUND` when there is none.
   */
  remaining(candidates: readonly [Candidate, ...Candidate[]]): readonly [Candidate, ...Candidate[]] {
    if (this.#urls.size === 0) return candidates;
    const [first, ...rest] = candidates.filter(({ group, link }) => group !== 'other' && !this.has(link));
    if (first !== undefined) return [first, ...rest];
    throw new PeepError('NOT_FOUND', 'no further place has the pinned archive', {
      hint: 'Name an index that has it with --index-url or --extra-index-url.',
    });
  }

  has({ url }: ArchiveLink): boolean {
    return this.#urls.has(url);
  }

  add({ url }: ArchiveLink): void {
    this.#urls.add(url);
  }

  /** It gave no answer, and is asked again at the end. */
  remove({ url }: ArchiveLink): void {
    this.#urls.delete(url);
  }
}
