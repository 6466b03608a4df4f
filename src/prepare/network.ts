import { fileURLToPath } from 'node:url';
import { ceilings } from '../config/ceilings.js';
import type { Machine } from '../config/machine.js';
import {
  type DownloadDeps,
  type DownloadedDigest,
  downloadDigest,
  downloadUnpinned,
  downloadVerified,
} from '../fetch/download/download.js';
import type { ProgressListener } from '../fetch/download/progress.js';
import type { Schedule } from '../fetch/download/schedule.js';
import { fetchPage } from '../fetch/http/page.js';
import { PageBudget } from '../fetch/http/page-budget.js';
import { NotWaitedFor, UnreachableOrigins } from '../fetch/http/unreachable.js';
import { readRegular, TooLargeFile } from '../files/regular-file.js';
import type { DigestAlgorithm, Digests } from '../hash/digest.js';
import { hashFile } from '../hash/hash-file.js';
import type { SpoolDeps } from '../hash/spool/archive-spool.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { safeArchiveFilename } from '../packaging/filename.js';
import type { ProjectName } from '../packaging/types.js';
import { limits } from '../provenance/limits.js';
import type { ArchiveLink } from '../resolver/link.js';
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
import { localLink } from './links.js';
import { archiveUrls, lockedIndexes, wantedArchives } from './named-locations.js';
import type { RunSettings } from './settings.js';
import { openTransport } from './transport.js';

/** Requests of a run to indexes and servers. Always close it at the end. */
export interface Network {
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
  /**
   * Downloads and verifies an archive and passes it to `consume`; meanwhile the next transfer starts. Throws
   * `DIGEST_MISMATCH`, or a network error.
   */
  download<T>(
    link: ArchiveLink,
    digests: Digests,
    consume: (archive: VerifiedArchive) => Promise<T>,
    options?: {
      /** The registry that `link` points into, for its credentials. */
      readonly registry?: Registry;
      /** False: do not wait for a server that does not answer, because another one may have the bytes. */
      readonly wait?: boolean;
    },
  ): Promise<T>;
  /** The registries of the run, in order. */
  readonly registries: readonly Registry[];
  /**
   * The repository at `reference`, opened for writing. It need not upload blobs that a repository in `mountFrom`
   * has.
   */
  openForPush(reference: RegistryReference, mountFrom: readonly string[]): Registry;
  /** Hashes an archive with sha256 and `algorithms`; the bytes are not kept. */
  digest(link: ArchiveLink, algorithms?: readonly DigestAlgorithm[]): Promise<DownloadedDigest>;
  /**
   * Hashes an archive before its pin is known: `pin` returns the digests of the pin, or throws. `use` gets the
   * archive that verified against them; meanwhile the next transfer starts.
   */
  hashFirst(
    link: ArchiveLink,
    algorithms: readonly DigestAlgorithm[],
    options: {
      readonly pin: (found: DownloadedDigest) => Digests;
      readonly use: (archive: VerifiedArchive) => Promise<void>;
    },
  ): Promise<DownloadedDigest>;
  /**
   * Passes a local archive without a pin to `consume`; later reads must match the digest of the first read. Only
   * for inspection, never for storing or installing.
   */
  readLocal<T>(path: string, consume: (archive: VerifiedArchive) => Promise<T>): Promise<T>;
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
  const { machine, schedule, progress, log } = deps;
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
    async links(project, versions, { index: named, wait = true } = {}) {
      const found = await (named === undefined ? client : clientOf(named)).linksFor(project, versions);
      return wait ? (found.again?.() ?? found) : found;
    },
    registries: deps.stores.map((reference) => openRegistry(forRegistries, reference, { write: false })),
    openForPush: (reference, mountFrom) => openRegistry(forRegistries, reference, { write: true, mountFrom }),
    download: (link, digests, consume, { registry, wait } = {}) =>
      schedule.run({ kind: 'archive', size: link.size }, async (signal, transferred) => {
        const filename = safeArchiveFilename(link.filename);
        const transfer = progress.transfer(filename);
        try {
          const request = { link, digests, filename, signal, onProgress: transfer.onEvent, wait };
          const via = registry === undefined ? downloads : { ...downloads, transport: registry.transport };
          const archive = await downloadVerified(via, request);
          transferred();
          return await consume(archive);
        } finally {
          transfer.end();
        }
      }),
    digest: (link, algorithms = []) =>
      schedule.run({ kind: 'archive', size: link.size }, async (signal) => {
        const filename = safeArchiveFilename(link.filename);
        const transfer = progress.transfer(filename);
        try {
          const request = { link, filename, algorithms, signal, onProgress: transfer.onEvent };
          return await downloadDigest(downloads, request);
        } finally {
          transfer.end();
        }
      }),
    hashFirst: (link, algorithms, { pin, use }) =>
      schedule.run({ kind: 'archive', size: link.size }, async (signal, transferred) => {
        const filename = safeArchiveFilename(link.filename);
        const transfer = progress.transfer(filename);
        try {
          const request = { link, filename, algorithms, signal, onProgress: transfer.onEvent };
          const found = await downloadUnpinned(downloads, request);
          transferred();
          let pinned: Digests;
          try {
            pinned = pin(found);
          } catch (error) {
            await found.abandon();
            throw error;
          }
          const archive = await found.archive(pinned);
          try {
            await use(archive);
          } finally {
            await archive.release();
          }
          return { computed: found.computed, size: found.size };
        } finally {
          transfer.end();
        }
      }),
    async readLocal(path, consume) {
      const { sha256 } = await hashFile(path);
      const link = localLink(path);
      const filename = safeArchiveFilename(link.filename);
      const request = { link, digests: [sha256] as const, filename, signal: machine.signal };
      const archive = await downloadVerified(downloads, request);
      try {
        return await consume(archive);
      } finally {
        await archive.release();
      }
    },
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
    // The verifier refuses it by its size.
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
