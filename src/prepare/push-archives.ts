import type { Schedule } from '../fetch/download/schedule.js';
import { asSha256 } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { formatPublisher } from '../packaging/publisher-record.js';
import { parseVersion } from '../packaging/version.js';
import type { ArchiveLink } from '../resolver/link.js';
import { createPusher, type Pushed, type Pusher } from '../store/oci/push.js';
import type { RegistryReference } from '../store/oci/reference.js';
import type { ListedFile } from '../store/oci/release.js';
import type { Store } from '../store/store.js';
import { isPeepError } from '../text/errors.js';
import { allOrAbort } from './all-or-abort.js';
import { type Attester, publishersOf } from './attester.js';
import type { ChoiceSettings } from './candidates.js';
import { isUnavailable } from './is-unavailable.js';
import type { Network } from './network.js';
import { openVerified } from './open-verified.js';
import type { Outcome, VerifiedOutcome } from './outcome.js';
import { releaseOf, type VersionSource } from './release.js';

export interface PushDeps {
  readonly network: Pick<Network, 'links' | 'openForPush'>;
  readonly store: Store;
  readonly attester: Pick<Attester, 'stored' | 'verified'>;
  readonly schedule: Schedule;
  readonly choice: ChoiceSettings;
  /** Registries of the run: one on the same host may already have a blob. */
  readonly stores: readonly RegistryReference[];
  /** True with `--offline`: no index is asked for a listing. */
  readonly offline: boolean;
}

export interface PushResult {
  /** Archives that were written, and archives that were already there. */
  readonly pushed: number;
  readonly present: number;
  /** Archives whose provenance was written. */
  readonly attested: number;
}

/**
 * Writes every verified archive of `outcomes` to a repository, hashed again while it is read from the store (P4),
 * its verified provenance, and the index's listing of its release, so that readers choose as from the index page
 * (P10).
 */
export async function pushArchives(
  reference: RegistryReference,
  outcomes: readonly Outcome[],
  deps: PushDeps,
): Promise<PushResult> {
  const { schedule } = deps;
  const mountFrom = deps.stores
    .filter(({ origin, repository }) => origin === reference.origin && repository !== reference.repository)
    .map(({ repository }) => repository);
  const pusher = createPusher(deps.network.openForPush(reference, mountFrom), { mountFrom });
  const verified = outcomes.flatMap((outcome) => (outcome.status === 'verified' ? [outcome] : []));
  const archives = new Map<string | undefined, VerifiedOutcome>();
  for (const outcome of verified) {
    const before = archives.get(outcome.archive.sha256);
    if (before?.provenance?.status !== 'verified') archives.set(outcome.archive.sha256, outcome);
  }
  const releases = new Map(
    verified.flatMap(({ pin: { source, links } }) =>
      source.kind === 'version' && links === undefined
        ? [[`${source.project}==${source.version}`, source]]
        : [],
    ),
  );
  try {
    const results = await allOrAbort(
      [...archives.values()],
      (outcome) =>
        schedule.run({ kind: 'archive', size: outcome.archive.size }, async () => {
          const opened = await openVerified(deps.store, outcome.pin, outcome.archive);
          try {
            const archive = await pusher.push(opened);
            return { archive, provenance: await pushProvenance(outcome, opened, pusher, deps) };
          } finally {
            await opened.release();
          }
        }),
      schedule.abort,
    );
    await allOrAbort([...releases.values()], (each) => pushListing(each, pusher, deps), schedule.abort);
    const pushed = results.filter(({ archive }) => archive === 'pushed').length;
    const attested = results.filter(({ provenance }) => provenance === 'pushed').length;
    return { pushed, present: results.length - pushed, attested };
  } catch (error) {
    schedule.abort(error);
    await schedule.idle();
    throw error;
  }
}

/** Writes what this run verified, or what an earlier run did and the local store still has. */
async function pushProvenance(
  { pin, archive: { link }, provenance }: VerifiedOutcome,
  archive: VerifiedArchive,
  pusher: Pusher,
  { attester }: PushDeps,
): Promise<Pushed | undefined> {
  const wanted = { pin, link, sha256: archive.sha256 };
  const own = provenance?.status === 'verified' ? provenance : await attester.stored(wanted);
  if (own === undefined) return undefined;
  const needed = publishersOf(own.attestations).map(formatPublisher);
  return pusher.attest(archive, own.bytes, async (other) => {
    const known = await attester.verified(other, wanted);
    if (known === undefined) return false;
    const names = publishersOf(known.attestations).map(formatPublisher);
    return needed.every((name) => names.includes(name));
  });
}

async function pushListing(source: VersionSource, pusher: Pusher, deps: PushDeps): Promise<void> {
  if (deps.offline) return;
  const { links } = await deps.network.links(source.project, [source]).catch((error: unknown) => {
    // The archives are uploaded; without a listing, readers ask an index which one to take.
    if (isPeepError(error) && isUnavailable(error)) return { links: [] };
    throw error;
  });
  const files = releaseOf(links, source, deps.choice).flatMap(listedFile);
  if (files.length === 0) return;
  const version = parseVersion(source.version)?.normalized ?? source.version;
  await deps.schedule.run({ kind: 'page' }, () => pusher.list({ project: source.project, version }, files));
}

function listedFile({ filename, advertised, size, requiresPython, yanked }: ArchiveLink): ListedFile[] {
  const known = advertised.find(({ algorithm }) => algorithm === 'sha256');
  const sha256 = known && asSha256(known);
  return sha256 === undefined ? [] : [{ filename, sha256, size, requiresPython, yanked }];
}
