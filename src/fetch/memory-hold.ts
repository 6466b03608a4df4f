import type { Hold } from '../hash/verification.js';
import type { Budget } from './budget.js';

/** Smaller chunks are gathered in slabs of `slabSize`; larger ones are kept as they came, without a copy. */
const smallChunk = 16 * 1024;
const slabSize = 128 * 1024;

/**
 * An archive's bytes as a list of chunks. Memory is accounted by what the garbage collector would keep: the
 * whole buffer behind a chunk. Buffers are never used again for another archive: a reader that is late could
 * otherwise see, or write, bytes that no digest vouches for (P1).
 */
export class MemoryHold implements Hold {
  readonly inMemory = true;
  readonly #budget: Budget;
  #chunks: Buffer[] = [];
  /** Position of each chunk's first byte. */
  #starts: number[] = [];
  #size = 0;
  #taken = 0;
  #slab: Buffer | undefined;
  /** The part of the slab that is filled and not yet in the list. */
  #slabFrom = 0;
  #slabTo = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#size + this.#slabTo - this.#slabFrom;
  }

  /** False when the budget has no room for `chunk`; then nothing of it was taken. */
  tryAppend(chunk: Buffer): boolean {
    if (chunk.length < smallChunk) return this.#gather(chunk);
    const kept = chunk.buffer.byteLength;
    // A chunk that shows little of a large buffer would keep all of it alive.
    const wasteful = kept > chunk.length + chunk.length / 8;
    if (!this.#take(wasteful ? chunk.length : kept)) return false;
    this.#listSlab();
    this.#push(wasteful ? exactCopy(chunk) : chunk);
    return true;
  }

  append(chunk: Buffer): void {
    if (!this.tryAppend(chunk)) throw new RangeError('the memory budget has no room');
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (position < 0 || length < 0 || position + length > this.size)
      throw outside(position, length, this.size);
    this.#listSlab();
    const result = Buffer.allocUnsafe(length);
    for (let i = this.#indexOf(position), filled = 0; filled < length; i++) {
      const chunk = this.#chunks[i] as Buffer;
      const from = position + filled - (this.#starts[i] as number);
      filled += chunk.copy(result, filled, from, from + length - filled);
    }
    return result;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    this.#listSlab();
    // The list as it is now: a release in the middle ends the memory's accounting, not the reader's view.
    yield* [...this.#chunks];
  }

  async release(): Promise<void> {
    this.#budget.give(this.#taken);
    this.#taken = 0;
    this.#chunks = [];
    this.#starts = [];
    this.#slab = undefined;
    this.#slabFrom = 0;
    this.#slabTo = 0;
    this.#size = 0;
  }

  #gather(chunk: Buffer): boolean {
    const room = this.#slab === undefined ? 0 : this.#slab.length - this.#slabTo;
    if (room < chunk.length && !this.#take(slabSize)) return false;
    const copied = this.#fill(chunk, 0);
    if (copied < chunk.length) {
      this.#listSlab();
      this.#slab = Buffer.allocUnsafeSlow(slabSize);
      this.#slabFrom = 0;
      this.#slabTo = 0;
      this.#fill(chunk, copied);
    }
    return true;
  }

  #fill(chunk: Buffer, from: number): number {
    const copied = this.#slab === undefined ? 0 : chunk.copy(this.#slab, this.#slabTo, from);
    this.#slabTo += copied;
    return copied;
  }

  #listSlab(): void {
    if (this.#slab !== undefined && this.#slabTo > this.#slabFrom) {
      const filled = this.#slab.subarray(this.#slabFrom, this.#slabTo);
      this.#slabFrom = this.#slabTo;
      this.#push(filled);
    }
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#starts.push(this.#size);
    this.#size += chunk.length;
  }

  #take(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#taken += bytes;
    return true;
  }

  #indexOf(position: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function exactCopy(chunk: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(chunk.length);
  chunk.copy(copy);
  return copy;
}

export function outside(position: number, length: number, size: number): RangeError {
  return new RangeError(`${length} bytes at ${position} lie outside of an archive of ${size} bytes`);
}
