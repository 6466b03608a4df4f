import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from '../../files/make-directory.js';
import { tempName } from '../../files/temp-name.js';
import { PeepError, systemReason } from '../../text/errors.js';
import { checkRange, readBlocks, type Spool } from './spool.js';

const blockSize = 512 * 1024;
/** Maximum number of blocks that wait for the disk; when it is reached, the transfer waits too. */
const writesAtOnce = 2;
const cipher = 'aes-256-gcm';

/**
 * P1: an archive that does not fit into memory, as ciphertext. Each block is encrypted with AES-256-GCM under a
 * random key of this archive that never leaves memory. Nonces are block numbers and tags stay in memory, so every
 * read detects a changed block. The file is unlinked once it is open (if the system allows that): a killed process
 * leaves nothing behind, and ciphertext without its key is useless.
 */
export class EncryptedSpool implements Spool {
  readonly #directory: string;
  readonly #key = randomBytes(32);
  readonly #tags: Buffer[] = [];
  readonly #writes = new Set<Promise<void>>();
  /** Plaintext of the last, incomplete block. */
  readonly #tail = Buffer.allocUnsafeSlow(blockSize);
  #tailUsed = 0;
  #size = 0;
  #file: Promise<SpillFile> | undefined;
  #failure: unknown;
  #released = false;
  #cached: { readonly index: number; readonly block: Promise<Buffer> } | undefined;

  /** `directory` is created when the first block is written. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get size(): number {
    return this.#size;
  }

  append(chunk: Buffer): void | Promise<void> {
    if (this.#released) throw new Error('append to a released spool');
    for (let offset = 0; offset < chunk.length; ) {
      const copied = chunk.copy(this.#tail, this.#tailUsed, offset);
      this.#tailUsed += copied;
      this.#size += copied;
      offset += copied;
      if (this.#tailUsed === blockSize) this.#sealTail();
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#writes.size >= writesAtOnce) return this.#room();
  }

  async read(position: number, length: number): Promise<Buffer> {
    checkRange(position, length, this);
    await this.#written();
    return readBlocks(position, length, blockSize, (index) => this.#block(index));
  }

  async *chunks(): AsyncGenerator<Buffer> {
    await this.#written();
    const count = Math.ceil(this.#size / blockSize);
    // One buffer is enough: the next block is read after this one is decrypted.
    const sealed = Buffer.allocUnsafeSlow(blockSize);
    let next = count === 0 ? undefined : this.#load(0, sealed);
    for (let index = 0; next !== undefined; index++) {
      const block = await next;
      // The next block is read while this one is hashed and written.
      next = index + 1 < count ? this.#load(index + 1, sealed) : undefined;
      next?.catch(() => undefined);
      yield block;
    }
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#key.fill(0);
    this.#tail.fill(0);
    this.#cached = undefined;
    await Promise.allSettled(this.#writes);
    await (await this.#file?.catch(() => undefined))?.remove();
  }

  #sealTail(): void {
    const index = this.#tags.length;
    const seal = createCipheriv(cipher, this.#key, nonce(index));
    const sealed = seal.update(this.#tail);
    seal.final();
    this.#tags.push(seal.getAuthTag());
    this.#tailUsed = 0;
    this.#file ??= createSpillFile(this.#directory);
    const write: Promise<void> = this.#file
      .then((file) => writeAll(file.handle, sealed, index * blockSize))
      .catch((error: unknown) => {
        this.#failure ??= spillFailed(this.#directory, error);
      })
      .finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  async #room(): Promise<void> {
    while (this.#writes.size >= writesAtOnce) await Promise.race(this.#writes);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #written(): Promise<void> {
    await Promise.all(this.#writes);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Reads are mostly sequential: cache the last block, unless it still grows. */
  #block(index: number): Promise<Buffer> {
    if (this.#cached?.index === index) return this.#cached.block;
    const block = this.#load(index);
    if (index < this.#tags.length) this.#cached = { index, block };
    return block;
  }

  /** `sealed`: buffer for the ciphertext. */
  async #load(index: number, sealed = Buffer.allocUnsafeSlow(blockSize)): Promise<Buffer> {
    if (this.#released) throw new Error('read from a released spool');
    const tag = this.#tags[index];
    if (tag === undefined) return Buffer.from(this.#tail.subarray(0, this.#tailUsed));
    const file = await this.#file;
    try {
      if (file === undefined || (await readAll(file.handle, sealed, index * blockSize)) < blockSize) {
        throw new Error('the spill file is shorter than what was written to it');
      }
      const opened = createDecipheriv(cipher, this.#key, nonce(index));
      opened.setAuthTag(tag);
      const plain = opened.update(sealed);
      opened.final();
      return plain;
    } catch (error) {
      throw spillFailed(this.#directory, error);
    }
  }
}

interface SpillFile {
  readonly handle: FileHandle;
  remove(): Promise<void>;
}

async function createSpillFile(directory: string): Promise<SpillFile> {
  makeDirectory(directory, 0o700);
  const path = join(directory, tempName());
  const handle = await open(path, 'wx+', 0o600);
  // Windows may refuse to delete an open file; it is then deleted after closing.
  const nameless = await unlink(path).then(
    () => true,
    () => false,
  );
  return {
    handle,
    async remove() {
      await handle.close().catch(() => undefined);
      if (!nameless) await unlink(path).catch(() => undefined);
    },
  };
}

function nonce(index: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(index, 8);
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function readAll(handle: FileHandle, bytes: Buffer, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

function spillFailed(directory: string, cause: unknown): PeepError {
  return new PeepError(
    'SPILL_FAILED',
    `cannot write the encrypted copy of an archive that exceeds the memory budget to '${directory}': ${systemReason(cause)}`,
    {
      cause,
      hint: 'Raise --memory-budget, or name a directory with free space with --cache-dir.',
      facts: { directory },
    },
  );
}
