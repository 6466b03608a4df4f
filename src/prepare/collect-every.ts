import { isBound } from '../config/index-bindings.js';
import { type Digest, digestSet, formatDigest, sameDigest } from '../hash/digest.js';
import { sdistExtension } from '../packaging/filename.js';
import type { HashedPin, Pin, RequirementEntry } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Store } from '../store/store.js';
import { PeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { allOrAbort } from './all-or-abort.js';
import type { ChoiceSettings } from './candidates.js';
import { lineOutcome } from './collect.js';
import type { Network } from './network.js';
import type { Outcome } from './outcome.js';
import type { Preparer } from './ports.js';
import { everyTarget, everyTargetOf, releaseOf, type VersionSource } from './release.js';

export interface CollectEveryDeps {
  readonly preparer: Preparer;
  readonly network: Pick<Network, 'links'>;
  readonly store: Pick<Store, 'find'>;
  readonly choice: ChoiceSettings;
  readonly log: Pick<Log, 'warn'>;
  /** Stops all pending work. */
  readonly abort: (reason: unknown) => void;
}

/**
 * `peep fetch --all`: every archive whose digest is pinned, for any platform and Python; markers are ignored. One
 * outcome per archive, in file order; a pin without digests has the outcome of `prepare`.
 */
export async function collectEvery(
  entries: readonly RequirementEntry[],
  deps: CollectEveryDeps,
): Promise<Outcome[]> {
  const { preparer, abort } = deps;
  const outcomesOf = async (entry: RequirementEntry): Promise<Outcome[]> => {
    if (entry.kind === 'refused') return [lineOutcome(entry.line, [])];
    const { pin } = entry;
    if (pin.source.kind !== 'version') return [await preparer.prepare(pin, everyTargetOf(pin))];
    return pin.links === undefined
      ? everyOfRelease(pin, pin.source, deps)
      : everyOfLock(pin, pin.links, preparer);
  };
  return (await allOrAbort(entries, outcomesOf, abort)).flat();
}

async function everyOfRelease(
  pin: Pin,
  source: VersionSource,
  { preparer, network, store, choice, log }: CollectEveryDeps,
): Promise<Outcome[]> {
  const stored = pin.hashed ? await store.find(pin.digests) : [];
  const known = (digest: Digest): boolean =>
    digest.algorithm === 'sha256' && stored.some(({ sha256 }) => sha256 === digest.hex);
  const needsPage = !pin.hashed || !pin.digests.every(known);
  const { links } = needsPage
    ? await network.links(source.project, [source], {
        index: choice.relocate === true || isBound(source.project, choice.bindings) ? undefined : pin.index,
      })
    : { links: [] };
  const release = releaseOf(links, source, choice);
  const target = everyTarget([...stored, ...links].map(({ filename }) => filename));
  if (!pin.hashed) return [await preparer.prepare(pin, target)];

  const offered = pin.digests.filter(
    (digest) => known(digest) || release.some((link) => mayBe(link, digest)),
  );
  const uninstallable = new Map(
    pin.digests.map((digest) => [
      digest,
      offered.includes(digest) ? [] : filesNoInstallerTakes(links, digest),
    ]),
  );
  const names = [...new Set([...uninstallable.values()].flat())];
  if (offered.length > 0 && names.length > 0) {
    log.warn(
      `no installer takes ${names.map((name) => `'${name}'`).join(', ')} of ${pin.requirement}, so it is not fetched`,
      'Remove the hash of each file that is neither a wheel nor a source archive.',
    );
  }
  // No pinned archive exists: report the existing archive as a mismatch.
  if (offered.length === 0 && names.length === 0) return [await preparer.prepare(pin, target)];
  return Promise.all(
    pin.digests.map(async (digest): Promise<Outcome> => {
      const one: HashedPin = { ...pin, digests: [digest] };
      if (offered.includes(digest)) return preparer.prepare(one, target);
      // Only the index says what kind of file it is, so it must not turn a whole pin into nothing.
      return offered.length === 0 || uninstallable.get(digest)?.length === 0
        ? { status: 'unavailable', pin: one, error: notOffered(pin, digest) }
        : { status: 'skipped', pin: one, reason: 'it is neither a wheel nor a source archive' };
    }),
  );
}

/** The names of files such as `.egg`, `.exe`, `.msi` and `.rpm` that advertise this digest. */
function filesNoInstallerTakes(links: readonly ArchiveLink[], digest: Digest): readonly string[] {
  return links
    .filter(({ advertised }) => advertised.some((other) => sameDigest(other, digest)))
    .map(({ filename }) => filename)
    .filter((name) => !name.endsWith('.whl') && sdistExtension(name) === undefined);
}

/** A lock file lists each archive with its own digests (PEP 751). */
async function everyOfLock(
  pin: Pin,
  links: NonNullable<Pin['links']>,
  preparer: Preparer,
): Promise<Outcome[]> {
  const target = everyTargetOf(pin);
  return Promise.all(
    links.map((link) => {
      const digests = digestSet(link.digests);
      const { hashed: _, ...rest } = pin;
      const one: Pin =
        digests === undefined ? { ...rest, hashed: false } : { ...rest, hashed: true, digests };
      return preparer.prepare({ ...one, links: [link] }, target);
    }),
  );
}

/** True if the page advertises this digest, or no digest of that algorithm. */
function mayBe({ advertised }: ArchiveLink, digest: Digest): boolean {
  const comparable = advertised.filter(({ algorithm }) => algorithm === digest.algorithm);
  return comparable.length === 0 || comparable.some((other) => sameDigest(other, digest));
}

function notOffered(pin: Pin, digest: Digest): PeepError {
  return new PeepError(
    'NOT_FOUND',
    `no index offers the archive of ${pin.requirement} with the digest ${formatDigest(digest)}`,
    {
      hint: 'Remove the digest if that archive is no longer needed, or name the index that has it.',
    },
  );
}
