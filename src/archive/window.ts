import type { ByteSource } from '../hash/spool/spool.js';

/**
 * Reads a source in blocks from front to back, so that thousands of small entries need few reads. Returned buffers
 * stay valid: a block is never overwritten.
 */
export class WindowReader {
  readonly #source: ByteSource;
  readonly #blockSize: number;
  #start = 0;
  #window: Buffer = Buffer.alloc(0);

  /** `blockSize`: bytes per read. */
  constructor(source: ByteSource, blockSize: number) {
    this.#source = source;
    this.#blockSize = blockSize;
  }

  get size(): number {
    return this.#source.size;
  }

  /** The last block that was read. */
  get block(): Buffer {
    return this.#window;
  }

  /** Offset of the bytes in `block`, or -1 if they have to be read first. */
  locate(position: number, length: number): number {
    const offset = position - this.#start;
    return offset < 0 || offset + length > this.#window.length ? -1 : offset;
  }

  /** The bytes if they are in the current block; undefined if they have to be read first. */
  peek(position: number, length: number): Buffer | undefined {
    const offset = this.locate(position, length);
    return offset < 0 ? undefined : this.#window.subarray(offset, offset + length);
  }

  /** Reads exactly `length` bytes; the caller checks that they are inside the source. */
  async read(position: number, length: number): Promise<Buffer> {
    const at = this.peek(position, length);
    if (at !== undefined) return at;
    const wanted = Math.min(Math.max(length, this.#blockSize), this.#source.size - position);
    this.#window = await this.#source.read(position, wanted);
    this.#start = position;
    return this.#window.subarray(0, length);
  }
}
