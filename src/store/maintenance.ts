import { lstat, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writerIsGone } from '../files/temp-name.js';
import { readSha256, sha256Digest } from '../hash/digest.js';
import { entryDirectory } from './layout.js';
import { pruneProvenance } from './provenance.js';
import type { Store, StoredArchive } from './store.js';
import { namesIn, seen } from './store.js';
import { asUnusable, unusable } from './unusable.js';

/** An entry with the time when it was stored or last verified (its mtime), in milliseconds since the epoch. */
export interface ListedArchive extends StoredArchive {
  readonly path: string;
  readonly modified: number;
}

export interface VerifyResult {
  readonly good: number;
  readonly bad: number;
  /** Bytes hashed. */
  readonly bytes: number;
}

export interface PruneOptions {
  /** Remove entries older than this many days. */
  readonly keepDays?: number | undefined;
  /** Then remove the oldest until the rest takes at most this many bytes. */
  readonly maxSize?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface PruneResult {
  readonly removed: readonly ListedArchive[];
  readonly tempFiles: number;
  /** Provenance files of archives that are no longer stored. */
  readonly provenance: number;
  /** Bytes freed. */
  readonly bytes: number;
}

/** Age at which temp files of other hosts, or with unknown names, are removed. */
const foreignTempDays = 2;
const day = 86_400_000;

/** All entries, sorted by file name. Files that are not entries are ignored here; `open` handles them. */
export async function listStore(store: Store): Promise<ListedArchive[]> {
  const { archives } = store.layout;
  const listed: ListedArchive[] = [];
  for (const shard of namesIn(archives)) {
    if (seen(join(archives, shard))?.isDirectory() !== true) continue;
    for (const name of namesIn(join(archives, shard))) {
      const sha256 = readSha256(name);
      if (sha256 === undefined || !sha256.startsWith(shard)) continue;
      for (const entry of await store.find([sha256Digest(sha256)])) {
        const path = join(entryDirectory(store.layout, sha256), entry.filename);
        // Another process may have removed the entry.
        const found = seen(path);
        if (found !== undefined) listed.push({ ...entry, path, modified: found.mtimeMs });
      }
    }
  }
  return listed.sort((a, b) => (a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0));
}

/** Hashes every entry; bad ones are removed and reported with the store's `onBadEntry`. */
export async function verifyStore(store: Store): Promise<VerifyResult> {
  let good = 0;
  let bad = 0;
  let bytes = 0;
  for (const entry of await listStore(store)) {
    const archive = await store.open(entry, [sha256Digest(entry.sha256)]);
    bytes += entry.size;
    if (archive === undefined) bad += 1;
    else {
      good += 1;
      await archive.release();
    }
  }
  return { good, bad, bytes };
}

/** Removes temp files of dead writers, then entries by age and size, oldest first. */
export async function pruneStore(store: Store, options: PruneOptions): Promise<PruneResult> {
  const tempFiles = await asUnusable(store.layout.root, () => pruneTemp(store.layout.temp, options.now));
  const entries = (await listStore(store)).sort((a, b) => a.modified - b.modified);
  let total = entries.reduce((sum, entry) => sum + entry.size, 0);
  const removed: ListedArchive[] = [];
  for (const entry of entries) {
    const tooOld = options.keepDays !== undefined && entry.modified < options.now - options.keepDays * day;
    const tooMuch = options.maxSize !== undefined && total > options.maxSize;
    if (!tooOld && !tooMuch) continue;
    // A process that has the archive open can still read it; later ones fetch it again.
    await rm(entry.path, { force: true }).catch((error: unknown) => {
      throw unusable(entry.path, error, removedSoFar(removed));
    });
    await rmdir(dirname(entry.path)).catch(() => undefined);
    removed.push(entry);
    total -= entry.size;
  }
  const provenance = await asUnusable(store.layout.root, () => pruneProvenance(store.layout));
  return { removed, tempFiles, provenance, bytes: removed.reduce((sum, entry) => sum + entry.size, 0) };
}

function removedSoFar({ length }: readonly ListedArchive[]): string {
  if (length === 0) return '';
  return `; ${length === 1 ? '1 archive was' : `${length} archives were`} removed before that`;
}

async function pruneTemp(temp: string, now: number): Promise<number> {
  let count = 0;
  for (const name of namesIn(temp)) {
    const path = join(temp, name);
    const found = await lstat(path).catch(() => undefined);
    // A directory belongs to an install: see `removeLeftovers`.
    if (found === undefined || found.isDirectory()) continue;
    const gone = writerIsGone(name) ?? found.mtimeMs < now - foreignTempDays * day;
    if (!gone) continue;
    await rm(path, { force: true });
    count += 1;
  }
  return count;
}
