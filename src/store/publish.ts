import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPeepError, systemCode } from '../errors.js';
import { writerName } from '../writer.js';
import type { StoreLayout } from './layout.js';
import { unusable } from './unusable.js';

/**
 * Writes verified bytes to `path` inside the store so that a reader, another writer and a kill at any moment
 * find the whole file or none: a random temp name in the store, fsync, rename. Files are 0444 in folders 0700.
 */
export async function publish(
  layout: StoreLayout,
  path: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  const temp = join(layout.temp, writerName());
  try {
    await mkdir(layout.temp, { recursive: true, mode: 0o700 });
    const handle = await open(temp, 'wx', 0o600);
    try {
      for await (const chunk of chunks) await writeAll(handle, chunk);
      await handle.chmod(0o444);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await replace(temp, path);
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    throw isPeepError(error) ? error : unusable(layout.root, error);
  }
}

async function replace(temp: string, path: string): Promise<void> {
  try {
    await rename(temp, path);
  } catch (error) {
    const code = systemCode(error);
    // Windows does not rename over a read-only file, nothing renames over a folder, and a file may stand where a folder belongs.
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
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rename(temp, path);
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    offset += (await handle.write(chunk, offset, chunk.length - offset)).bytesWritten;
  }
}
