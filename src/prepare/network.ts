import { fileURLToPath } from 'node:url';
import { ceilings } from '../config/ceilings.js';
import type { Machine } from '../config/machine.js';
import type { DownloadDeps } from '../fetch/download/download.js';
import type { ProgressListener } from '../fetch/download/progress.js';
import type { Schedule } from '../fetch/download/schedule.js';
import { fetchPage } from '../fetch/http/page.js';
import { PageBudget } from '../fetch/http/page-budget.js';
import { NotWaitedFor, UnreachableOrigins } from '../fetch/http/unreachable.js';
import { readRegular, TooLargeFile } from '../files/regular-file.js';
import type { SpoolDeps } from '../hash/spool/archive-spool.js';
import type { ProjectName } from '../packaging/types.js';
import { limits } from '../provenance/limits.js';
import { type ProjectLinks, type SimpleClient, simpleClient } from '../resolver/pages/client.js';
import { localLocations } from '../resolver/pages/local.js';
import type { WantedVersions } from '../resolver/pages/name-filter.js';
import type { ClientDeps } from '../resolver/pages/read-place.js';
import { dockerLogins } from '../store/oci/find-login.js';
import type { RegistryReference } from '../store/oci/reference.js';
import { openRegistry, type Registry } from '../store/oci/registry.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { formatDuration } from '../text/format.js';
import type { Log } from '../text/log.js';
import { archiveUrls, lockedIndexes, wantedArchives } from './named-locations.js';
import { type Downloads, openDownloads } from './scheduled-downloads.js';
import type { RunSettings } from './settings.js';
import { openTransport } from './transport.js';

/** Requests of a run to indexes and servers. Always close it at the end. */
export interface Network extends Downloads {
  /**
   * The links for these versions of a project from the indexes and find-links of the run, or from `index` alone;
   * each page is fetched once.
   */
  links(
    project: ProjectName,
    versions: WantedVersions,
    options?: {
      readonly index?: string | undefined;
      /**
       * False: do not wait for locations that do not answer; the caller can wait for them later with `again` of the
       * result.
       */
      readonly wait?: boolean;
    },
  ): Promise<ProjectLinks>;
  /** The registries of the run, in order. */
  readonly registries: readonly Registry[];
  /**
   * The repository at `reference`, opened for writing. It need not upload blobs that a repository in `mountFrom`
   * has.
   */
  openForPush(reference: RegistryReference, mountFrom: readonly string[]): Registry;
  /** The provenance (PEP 740) at an http(s) or file URL; undefined if nothing is there. Throws network errors. */
  provenance(url: string): Promise<Uint8Array | undefined>;
  /** The links of a project at `--provenance-index`; undefined without one. */
  readonly provenanceLinks:
    | ((project: ProjectName, versions: WantedVersions) => Promise<ProjectLinks>)
    | undefined;
  close(): Promise<void>;
}

export interface NetworkDeps extends SpoolDeps {
  /** URLs of `--store`. */
  readonly stores: readonly RegistryReference[];
  readonly machine: Machine;
  readonly schedule: Schedule;
  /** Reports the events of one transfer. */
  readonly progress: ProgressListener;
  readonly log: Log;
  /** `--provenance-index`. */
  readonly provenanceIndex: string | undefined;
}

export function openNetwork({ requirements, index, network }: RunSettings, deps: NetworkDeps): Network {
  const { machine, schedule, log } = deps;
  const transport = openTransport(
    network,
    {
      locations: [
        ...[...index.indexUrls, ...index.findLinks, ...lockedIndexes(requirements)],
        ...(index.bindings ?? []).map(({ url }) => url),
        ...(deps.provenanceIndex === undefined ? [] : [deps.provenanceIndex]),
      ],
      archives: archiveUrls(requirements),
      bindings: index.bindings ?? [],
    },
    machine,
  );
  const downloads: DownloadDeps = {
    transport,
    retries: network.retries,
    lost: new UnreachableOrigins(),
    memory: deps.memory,
    spillDirectory: deps.spillDirectory,
  };
  const findLogin = dockerLogins(machine);
  const forRegistries = { ...downloads, findLogin, signal: schedule.signal };
  const budget = new PageBudget(ceilings.pages);
  const pages = { ...downloads, budget, onRetry: tellRetries(network.retries, log) };
  const clientDeps: ClientDeps = {
    local: localLocations,
    getPage: (url, accept, read, { after, missing }) =>
      schedule.run({ kind: 'page' }, (signal) => {
        const wait = after !== undefined;
        return fetchPage(pages, { url, accept, signal, wait, after, missing }, read);
      }),
    wasNotWaitedFor: (error) => error instanceof NotWaitedFor,
  };
  const announced = wantedArchives(requirements);
  const client = simpleClient(index, clientDeps, announced);
  const { provenanceIndex } = deps;
  // Used only for provenance: no archive is ever taken from there.
  const provenanceClient =
    provenanceIndex === undefined
      ? undefined
      : simpleClient({ ...index, indexUrls: [provenanceIndex], findLinks: [] }, clientDeps, announced);
  const locked = new Map<string, SimpleClient>();
  const clientOf = (url: string): SimpleClient => {
    const places = { ...index, indexUrls: [url], findLinks: [] };
    const known = locked.get(url) ?? simpleClient(places, clientDeps, announced);
    locked.set(url, known);
    return known;
  };
  return {
    ...openDownloads(downloads, deps),
    async links(project, versions, { index: named, wait = true } = {}) {
      const answered = deps.progress.question(project);
      try {
        const found = await (named === undefined ? client : clientOf(named)).linksFor(project, versions);
        return wait ? await (found.again?.() ?? found) : found;
      } finally {
        answered();
      }
    },
    registries: deps.stores.map((reference) => openRegistry(forRegistries, reference, { write: false })),
    openForPush: (reference, mountFrom) => openRegistry(forRegistries, reference, { write: true, mountFrom }),
    provenance: (url) =>
      /^file:/i.test(url)
        ? readLocalProvenance(url)
        : schedule.run({ kind: 'page' }, async (signal) => {
            const maxBytes = limits.fileBytes;
            const request = { url, accept: acceptProvenance, signal, maxBytes };
            return fetchPage(pages, request, ({ bytes }) => bytes);
          }),
    provenanceLinks:
      provenanceClient &&
      (async (project, versions) => {
        const found = await provenanceClient.linksFor(project, versions);
        return found.again?.() ?? found;
      }),
    close: () => transport.close(),
  };
}

const acceptProvenance = 'application/vnd.pypi.integrity.v1+json, application/json;q=0.9';

/** A local archive usually has no provenance file. */
async function readLocalProvenance(url: string): Promise<Uint8Array | undefined> {
  const path = fileURLToPath(url);
  try {
    return await readRegular(path, { maxBytes: limits.fileBytes });
  } catch (error) {
    // Too many bytes make the verifier refuse the file by its size.
    if (error instanceof TooLargeFile) return Buffer.alloc(limits.fileBytes + 1);
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new PeepError('PROVENANCE_UNAVAILABLE', `cannot read '${path}': ${systemReason(error)}`, {
      cause: error,
      hint: 'Check the file and its permissions.',
    });
  }
}

/** If one index is down, a hundred pages fail at once: report each round of retries once. */
function tellRetries(retries: number, log: Log) {
  const told = new Set<string>();
  return (attempt: number, delay: number, { message, facts }: PeepError): void => {
    const key = `${facts.origin} ${attempt}`;
    if (told.has(key)) return;
    told.add(key);
    log.note(`${message}; trying again in ${formatDuration(delay)} (${attempt} of ${retries})`);
  };
}
