import type { Machine } from '../config/machine.js';
import {
  type DownloadDeps,
  type DownloadedDigest,
  downloadDigest,
  downloadUnpinned,
  downloadVerified,
} from '../fetch/download/download.js';
import type { OnProgress, ProgressListener } from '../fetch/download/progress.js';
import type { Schedule } from '../fetch/download/schedule.js';
import type { DigestAlgorithm, Digests } from '../hash/digest.js';
import { hashFile } from '../hash/hash-file.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { safeArchiveFilename } from '../packaging/filename.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Registry } from '../store/oci/registry.js';
import { localLink } from './links.js';

/** Downloads of archives, each in a transfer of the run's schedule. */
export interface Downloads {
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
}

export interface ScheduleDeps {
  readonly machine: Pick<Machine, 'signal'>;
  readonly schedule: Schedule;
  readonly progress: ProgressListener;
}

export function openDownloads(downloads: DownloadDeps, deps: ScheduleDeps): Downloads {
  return {
    download: (link, digests, consume, { registry, wait } = {}) =>
      inTransfer(deps, link, async (request, transferred) => {
        const via = registry === undefined ? downloads : { ...downloads, transport: registry.transport };
        const archive = await downloadVerified(via, { ...request, digests, wait });
        transferred();
        return await consume(archive);
      }),
    digest: (link, algorithms = []) =>
      inTransfer(deps, link, (request) => downloadDigest(downloads, { ...request, algorithms })),
    hashFirst: (link, algorithms, { pin, use }) =>
      inTransfer(deps, link, async (request, transferred) => {
        const found = await downloadUnpinned(downloads, { ...request, algorithms });
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
      }),
    async readLocal(path, consume) {
      const { sha256 } = await hashFile(path);
      const link = localLink(path);
      const filename = safeArchiveFilename(link.filename);
      const request = { link, digests: [sha256] as const, filename, signal: deps.machine.signal };
      const archive = await downloadVerified(downloads, request);
      try {
        return await consume(archive);
      } finally {
        await archive.release();
      }
    },
  };
}

interface Transfer {
  readonly link: ArchiveLink;
  readonly filename: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Runs `work` when the schedule has a free transfer, and shows its progress. */
function inTransfer<T>(
  { schedule, progress }: ScheduleDeps,
  link: ArchiveLink,
  work: (transfer: Transfer, transferred: () => void) => Promise<T>,
): Promise<T> {
  return schedule.run({ kind: 'archive', size: link.size }, async (signal, transferred) => {
    const filename = safeArchiveFilename(link.filename);
    const shown = progress.transfer(filename);
    try {
      return await work({ link, filename, signal, onProgress: shown.onEvent }, transferred);
    } finally {
      shown.end();
    }
  });
}
