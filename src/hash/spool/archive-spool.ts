import { EncryptedSpool } from './encrypted-spool.js';
import { type ArchiveMemory, MemorySpool } from './memory-spool.js';
import type { Spool } from './spool.js';

export interface SpoolDeps {
  readonly memory: ArchiveMemory;
  /** The directory for ciphertext, inside the store's temp directory. Created on demand. */
  readonly spillDirectory: string;
}

/**
 * A spool that starts in memory and continues as ciphertext on disk when the budget is used up. An archive larger
 * than half of the budget leaves a quarter of the free memory to others, so that it cannot displace them all.
 */
export function createSpool(deps: SpoolDeps, announcedSize: number | undefined): Spool {
  const { total, used } = deps.memory;
  const isLarge = announcedSize !== undefined && announcedSize > total / 2;
  return new ArchiveSpool(deps, isLarge ? ((total - used) * 3) / 4 : total);
}

/**
 * A memory spool for an archive of the store; undefined if it would use too much of the remaining memory: the
 * archive then stays on disk.
 */
export function createStoredSpool(memory: ArchiveMemory, size: number): Spool | undefined {
  const { total, used } = memory;
  if (size > (total - used) / 2) return undefined;
  const spool = new MemorySpool(memory);
  if (spool.reserve(size)) return spool;
  void spool.release();
  return undefined;
}

/** The first bytes are in memory; bytes that did not fit are in a ciphertext file. */
class ArchiveSpool implements Spool {
  readonly #spillDirectory: string;
  readonly #memory: MemorySpool;
  /** Bytes. */
  readonly #maxInMemory: number;
  #sealed: EncryptedSpool | undefined;

  constructor({ memory, spillDirectory }: SpoolDeps, maxInMemory: number) {
    this.#spillDirectory = spillDirectory;
    this.#memory = new MemorySpool(memory);
    this.#maxInMemory = maxInMemory;
  }

  get size(): number {
    return this.#memory.size + (this.#sealed?.size ?? 0);
  }

  append(chunk: Buffer): void | Promise<void> {
    if (this.#sealed === undefined) {
      if (this.#memory.size + chunk.length <= this.#maxInMemory && this.#memory.tryAppend(chunk)) return;
      this.#sealed = new EncryptedSpool(this.#spillDirectory);
    }
    return this.#sealed.append(chunk);
  }

  async read(position: number, length: number): Promise<Buffer> {
    const boundary = this.#memory.size;
    if (this.#sealed === undefined || position + length <= boundary)
      return this.#memory.read(position, length);
    if (position >= boundary) return this.#sealed.read(position - boundary, length);
    const first = boundary - position;
    const parts = [this.#memory.read(position, first), this.#sealed.read(0, length - first)];
    return Buffer.concat(await Promise.all(parts), length);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    yield* this.#memory.chunks();
    if (this.#sealed !== undefined) yield* this.#sealed.chunks();
  }

  async release(): Promise<void> {
    await this.#memory.release();
    await this.#sealed?.release();
  }
}
