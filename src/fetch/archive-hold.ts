import type { Hold } from '../hash/verification.js';
import { type ArchiveMemory, MemoryHold } from './memory-hold.js';
import { SealedHold } from './sealed-hold.js';

export interface HoldDeps {
  readonly memory: ArchiveMemory;
  /** Where ciphertext goes; inside the store's temp folder. Made when it is needed. */
  readonly spillFolder: string;
}

/**
 * A hold that begins in memory and moves to ciphertext on disk when the budget is used up. An archive that was
 * announced as larger than half of the budget is sealed from the start, so that one alone cannot crowd out the rest.
 */
export function createHold(deps: HoldDeps, announcedSize: number | undefined): Hold {
  const sealed = announcedSize !== undefined && announcedSize > deps.memory.total / 2;
  return new ArchiveHold(deps, sealed);
}

/**
 * A hold in memory for an archive of the store; undefined when it would take too much of what is left: the archive is
 * better left on disk then.
 */
export function createStoredHold(memory: ArchiveMemory, size: number): Hold | undefined {
  const { total, used } = memory;
  if (size > (total - used) / 2) return undefined;
  const hold = new MemoryHold(memory);
  if (hold.reserve(size)) return hold;
  void hold.release();
  return undefined;
}

class ArchiveHold implements Hold {
  readonly #spillFolder: string;
  readonly #memory: MemoryHold;
  #sealed: SealedHold | undefined;

  constructor({ memory, spillFolder }: HoldDeps, sealed: boolean) {
    this.#spillFolder = spillFolder;
    this.#memory = new MemoryHold(memory);
    if (sealed) this.#sealed = new SealedHold(spillFolder);
  }

  get inMemory(): boolean {
    return this.#sealed === undefined;
  }

  get size(): number {
    return (this.#sealed ?? this.#memory).size;
  }

  append(chunk: Buffer): void | Promise<void> {
    if (this.#sealed !== undefined) return this.#sealed.append(chunk);
    if (!this.#memory.tryAppend(chunk)) return this.#spill(chunk);
  }

  read(position: number, length: number): Promise<Buffer> {
    return (this.#sealed ?? this.#memory).read(position, length);
  }

  chunks(): AsyncIterable<Buffer> {
    return (this.#sealed ?? this.#memory).chunks();
  }

  async release(): Promise<void> {
    await this.#memory.release();
    await this.#sealed?.release();
  }

  async #spill(passing: Buffer): Promise<void> {
    const chunk = Buffer.from(passing);
    const sealed = new SealedHold(this.#spillFolder);
    this.#sealed = sealed;
    for await (const kept of this.#memory.chunks()) await sealed.append(kept);
    await this.#memory.release();
    await sealed.append(chunk);
  }
}
