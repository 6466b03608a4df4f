import type { FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openRegular } from '../../files/regular-file.js';
import { PeepError, systemReason } from '../../text/errors.js';
import { networkError } from '../http/failures.js';
import type { Sink, TransferRequest } from './transfer.js';

const readBlock = 1 << 20;

/**
 * Reads the archive of a `file:` link into a sink, once: the hashed bytes are the stored bytes, even if the file
 * changes meanwhile. Throws `FILE_UNREADABLE`, `URL_UNUSABLE`.
 */
export async function readLocalFile<S extends Sink>(
  { link, filename, signal, onProgress }: TransferRequest,
  openSink: (size: number | undefined) => S,
): Promise<S> {
  const path = pathOf(link.url);
  const { handle, size } = await openArchive(path);
  let sink: S | undefined;
  try {
    sink = openSink(size);
    onProgress?.({ kind: 'started', filename, size });
    // Two buffers take turns: the sink has copied one before it is filled again. Allocating fresh memory costs more
    // than hashing.
    const length = Math.min(readBlock, size + 1);
    const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)];
    let turn = 0;
    const read = (position: number) => {
      turn = 1 - turn;
      return readAt(handle, buffers[turn] as Buffer, position, path);
    };
    let next = read(0);
    for (let position = 0; ; ) {
      const block = await next;
      signal?.throwIfAborted();
      if (block.length === 0) return sink;
      position += block.length;
      next = read(position);
      next.catch(() => undefined);
      await sink.write(block);
      onProgress?.({ kind: 'bytes', received: position });
    }
  } catch (error) {
    await sink?.abandon();
    throw error;
  } finally {
    await handle.close();
  }
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw networkError('URL_UNUSABLE', url, 'it does not name a file on this machine', {
      cause,
      hint: 'A local file is file:///ABSOLUTE/PATH.',
    });
  }
}

function openArchive(path: string): ReturnType<typeof openRegular> {
  return openRegular(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

async function readAt(handle: FileHandle, buffer: Buffer, position: number, path: string): Promise<Buffer> {
  try {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): PeepError {
  return new PeepError('FILE_UNREADABLE', `cannot read the archive '${path}': ${systemReason(cause)}`, {
    cause,
    hint: 'Check the path and its permissions.',
    facts: { path },
  });
}
