import { checkRange, type Spool } from './spool.js';

const blockSize = 256 * 1024;

/**
 * The memory that all archives in flight share (`--memory-budget`), in blocks that are used again, one archive after the
 * other: filling fresh pages costs as much as hashing what is in them. Nobody ever waits for memory: who gets none
 * spills, so that transfers cannot block each other.
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

  /** One block; undefined when there is no room for it. */
  take(): Buffer | undefined {
    if (this.#used + blockSize > this.total) return undefined;
    this.#used += blockSize;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockSize);
  }

  /** Nobody may write to `blocks`, or write them out, any more: the next archive's unverified bytes come into them (P1). */
  give(blocks: readonly Buffer[]): void {
    this.#used -= blocks.length * blockSize;
    this.#free.push(...blocks);
  }
}

/**
 * An archive's bytes in blocks of memory. A spool that was released shows nothing any more, so that no late reader meets
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

  /** Takes memory for `bytes` in all. False when there is no room. */
  reserve(bytes: number): boolean {
    while (this.#blocks.length * blockSize < bytes) {
      const block = this.#memory.take();
      if (block === undefined) return false;
      this.#blocks.push(block);
    }
    return true;
  }

  /** False when there is no room for `chunk`; then nothing of it was taken. */
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

  /** Of what was reserved: a file that grew since it was looked at ends here, and its digest tells. */
  room(length: number): Buffer[] {
    return this.#parts(this.#size, Math.min(this.#size + length, this.#blocks.length * blockSize));
  }

  /** What lies in one block is shown as it is, until the release. */
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

  /** The memory of the bytes from one position to another. */
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
