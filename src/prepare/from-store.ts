import { sameDigest } from '../hash/digest.js';
import type { HashedPin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';
import { type ChoiceSettings, listedCandidate, storedCandidate } from './candidates.js';
import { warnIfYanked } from './explain.js';
import { lockedLink } from './links.js';
import type { Outcome } from './outcome.js';
import type { PreparePorts, StoreLookup, UseArchive } from './ports.js';

/** The store of this machine, the first source of pinned archives (contract section 5, P4, P10). */
export function createStoreLookup(
  ports: Pick<PreparePorts, 'find' | 'stored' | 'confirm' | 'listing' | 'log'>,
  settings: ChoiceSettings,
  options: { readonly offline: boolean },
  use: UseArchive,
): StoreLookup {
  return { fromStore, fromStoredLink };

  async function fromStore(pin: HashedPin, target: Target): Promise<Outcome | undefined> {
    const listed = await fromListing(pin, target);
    if (listed !== undefined) return listed;
    const entries = await ports.find(pin.digests);
    const chosen = storedCandidate(pin, target, entries, settings, options.offline);
    if (chosen === undefined) return undefined;
    if (options.offline && pin.digests.length > 1 && pin.links === undefined) {
      ports.log.note(
        `${pin.requirement}: '${chosen.link.filename}' is the best match among the stored archives; the store has no index page for it`,
      );
    }
    const outcome = await ports.stored(chosen.entry, pin, (archive) =>
      use(archive, pin, target, chosen.link),
    );
    // P10: the index may say that this archive does not fit the target, and lead to another pinned one.
    const elsewhere = outcome?.status === 'unavailable' && pin.digests.length > 1 && !options.offline;
    return elsewhere ? undefined : outcome;
  }

  /** Uses the last index page, or the lock file; opens no connection. */
  async function fromListing(pin: HashedPin, target: Target): Promise<Outcome | undefined> {
    if (pin.source.kind !== 'version') return undefined;
    const listed = pin.links?.map(lockedLink) ?? ports.listing(pin.source);
    if (listed === undefined) return undefined;
    const link = listedCandidate(pin, target, listed, settings, options.offline);
    if (link === undefined) return undefined;
    const outcome = await fromStoredLink(link, pin, target);
    if (outcome?.status === 'verified') warnIfYanked(ports.log, pin, link);
    return outcome;
  }

  /** The stored archive of a link that advertises a pinned digest; its file name is that of the link. */
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
}
