import { NotWaitedFor } from '../fetch/http/unreachable.js';
import { DigestMismatch } from '../hash/verification.js';
import type { HashedPin } from '../requirements/pin.js';
import type { Candidate } from '../resolver/choose/selection-types.js';
import type { Target } from '../target/target.js';
import { isPeepError, type PeepError } from '../text/errors.js';
import { candidatesToTry } from './candidates.js';
import { isUnavailable } from './is-unavailable.js';
import type { Mismatch, Outcome } from './outcome.js';
import type { AskedUrls } from './places.js';
import type { PrepareContext } from './ports.js';
import { type Consume, RegistryMismatch } from './registries.js';

/**
 * The bytes decide which archive is the pinned one (contract 4.4): links that may have them are tried in turn. A
 * link that advertises another digest is fetched only to report the mismatch.
 */
export async function firstThatMatches(
  { ports, store, use }: PrepareContext,
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
      const stored = await store.fromStoredLink(link, pin, target);
      if (stored !== undefined) return stored;
      // A server that does not answer is asked again after the other links; only then does peep wait for it.
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
  for (const { message, hint } of failures) ports.log.warn(message, hint);
  return { status: 'mismatched', pin, mismatches: [first, ...rest] };
}
