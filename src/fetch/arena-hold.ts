import type { Hold } from '../hash/verification.js';
import type { Budget } from './budget.js';
import { outside } from './memory-hold.js';

/** What memory is taken by. */
const granule = 1 << 20;

/**
 * Memory that stored archives are read into, one after the other: filling fresh pages costs as much as hashing them.
 * A hold that was released shows nothing any more, so that no late reader meets the bytes of another archive (P4).
 */
export class Arenas {
  readonly #budget: Budget;
  readonly #free: Buffer[] = [];

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** A hold for an archive of `size` bytes, no more; undefined when there is no room: it is better left on disk then. */
  hold(size: number): Hold | undefined {
    const { total, used } = this.#budget;
    if (size > (total - used) / 2) return undefined;
    const kept = this.#free.pop();
    const memory = kept !== undefined && kept.length > size ? kept : Buffer.allocUnsafeSlow(roundUp(size));
    if (!this.#budget.take(memory.length)) return undefined;
    return new ArenaHold(memory, () => {
      this.#budget.give(memory.length);
      this.#free.push(memory);
    });
  }
}

class ArenaHold implements Hold {
  readonly inMemory = true;
  #memory: Buffer;
  #giveBack: (() => void) | undefined;
  #size = 0;

  constructor(memory: Buffer, giveBack: () => void) {
    this.#memory = memory;
    this.#giveBack = giveBack;
  }

  get size(): number {
    return this.#size;
  }

  /** Empty when there is none left: a file that grew since it was looked at ends here, and its digest tells. */
  room(length: number): Buffer {
    return this.#memory.subarray(this.#size, this.#size + length);
  }

  append(chunk: Buffer): void {
    if (chunk.buffer !== this.#memory.buffer || chunk.byteOffset !== this.#size)
      throw new Error('an arena takes what was read into its room');
    this.#size += chunk.length;
  }

  /** A view that is good until the release. */
  async read(position: number, length: number): Promise<Buffer> {
    if (position < 0 || length < 0 || position + length > this.#size)
      throw outside(position, length, this.#size);
    return this.#memory.subarray(position, position + length);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    if (this.#size > 0) yield this.#memory.subarray(0, this.#size);
  }

  async release(): Promise<void> {
    this.#size = 0;
    this.#memory = Buffer.alloc(0);
    this.#giveBack?.();
    this.#giveBack = undefined;
  }
}

/** One byte more than asked for: the read that finds the end of the file needs room, too. */
function roundUp(size: number): number {
  return Math.ceil((size + 1) / granule) * granule;
}
