import type { HashedPin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';
import { isPeepError } from '../text/errors.js';
import { candidatesFor } from './candidates.js';
import { explainRejections, warnIfYanked } from './explain.js';
import { firstThatMatches } from './first-match.js';
import { isUnavailable } from './is-unavailable.js';
import type { Outcome } from './outcome.js';
import { AskedUrls, placesOf } from './places.js';
import type { PrepareContext } from './ports.js';
import { linksToRemember } from './remembered-links.js';

/** Prepares a pin from the links of registries; undefined if the indexes must be asked. */
export async function fromRegistries(
  context: PrepareContext,
  pin: HashedPin,
  target: Target,
  links: readonly ArchiveLink[],
  /** True if `links` is the registry's listing of the release, which may then be remembered. */
  isListing: boolean,
): Promise<Outcome | undefined> {
  const { ports, settings } = context;
  try {
    // A lock file's own links are other locations; `fromIndexes` tries them.
    const [withoutLocked] = placesOf(pin, true);
    const page = { links, failures: [] };
    const candidates = candidatesFor(withoutLocked, target, settings, page, (rejections) =>
      explainRejections(ports.log, rejections),
    );
    const [best] = candidates;
    if (best.group === 'other') return undefined;
    warnIfYanked(ports.log, pin, best.link);
    const outcome = await firstThatMatches(context, pin, target, candidates, new AskedUrls(), true);
    if (isListing && outcome.status === 'verified' && pin.source.kind === 'version')
      ports.remember(pin.source, linksToRemember(links, outcome));
    // P10: the index may lead to another pinned archive.
    return outcome.status === 'unavailable' && pin.digests.length > 1 ? undefined : outcome;
  } catch (error) {
    if (!isPeepError(error) || !isUnavailable(error)) throw error;
    return undefined;
  }
}
