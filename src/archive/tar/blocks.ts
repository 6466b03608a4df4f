import type { ByteSource } from '../../hash/spool/spool.js';

const readBlock = 256 * 1024;

/** All bytes of a source, in order. */
export async function* sourceBlocks(source: ByteSource): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.size; at += readBlock) {
    yield await source.read(at, Math.min(readBlock, source.size - at));
  }
}

/** Reads a stream in the sizes that a parser asks for. */
export class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Reads `length` bytes, or fewer at the end of the stream. */
  async take(length: number): Promise<Buffer> {
    if (this.#chunk.length - this.#at >= length) return this.#slice(length);
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part === undefined) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Reads between 1 and `most` bytes, as they arrive; undefined at the end of the stream. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#at === this.#chunk.length) {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#chunk = value;
      this.#at = 0;
    }
    return this.#slice(Math.min(most, this.#chunk.length - this.#at));
  }

  /** Skips `length` bytes; returns the number of bytes that were there. */
  async skip(length: number): Promise<number> {
    let missing = length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part === undefined) break;
      missing -= part.length;
    }
    return length - missing;
  }

  /** Closes the stream before its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #slice(length: number): Buffer {
    const slice = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += length;
    return slice;
  }
}
