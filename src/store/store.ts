import { constants, fstatSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { regularTextSync } from '../files/regular-file.js';
import { asSha256, type Digest, type Digests, readSha256, type Sha256 } from '../hash/digest.js';
import type { Spool } from '../hash/spool/spool.js';
import { StoredSpool } from '../hash/spool/stored-spool.js';
import { Verification, type VerifiedArchive } from '../hash/verification.js';
import { safeArchiveFilename } from '../packaging/filename.js';
import { isPeepError, systemCode, systemReason } from '../text/errors.js';
import { aliasPath, entryDirectory, type StoreLayout, storeLayout } from './layout.js';
import { publish } from './publish.js';
import { asUnusable, unusable } from './unusable.js';

/** A stored archive according to file names and sizes; untrusted until `open` hashes it (P4). */
export interface StoredArchive {
  readonly sha256: Sha256;
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
}

/** Called after a bad entry was found and removed. */
export type OnBadEntry = (entry: { readonly path: string; readonly reason: string }) => void;

export interface Store {
  readonly layout: StoreLayout;
  /** Entries that claim one of `digests`; reads no contents. Invalid entries are removed and reported. */
  find(digests: readonly Digest[]): Promise<readonly StoredArchive[]>;
  /**
   * Hashes an entry in the pass that reads it into `spool` (P4). Without a spool, the entry stays on disk and each
   * later read is authenticated again. The archive gets the name in `entry`, whatever its file is called (P10). A
   * bad entry is removed and reported, and the result is undefined, as for a missing entry.
   */
  open(entry: StoredArchive, expected: Digests, spool?: Spool): Promise<VerifiedArchive | undefined>;
  /**
   * Hashes an entry with `hash`, which reads the file at a path; the bytes are not kept (P4). A bad entry is
   * removed and reported.
   */
  confirm(entry: StoredArchive, hash: (path: string) => Promise<Sha256>): Promise<boolean>;
  /**
   * Stores an archive with a temp file and a rename: readers see the whole archive or none. Throws
   * `STORE_UNUSABLE`.
   */
  put(archive: VerifiedArchive): Promise<void>;
}

const otherBytes = 'its bytes do not hash to the digest it is stored under';
const readBlock = 1 << 20;
/** Bytes per read of an archive that fits into memory. */
const readAtOnce = 8 << 20;

export function createStore(root: string, onBadEntry: OnBadEntry): Store {
  const layout = storeLayout(root);

  async function discard(path: string, reason: string): Promise<void> {
    const kept = await rm(path, { recursive: true, force: true }).then(
      () => '',
      (error: unknown) => `; it cannot be removed: ${systemReason(error)}`,
    );
    onBadEntry({ path, reason: reason + kept });
  }

  async function entriesOf(sha256: Sha256): Promise<StoredArchive[]> {
    const directory = entryDirectory(layout, sha256);
    const entries: StoredArchive[] = [];
    const shard = dirname(directory);
    if (seen(shard)?.isSymbolicLink() === true) {
      await discard(shard, 'a symbolic link');
      return entries;
    }
    const directoryStat = seen(directory);
    if (directoryStat === undefined) return entries;
    if (!directoryStat.isDirectory()) {
      await discard(directory, 'not a directory');
      return entries;
    }
    for (const filename of namesIn(directory)) {
      const path = join(directory, filename);
      const stat = seen(path);
      if (stat === undefined) continue;
      if (!stat.isFile())
        await discard(path, `a ${stat.isSymbolicLink() ? 'symbolic link' : 'directory'} or device`);
      else if (!isSafe(filename)) await discard(path, 'its name is not an archive name');
      else entries.push({ sha256, filename, size: stat.size });
    }
    if (entries.length < 2) return entries;
    // P10: remove all names, because whoever added a second one could decide which name is used.
    await discard(directory, 'the archive has several names');
    return [];
  }

  return {
    layout,
    async find(digests) {
      const known = await Promise.all(digests.map((digest) => resolveDigest(layout, digest)));
      const entries = await Promise.all(known.filter((sha256) => sha256 !== undefined).map(entriesOf));
      return entries.flat();
    },

    async open(entry, expected, spool) {
      const filename = safeArchiveFilename(entry.filename);
      const [found] = await entriesOf(entry.sha256);
      const path = join(entryDirectory(layout, entry.sha256), found?.filename ?? filename);
      const handle = await openEntry(path);
      if (handle === undefined) {
        await spool?.release();
        return undefined;
      }
      const verification = new Verification(expected, spool ?? new StoredSpool(handle, path));
      try {
        for await (const block of blocks(handle, spool)) await verification.write(block);
        const archive = await verification.finish(filename);
        if (archive.sha256 === entry.sha256) return archive;
        await archive.release();
        await discard(path, 'its bytes hash to another digest');
      } catch (error) {
        await verification.abandon();
        if (!isPeepError(error, 'DIGEST_MISMATCH'))
          throw isPeepError(error) || systemCode(error) === undefined ? error : unusable(path, error);
        await discard(path, otherBytes);
      } finally {
        if (spool !== undefined) await handle.close().catch(() => undefined);
      }
      return undefined;
    },

    async confirm(entry, hash) {
      const [found] = await entriesOf(entry.sha256);
      if (found === undefined) return false;
      const path = join(entryDirectory(layout, entry.sha256), found.filename);
      try {
        if ((await hash(path)) === entry.sha256) return true;
      } catch (error) {
        // Another process may prune the store meanwhile.
        if (isPeepError(error, 'FILE_UNREADABLE')) return false;
        throw error;
      }
      await discard(path, otherBytes);
      return false;
    },

    async put(archive) {
      const directory = entryDirectory(layout, archive.sha256);
      for (const { filename } of await entriesOf(archive.sha256)) {
        if (filename !== archive.filename)
          await asUnusable(layout.root, () => rm(join(directory, filename), { force: true }));
      }
      await publish(layout, join(directory, archive.filename), archive.chunks());
      if (archive.matched.algorithm !== 'sha256') {
        await publish(layout, aliasPath(layout, archive.matched), [Buffer.from(`${archive.sha256}\n`)]);
      }
    },
  };

  async function openEntry(path: string): Promise<FileHandle | undefined> {
    let handle: FileHandle | undefined;
    try {
      // Do not follow a link that was planted in the store, and do not block on a pipe.
      const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
      handle = await open(path, flags);
      if (fstatSync(handle.fd).isFile()) return handle;
      await handle.close();
      await discard(path, 'not a regular file');
    } catch (error) {
      await handle?.close().catch(() => undefined);
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      if (code !== 'ELOOP' && code !== 'EMLINK') throw unusable(layout.root, error);
      await discard(path, 'a symbolic link');
    }
    return undefined;
  }
}

/** The sha256 under which an archive with `digest` is stored. An alias is not trusted: `open` checks the pin itself. */
async function resolveDigest(layout: StoreLayout, digest: Digest): Promise<Sha256 | undefined> {
  const sha256 = asSha256(digest);
  if (sha256 !== undefined) return sha256;
  const path = aliasPath(layout, digest);
  const text = regularTextSync(path, 65, { followLinks: false }) ?? '';
  return text.endsWith('\n') ? readSha256(text.slice(0, -1)) : undefined;
}

/** Reads a file directly into the buffers of the spool, as much at once as fits. */
async function* blocks(handle: FileHandle, spool: Spool | undefined): AsyncGenerator<Buffer> {
  const { size } = fstatSync(handle.fd);
  for (let position = 0; position < size; ) {
    const left = size - position;
    const room = spool?.room?.(Math.min(readAtOnce, left)) ?? [
      Buffer.allocUnsafeSlow(Math.min(readBlock, left)),
    ];
    // No room: the file grew after its size was read.
    let { bytesRead } = room.length === 0 ? { bytesRead: 0 } : await handle.readv(room, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    for (const block of room) {
      if (bytesRead > 0) yield block.subarray(0, bytesRead);
      bytesRead -= block.length;
    }
  }
}

/**
 * The names in a directory of the store, sorted; empty if there is none. A link is not followed, because it may
 * lead anywhere.
 */
export function namesIn(directory: string): string[] {
  try {
    const names = readdirSync(directory);
    if (!lstatSync(directory).isSymbolicLink()) return names.sort();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw unusable(directory, error);
  }
  throw unusable(directory, 'it is a symbolic link, which leads out of the store');
}

/**
 * The status of a path, or undefined if it cannot be read. Synchronous, like all name lookups here: an asynchronous
 * call takes ten times as long.
 */
export function seen(path: string): Stats | undefined {
  try {
    // Avoids creating an error for each missing name, which costs more than the call.
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(path, error);
  }
}

function isSafe(filename: string): boolean {
  try {
    return safeArchiveFilename(filename) === filename;
  } catch {
    return false;
  }
}
