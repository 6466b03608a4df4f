import { fchmodSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import { tempName } from '../files/temp-name.js';
import { isPeepError, systemCode } from '../text/errors.js';
import type { StoreLayout } from './layout.js';
import { unusable } from './unusable.js';

/**
 * Writes verified bytes to `path` inside the store so that a reader, another writer and a kill at any moment
 * find the whole file or none: a random temp name in the store, then rename. Files are 0444 in directories 0700. Nothing
 * waits for the disk: each use hashes an entry again, which finds one that a power cut tore (P4).
 */
export async function publish(
  layout: StoreLayout,
  path: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const temp = join(layout.temp, tempName());
  try {
    const handle = await createIn(layout.temp, temp);
    try {
      await writeAll(handle, chunks);
      fchmodSync(handle.fd, 0o444);
      // What stands in the way of the directory is met by the rename.
      await makeDirectory(dirname(path), 0o700).catch(() => undefined);
    } finally {
      await handle.close();
    }
    await replace(temp, path);
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    throw isPeepError(error) ? error : unusable(layout.root, error);
  }
}

/** The directory is there but for the first time: looking each time would cost as much as the file. */
async function createIn(directory: string, temp: string): Promise<FileHandle> {
  try {
    return await open(temp, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    await makeDirectory(directory, 0o700);
    return open(temp, 'wx', 0o600);
  }
}

async function replace(temp: string, path: string): Promise<void> {
  try {
    await rename(temp, path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') {
      await makeDirectory(dirname(path), 0o700);
      return rename(temp, path);
    }
    // Windows does not rename over a read-only file, nothing renames over a directory, and a file may stand where a directory belongs.
    if (code === 'ENOTDIR') await rm(dirname(path), { force: true });
    else if (
      code === 'EISDIR' ||
      code === 'ENOTEMPTY' ||
      code === 'EEXIST' ||
      code === 'EPERM' ||
      code === 'EACCES'
    ) {
      await rm(path, { recursive: true, force: true });
    } else throw error;
    await makeDirectory(dirname(path), 0o700);
    await rename(temp, path);
  }
}

/**
 * Chunks are gathered to batches of this many bytes: a call for each would cost more than the write. From 2 MiB on, Linux
 * takes huge pages, and looking for those costs more than all the rest.
 */
const batchBytes = 1 << 20;
/** Writes one batch while the next is gathered; opening sealed blocks on the way (P1) overlaps with it. */
async function writeAll(handle: FileHandle, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  let batch: Buffer[] = [];
  let bytes = 0;
  let written: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await written;
    written = writeBatch(handle, batch);
    // Its failure is met at the next flush; until then it must not count as unheard.
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

async function writeBatch(handle: FileHandle, batch: readonly Buffer[]): Promise<void> {
  if (batch.length === 0) return;
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten === batch.reduce((sum, chunk) => sum + chunk.length, 0)) return;
  // A write may stop short, on a disk that is nearly full; the next one says why.
  const rest = Buffer.concat(batch).subarray(bytesWritten);
  for (let offset = 0; offset < rest.length; ) {
    offset += (await handle.write(rest, offset, rest.length - offset)).bytesWritten;
  }
}
