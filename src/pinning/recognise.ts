import { fitsPin } from '../archive/identity.js';
import { type Digest, digestSet, sameDigest } from '../hash/digest.js';
import { parseSdistFilenameFor, parseWheelFilename } from '../packaging/filename.js';
import type { ProjectName } from '../packaging/types.js';
import type { Network } from '../prepare/network.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Preparer } from '../prepare/ports.js';
import { everyTarget } from '../prepare/release.js';
import type { HashedPin } from '../requirements/pin.js';
import type { Store } from '../store/store.js';
import { isPeepError } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { placeText } from '../text/place.js';
import type { PinTask } from './tasks.js';

export interface RecogniseDeps {
  readonly store: Pick<Store, 'find'>;
  readonly network: Pick<Network, 'links'>;
  /** Verifies and inspects an archive: the version comes from its metadata, not from its name. */
  readonly preparer: Preparer;
  readonly log: Log;
}

/**
 * Recognises a mismatch after the version of a line was edited by hand: every digest of the pin belongs to an
 * archive of another version of the same project, which is verified and inspected. The task is then planned again
 * as a pin without digests, and the old digests are removed. Undefined if the mismatch remains.
 */
export async function withoutOldDigests(
  task: PinTask,
  outcomes: readonly Outcome[],
  deps: RecogniseDeps,
): Promise<PinTask | undefined> {
  const { pin } = task;
  if (!outcomes.some(({ status }) => status === 'mismatched') || !pin.hashed) return undefined;
  if (pin.source.kind !== 'version' || pin.links !== undefined) return undefined;
  const versions = new Set<string>();
  for (const digest of pin.digests) {
    const version = await versionOf(digest, pin, deps).catch((error: unknown) => {
      // P8: if the other version cannot be looked up, the mismatch remains.
      if (isPeepError(error)) return undefined;
      throw error;
    });
    if (version === undefined) return undefined;
    versions.add(version);
  }
  deps.log.note(
    `${pin.requirement} (${placeText(pin.place)}): its hashes are those of ${pin.source.project} ${[...versions].join(' and ')}; the version was edited, so the hashes are replaced`,
  );
  const { digests: _, ...rest } = pin;
  return { ...task, pin: { ...rest, hashed: false }, replacesDigests: true };
}

/** The other version of the project that has an archive with this digest; undefined if there is none. */
async function versionOf(
  digest: Digest,
  pin: HashedPin,
  { store, network, preparer }: RecogniseDeps,
): Promise<string | undefined> {
  const { source } = pin;
  if (source.kind !== 'version') return undefined;
  const stored = (await store.find([digest])).map(({ filename }) => filename);
  const listed =
    stored.length > 0
      ? []
      : (await network.links(source.project, 'all')).links
          .filter(({ advertised }) => advertised.some((each) => sameDigest(each, digest)))
          .map(({ filename }) => filename);
  const digests = digestSet([digest]);
  if (digests === undefined) return undefined;
  for (const filename of [...stored, ...listed]) {
    const version = namedVersion(filename, source.project);
    if (version === undefined || fitsPin(version, source.version)) continue;
    const { publishers: _, ...plain } = pin;
    const old = { ...plain, digests, source: { ...source, operator: '==', version } } as const;
    const outcome = await preparer.prepare(old, everyTarget([filename]));
    if (outcome.status !== 'verified' || outcome.inspection?.project !== source.project) continue;
    const found = outcome.inspection.version;
    // The pin accepts any local version.
    if (found !== undefined && !fitsPin(found, source.version)) return found;
  }
  return undefined;
}

function namedVersion(filename: string, project: ProjectName): string | undefined {
  return parseWheelFilename(filename)?.version ?? parseSdistFilenameFor(project, filename)?.version;
}
