import type { Schedule } from '../fetch/download/schedule.js';
import { asSha256 } from '../hash/digest.js';
import { parseVersion } from '../packaging/version.js';
import type { ArchiveLink } from '../resolver/link.js';
import { createPusher, type Pusher } from '../store/oci/push.js';
import type { RegistryReference } from '../store/oci/reference.js';
import type { ListedFile } from '../store/oci/release.js';
import type { Store } from '../store/store.js';
import { isPeepError } from '../text/errors.js';
import { allOrAbort } from './all-or-abort.js';
import type { ChoiceSettings } from './candidates.js';
import { isUnavailable } from './is-unavailable.js';
import type { Network } from './network.js';
import { openVerified } from './open-verified.js';
import type { Outcome } from './outcome.js';
import { releaseOf, type VersionSource } from './release.js';

export interface PushDeps {
  readonly network: Pick<Network, 'links' | 'openForPush'>;
  readonly store: Store;
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
}

/**
 * Writes every verified archive of `outcomes` to a repository, hashed again while it is read from the store (P4),
 * and the index's listing of its release, so that readers choose as from the index page (P10).
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
  const archives = new Map(verified.map((outcome) => [outcome.archive.sha256, outcome]));
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
      ({ pin, archive }) =>
        schedule.run({ kind: 'archive', size: archive.size }, async () => {
          const opened = await openVerified(deps.store, pin, archive);
          try {
            return await pusher.push(opened);
          } finally {
            await opened.release();
          }
        }),
      schedule.abort,
    );
    await allOrAbort([...releases.values()], (each) => pushListing(each, pusher, deps), schedule.abort);
    const pushed = results.filter((result) => result === 'pushed').length;
    return { pushed, present: results.length - pushed };
  } catch (error) {
    schedule.abort(error);
    await schedule.idle();
    throw error;
  }
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
