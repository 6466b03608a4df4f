import { closeSync, fchmodSync, openSync, renameSync, rmSync, writeSync, writev, writevSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeDirectory } from '../files/make-directory.js';
import { tempName } from '../files/temp-name.js';
import { isPeepError, systemCode } from '../text/errors.js';
import type { StoreLayout } from './layout.js';
import { unusable } from './unusable.js';

/**
 * Writes verified bytes to `path` in the store so that readers and other writers see the whole file or none, even
 * if peep is killed: a random temp name in the store, then a rename. Files have mode 0444 and directories 0700.
 * There is no fsync: each use hashes an entry again, which detects a file that a power failure truncated (P4).
 * Opening and renaming are synchronous calls, because Node's threads would take several times as long.
 */
export async function publish(
  layout: StoreLayout,
  path: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const temp = join(layout.temp, tempName());
  try {
    const file = createIn(layout.temp, temp);
    try {
      await writeAll(file, chunks);
      fchmodSync(file, 0o444);
    } finally {
      closeSync(file);
    }
    await replace(temp, path);
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    throw isPeepError(error) ? error : unusable(layout.root, error);
  }
}

/** The directory usually exists: checking it each time would cost as much as writing the file. */
function createIn(directory: string, temp: string): number {
  try {
    return openSync(temp, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    makeDirectory(directory, 0o700);
    return openSync(temp, 'wx', 0o600);
  }
}

async function replace(temp: string, path: string): Promise<void> {
  const directory = dirname(path);
  try {
    makeDirectory(directory, 0o700);
    return renameSync(temp, path);
  } catch (error) {
    const code = systemCode(error);
    // The rename fails if the existing file is read-only (on Windows), if a directory is in its place, or if a file
    // is in the place of its directory.
    if (code === 'ENOTDIR') rmSync(directory, { force: true });
    else if (
      code === 'EISDIR' ||
      code === 'ENOTEMPTY' ||
      code === 'EEXIST' ||
      code === 'EPERM' ||
      code === 'EACCES'
    ) {
      await rm(path, { recursive: true, force: true });
    } else if (code !== 'ENOENT') throw error;
    makeDirectory(directory, 0o700);
    renameSync(temp, path);
  }
}

/**
 * Chunks are collected into batches of this many bytes, because a call for each chunk costs more than the write.
 * From 2 MiB on, Linux allocates huge pages, and that costs more than everything else.
 */
const batchBytes = 1 << 20;
/** Up to this size, a synchronous write is faster than one in a thread. */
const smallBytes = 256 << 10;

const writeVector = promisify(writev);

/** Writes one batch while the next is collected, so that decrypting blocks (P1) and writing overlap. */
async function writeAll(file: number, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  let batch: Buffer[] = [];
  let bytes = 0;
  let written: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await written;
    written = writeBatch(file, batch, bytes);
    // The next flush reports its failure; until then Node must not treat it as unhandled.
    written.catch(() => undefined);
    [batch, bytes] = [[], 0];
  };
  try {
    for await (const chunk of chunks) {
      batch.push(chunk);
      bytes += chunk.length;
      if (bytes >= batchBytes) await flush();
    }
    await flush();
  } finally {
    await written;
  }
}

async function writeBatch(file: number, batch: readonly Buffer[], bytes: number): Promise<void> {
  if (bytes === 0) return;
  const written =
    bytes <= smallBytes ? writevSync(file, batch) : (await writeVector(file, batch)).bytesWritten;
  if (written === bytes) return;
  // A write may be incomplete if the disk is nearly full; the next one reports the error.
  const rest = Buffer.concat(batch).subarray(written);
  for (let offset = 0; offset < rest.length; ) offset += writeSync(file, rest, offset);
}
