import type { ByteSource } from '../hash/spool/spool.js';

/**
 * Reads a source in blocks, front to back, so that thousands of small entries cost few reads. Buffers handed
 * out stay valid: a block is never written again.
 */
export class WindowReader {
  readonly #source: ByteSource;
  readonly #blockSize: number;
  #start = 0;
  #window: Buffer = Buffer.alloc(0);

  /** `blockSize`: bytes to read at once. */
  constructor(source: ByteSource, blockSize: number) {
    this.#source = source;
    this.#blockSize = blockSize;
  }

  get size(): number {
    return this.#source.size;
  }

  /** The block that was read last. */
  get block(): Buffer {
    return this.#window;
  }

  /** Where in `block` the bytes are; -1 means that `read` has to wait for them. */
  locate(position: number, length: number): number {
    const offset = position - this.#start;
    return offset < 0 || offset + length > this.#window.length ? -1 : offset;
  }

  /** The bytes if they are at hand; undefined means that `read` has to wait for them. */
  peek(position: number, length: number): Buffer | undefined {
    const offset = this.locate(position, length);
    return offset < 0 ? undefined : this.#window.subarray(offset, offset + length);
  }

  /** Exactly `length` bytes; the caller has checked that they lie inside the source. */
  async read(position: number, length: number): Promise<Buffer> {
    const at = this.peek(position, length);
    if (at !== undefined) return at;
    const wanted = Math.min(Math.max(length, this.#blockSize), this.#source.size - position);
    this.#window = await this.#source.read(position, wanted);
    this.#start = position;
    return this.#window.subarray(0, length);
  }
}
