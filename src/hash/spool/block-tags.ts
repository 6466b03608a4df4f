import { type CipherGCM, createCipheriv, randomBytes } from 'node:crypto';

/**
 * Authentication tags (GMAC, NIST SP 800-38D) of the blocks of one file, under a random key that never leaves
 * memory: a program that changes a block on disk cannot make its tag. Four times as fast as SHA-256.
 */
export class BlockTags {
  readonly #blockSize: number;
  readonly #key = randomBytes(32);
  readonly #tags: Buffer[] = [];
  #open: CipherGCM | undefined;
  #size = 0;

  constructor(blockSize: number) {
    this.#blockSize = blockSize;
  }

  /** Bytes appended so far. */
  get size(): number {
    return this.#size;
  }

  append(chunk: Buffer): void {
    for (let done = 0; done < chunk.length; ) {
      const left = this.#blockSize - (this.#size % this.#blockSize);
      const part = chunk.subarray(done, done + left);
      this.#open ??= this.#tagger(this.#tags.length);
      this.#open.setAAD(part);
      done += part.length;
      this.#size += part.length;
      if (this.#size % this.#blockSize === 0) this.#close();
    }
  }

  /** True if `block` equals the appended block with number `index`. */
  matches(index: number, block: Buffer): boolean {
    if (index === this.#tags.length) this.#close();
    const known = this.#tags[index];
    const tagger = this.#tagger(index).setAAD(block);
    tagger.final();
    return known !== undefined && tagger.getAuthTag().equals(known);
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#open.final();
    this.#tags.push(this.#open.getAuthTag());
    this.#open = undefined;
  }

  /** One nonce per block. The nonce authenticates the appended block and later reads of it; it never encrypts. */
  #tagger(index: number): CipherGCM {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(index, 8);
    return createCipheriv('aes-256-gcm', this.#key, nonce);
  }
}
