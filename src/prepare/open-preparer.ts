import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Schedule } from '../fetch/download/schedule.js';
import type { HashPool } from '../hash/hash-pool.js';
import { createStoredSpool } from '../hash/spool/archive-spool.js';
import type { ArchiveMemory } from '../hash/spool/memory-spool.js';
import type { ProjectName } from '../packaging/types.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { ProjectLinks } from '../resolver/pages/client.js';
import type { Listings } from '../store/listings.js';
import type { Store } from '../store/store.js';
import { clipped } from '../text/clip.js';
import { PeepError, systemReason } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { redactUrl } from '../text/redact.js';
import type { Attester } from './attester.js';
import type { HashedArchive, HashFirst } from './hash-first.js';
import type { Network } from './network.js';
import type { PrepareOptions, PreparePorts, Preparer } from './ports.js';
import { createPreparer } from './prepare.js';
import type { Registries } from './registries.js';
import type { RunSettings } from './settings.js';

export interface PreparerDeps {
  readonly network: Network;
  readonly registries: Registries;
  readonly store: Store;
  readonly listings: Listings;
  readonly schedule: Schedule;
  readonly memory: ArchiveMemory;
  /** Hashes stored archives that `use` does not need; undefined if it needs them all. */
  readonly pool: HashPool | undefined;
  readonly attester: Attester;
  readonly log: Log;
}

/**
 * A preparer with the store and the network of a run; `use` processes each verified archive. With `hashFirst`, it
 * also processes archives that are hashed for pins without digests.
 */
export function openPreparer(
  { network, registries, store, listings, schedule, memory, pool, attester, log }: PreparerDeps,
  { index }: RunSettings,
  options: PrepareOptions & { readonly ignoreRequiresPython: boolean; readonly refresh: boolean },
  use: PreparePorts['use'],
  hashFirst?: HashFirst,
): Preparer {
  const digestAlone = async (link: ArchiveLink): Promise<HashedArchive> => ({
    link,
    ...(await network.digest(link)),
  });
  const ports: PreparePorts = {
    links: async (project, versions, index) => {
      const found = await network.links(project, versions, { index, wait: false });
      warnOfStatus(project, found, log);
      const { again } = found;
      if (again === undefined) return found;
      const waited = async () => {
        const all = await again();
        const known = new Set(found.statuses.map((status) => status.index));
        const statuses = all.statuses.filter((status) => !known.has(status.index));
        warnOfStatus(project, { ...all, statuses }, log);
        return all;
      };
      return { ...found, again: waited };
    },
    registries,
    digest: async (link, pin) => {
      const { computed, size, inspection } = await (hashFirst?.(link, pin) ?? digestAlone(link));
      return { digest: computed.sha256, size, inspection };
    },
    find: (digests) => store.find(digests),
    stored: (entry, pin, consume) =>
      schedule.run({ kind: 'archive', size: entry.size }, async () => {
        const archive = await store.open(entry, pin.digests, createStoredSpool(memory, entry.size));
        return archive === undefined ? undefined : consume(archive);
      }),
    confirm:
      pool === undefined ? undefined : (entry) => store.confirm(entry, (path) => pool.hash(path, entry.size)),
    listing: (source) => (options.refresh ? undefined : listings.read(source)),
    remember: (source, links) => listings.write(source, links),
    use,
    attest: (wanted) => attester.enforce(wanted),
    checkLocal,
    log,
  };
  return createPreparer(ports, { ...index, ignoreRequiresPython: options.ignoreRequiresPython }, options);
}

/** PEP 792: an index may mark a project as archived, or as quarantined because it looks malicious. */
function warnOfStatus(project: ProjectName, { statuses }: ProjectLinks, log: Log): void {
  for (const { status, reason, index } of statuses) {
    if (status === 'active') continue;
    log.warn(
      `${project} is marked as ${clipped(status)} at ${redactUrl(index)}${reason === undefined ? '' : `: ${clipped(reason)}`}`,
      status === 'quarantined'
        ? 'The index suspects that it is malicious; check the project before you install it.'
        : undefined,
    );
  }
}

/** A dry run does not read archives, but still refuses a directory. */
async function checkLocal(url: string): Promise<void> {
  if (!/^file:/i.test(url)) return;
  const path = fileURLToPath(url);
  let why: string | undefined;
  try {
    await access(path, constants.R_OK);
    if (!(await stat(path)).isFile()) why = 'it is not a file';
  } catch (cause) {
    why = systemReason(cause);
  }
  if (why === undefined) return;
  throw new PeepError('FILE_UNREADABLE', `cannot read the archive '${path}': ${why}`, {
    hint: 'Check the path and its permissions.',
    facts: { path },
  });
}
