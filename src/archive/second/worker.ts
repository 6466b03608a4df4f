import { parentPort } from 'node:worker_threads';
import type { ByteSource } from '../../hash/spool/spool.js';
import { readAgain } from './read-again.js';
import type { FromReader, ToReader } from './thread.js';

type Waiting = Map<number, { resolve(bytes: Buffer): void; reject(error: Error): void }>;

/** The code of the thread that `threadedReader` starts. */
export function serveSecondReaders(): void {
  const waiting: Waiting = new Map();
  const send = (message: FromReader) => parentPort?.postMessage(message);
  let lastRequest = 0;
  const sourceOf = (id: number, size: number): ByteSource => ({
    size,
    read: (position, length) =>
      new Promise((resolve, reject) => {
        lastRequest += 1;
        waiting.set(lastRequest, { resolve, reject });
        send({ id, request: lastRequest, position, length });
      }),
  });
  parentPort?.on('message', (message: ToReader) => {
    if ('request' in message) {
      const { bytes, request } = message;
      const wish = waiting.get(request);
      waiting.delete(request);
      if (bytes === undefined) wish?.reject(new Error('the bytes cannot be read'));
      else wish?.resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      return;
    }
    const { id, size, listing } = message;
    readAgain(sourceOf(id, size), listing).then(
      (found) => send({ id, found }),
      (error: unknown) => send({ id, failed: String(error) }),
    );
  });
}
