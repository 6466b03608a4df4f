import type { FileHandle } from 'node:fs/promises';
import type { Spool } from '../verification.js';

const readBlock = 1 << 20;

/** The bytes of an archive too large for memory, left where they are in the store: nothing is copied. */
export class StoredSpool implements Spool {
  readonly spilledFrom = 0;
  readonly #handle: FileHandle;
  #size = 0;
  #released: Promise<void> | undefined;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  get size(): number {
    return this.#size;
  }

  append(chunk: Buffer): void {
    this.#size += chunk.length;
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (position < 0 || length < 0 || position + length > this.#size)
      throw new RangeError('read past the end of an archive');
    const buffer = Buffer.allocUnsafeSlow(length);
    for (let offset = 0; offset < length; ) {
      const { bytesRead } = await this.#handle.read(buffer, offset, length - offset, position + offset);
      // The file was cut while it was read: what follows is a mismatch, never bytes of something else.
      if (bytesRead === 0) return buffer.fill(0, offset);
      offset += bytesRead;
    }
    return buffer;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for (let position = 0; position < this.#size; position += readBlock) {
      yield await this.read(position, Math.min(readBlock, this.#size - position));
    }
  }

  release(): Promise<void> {
    this.#released ??= this.#handle.close();
    return this.#released;
  }
}
