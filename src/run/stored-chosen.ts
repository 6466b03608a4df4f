import type { Outcome } from '../prepare/outcome.js';
import type { Store } from '../store/store.js';

/** The archives of a dry run that are in the store, found by their pinned digests. */
export async function storedChosen(
  outcomes: readonly Outcome[],
  store: Pick<Store, 'find'>,
): Promise<ReadonlySet<Outcome>> {
  const stored = new Set<Outcome>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'chosen' || !outcome.pin.hashed) continue;
    const { advertised } = outcome.archive.link;
    // An archive without an advertised digest may have any of the pinned ones.
    const digests = advertised.length > 0 ? advertised : outcome.pin.digests;
    if ((await store.find(digests)).length > 0) stored.add(outcome);
  }
  return stored;
}
