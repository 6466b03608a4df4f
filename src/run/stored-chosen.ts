import type { Outcome } from '../prepare/outcome.js';
import type { Store } from '../store/store.js';

/** Those of a dry run's archives that lie in the store, by the digests that are pinned for them. */
export async function storedChosen(
  outcomes: readonly Outcome[],
  store: Pick<Store, 'find'>,
): Promise<ReadonlySet<Outcome>> {
  const stored = new Set<Outcome>();
  for (const outcome of outcomes) {
    if (outcome.status !== 'chosen' || !outcome.pin.hashed) continue;
    const { advertised } = outcome.archive.link;
    // An archive without a digest on its page may be any of those that are pinned.
    const digests = advertised.length > 0 ? advertised : outcome.pin.digests;
    if ((await store.find(digests)).length > 0) stored.add(outcome);
  }
  return stored;
}
