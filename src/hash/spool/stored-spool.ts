import type { FileHandle } from 'node:fs/promises';
import { PeepError, systemReason } from '../../text/errors.js';
import { BlockTags } from './block-tags.js';
import { checkRange, readBlocks, type Spool } from './spool.js';

const blockSize = 1 << 20;

/**
 * The bytes of a stored archive that is too large for memory, read from its file without a copy. Another process
 * can change the file, so each read compares the block with the one that was hashed (P4). Throws `STORE_CHANGED`.
 */
export class StoredSpool implements Spool {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #tags = new BlockTags(blockSize);
  #last: { readonly index: number; readonly block: Promise<Buffer> } | undefined;
  #released: Promise<void> | undefined;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  get size(): number {
    return this.#tags.size;
  }

  append(chunk: Buffer): void {
    this.#tags.append(chunk);
  }

  async read(position: number, length: number): Promise<Buffer> {
    checkRange(position, length, this);
    return readBlocks(position, length, blockSize, (index) => this.#block(index));
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for (let index = 0; index * blockSize < this.size; index += 1) yield await this.#load(index);
  }

  release(): Promise<void> {
    this.#last = undefined;
    this.#released ??= this.#handle.close().catch(() => undefined);
    return this.#released;
  }

  /** Reads are mostly sequential: cache the last block. */
  #block(index: number): Promise<Buffer> {
    if (this.#last?.index !== index) this.#last = { index, block: this.#load(index) };
    return this.#last.block;
  }

  async #load(index: number): Promise<Buffer> {
    const start = index * blockSize;
    const block = Buffer.allocUnsafeSlow(Math.min(blockSize, this.size - start));
    let done = 0;
    while (done < block.length) {
      const { bytesRead } = await this.#handle
        .read(block, done, block.length - done, start + done)
        .catch((cause: unknown) => {
          throw unreadable(this.#path, cause);
        });
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    if (done === block.length && this.#tags.matches(index, block)) return block;
    throw new PeepError('STORE_CHANGED', `'${this.#path}' changed while peep read it`, {
      hint: 'Run the command again; if it happens again, another program is changing the store.',
    });
  }
}

function unreadable(path: string, cause: unknown): PeepError {
  return new PeepError('FILE_UNREADABLE', `cannot read '${path}': ${systemReason(cause)}`, {
    cause,
    hint: 'Run the command again; if it fails again, check the disk.',
  });
}
