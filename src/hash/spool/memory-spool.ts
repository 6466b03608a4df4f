import { checkRange, type Spool } from './spool.js';

const blockSize = 256 * 1024;

/**
 * The memory that all archives in flight share (`--memory-budget`), in blocks that are reused for later archives:
 * filling fresh pages costs as much as hashing their bytes. No transfer waits for memory; without free memory it
 * spills to disk, so that transfers cannot block each other.
 */
export class ArchiveMemory {
  /** Bytes. */
  readonly total: number;
  readonly #free: Buffer[] = [];
  #used = 0;

  constructor(total: number) {
    this.total = total;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes one block; undefined if none is free. */
  take(): Buffer | undefined {
    if (this.#used + blockSize > this.total) return undefined;
    this.#used += blockSize;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockSize);
  }

  /**
   * Returns blocks. The caller must not read or write them afterwards: unverified bytes of the next archive go into
   * them (P1).
   */
  give(blocks: readonly Buffer[]): void {
    this.#used -= blocks.length * blockSize;
    this.#free.push(...blocks);
  }
}

/**
 * The bytes of an archive in blocks of memory. A released spool refuses reads, so that a late reader does not get
 * the bytes of another archive (P4).
 */
export class MemorySpool implements Spool {
  readonly #memory: ArchiveMemory;
  #blocks: Buffer[] = [];
  #size = 0;

  constructor(memory: ArchiveMemory) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes memory for `bytes` in total. False if there is not enough. */
  reserve(bytes: number): boolean {
    while (this.#blocks.length * blockSize < bytes) {
      const block = this.#memory.take();
      if (block === undefined) return false;
      this.#blocks.push(block);
    }
    return true;
  }

  /** False if there is not enough memory for `chunk`; then none of it is stored. */
  tryAppend(chunk: Buffer): boolean {
    if (!this.reserve(this.#size + chunk.length)) return false;
    let done = 0;
    for (const part of this.room(chunk.length)) done += chunk.copy(part, 0, done);
    this.#size += done;
    return true;
  }

  append(chunk: Buffer): void {
    const [next] = this.room(chunk.length);
    if (chunk.buffer === next?.buffer && chunk.byteOffset === next.byteOffset) this.#size += chunk.length;
    else if (!this.tryAppend(chunk)) throw new RangeError('the memory budget is used up');
  }

  /** Uses only reserved memory: a file that grew after its size was read ends here, and its digest will not match. */
  room(length: number): Buffer[] {
    return this.#parts(this.#size, Math.min(this.#size + length, this.#blocks.length * blockSize));
  }

  /** Bytes in one block are returned without a copy, valid until the release. */
  async read(position: number, length: number): Promise<Buffer> {
    checkRange(position, length, this);
    const [first = Buffer.alloc(0), ...more] = this.#parts(position, position + length);
    return more.length === 0 ? first : Buffer.concat([first, ...more], length);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    yield* this.#parts(0, this.#size);
  }

  async release(): Promise<void> {
    this.#size = 0;
    this.#memory.give(this.#blocks.splice(0));
  }

  /** The memory for the bytes between two positions. */
  #parts(from: number, to: number): Buffer[] {
    const parts: Buffer[] = [];
    for (let at = from; at < to; at += (parts.at(-1) as Buffer).length) {
      const start = at % blockSize;
      const block = this.#blocks[Math.floor(at / blockSize)] as Buffer;
      parts.push(block.subarray(start, start + to - at));
    }
    return parts;
  }
}
