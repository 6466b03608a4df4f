import { createHash, type Hash } from 'node:crypto';
import { PeepError } from '../text/errors.js';
import { type Digest, type DigestAlgorithm, type Digests, formatDigest, type Sha256 } from './digest.js';

/** Bytes that can be read at any position. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `position`; throws a `RangeError` past the end. */
  read(position: number, length: number): Promise<Buffer>;
}

/**
 * Where the bytes of one archive wait while they are hashed: memory, or ciphertext on disk (P1).
 * Everything appended can be read back; nothing else can.
 */
export interface Spool extends ByteSource {
  /**
   * Where bytes begin that another process could reach: each further pass over them is hashed again. Infinite when all
   * of them lie in this process's memory. No chunk lies on both sides.
   */
  readonly spilledFrom: number;
  /** Takes what `chunk` holds now: it may be used again as soon as this returns. A promise only when the hold has to write. */
  append(chunk: Buffer): void | Promise<void>;
  /** Where up to `length` next bytes may be read to, in order, so that `append` need not copy them. */
  room?(length: number): readonly Buffer[];
  /** Everything, in order. */
  chunks(): AsyncIterable<Buffer>;
  /** Gives memory back and deletes what was spilled. Safe to call twice. */
  release(): Promise<void>;
}

declare const verifiedBrand: unique symbol;

/**
 * An archive whose bytes hashed to a pinned digest. Only `Verification.finish` makes one: whoever holds a
 * `VerifiedArchive` may parse, store and install it; nothing else may be (P1, P2, P5).
 */
export interface VerifiedArchive extends ByteSource {
  readonly [verifiedBrand]: true;
  /** One path component that passed the strict file-name grammar (P9). */
  readonly filename: string;
  readonly sha256: Sha256;
  /** The pinned digest that matched. */
  readonly matched: Digest;
  chunks(): AsyncIterable<Buffer>;
  release(): Promise<void>;
}

/** What bytes hashed to: always sha256, and each other algorithm that a pin uses. */
export type ComputedDigests = Readonly<{ sha256: Digest }> &
  Readonly<Partial<Record<DigestAlgorithm, Digest>>>;

/** Hashes a stream of bytes with sha256 and each algorithm in `algorithms`, in one pass. */
export class MultiHash {
  readonly #hashes = new Map<DigestAlgorithm, Hash>();

  constructor(algorithms: Iterable<DigestAlgorithm> = []) {
    for (const name of new Set<DigestAlgorithm>(['sha256', ...algorithms])) {
      this.#hashes.set(name, createHash(name));
    }
  }

  update(chunk: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /** A hash of its own that has taken what this one has taken. */
  copy(): MultiHash {
    const copy = new MultiHash(this.#hashes.keys());
    for (const [name, hash] of this.#hashes) copy.#hashes.set(name, hash.copy());
    return copy;
  }

  finish(): ComputedDigests {
    const digests: Partial<Record<DigestAlgorithm, Digest>> = {};
    for (const [algorithm, hash] of this.#hashes) digests[algorithm] = { algorithm, hex: hash.digest('hex') };
    return digests as ComputedDigests;
  }
}

/** The first of `expected` that `computed` equals, or undefined. P3: no digests, no match. */
export function matchDigest(expected: Digests, computed: ComputedDigests): Digest | undefined {
  return expected.find((digest) => computed[digest.algorithm]?.hex === digest.hex);
}

/**
 * The one way from unverified to verified. Bytes go in by `write`, which hashes and holds them in the same
 * pass; `finish` compares and either hands out the archive or destroys what was held and throws
 * `DIGEST_MISMATCH`. The states follow each other: open, then finished or abandoned.
 */
export class Verification {
  readonly #expected: Digests;
  readonly #hold: Spool;
  readonly #hash: MultiHash;
  /** As it was before the first byte that is exposed. */
  #hashOfKept: MultiHash | undefined;
  #size = 0;
  #open = true;

  constructor(expected: Digests, spool: Spool) {
    this.#expected = expected;
    this.#hold = spool;
    this.#hash = new MultiHash(expected.map((digest) => digest.algorithm));
  }

  /** Bytes taken so far; a broken transfer resumes here. */
  get size(): number {
    return this.#size;
  }

  write(chunk: Buffer): void | Promise<void> {
    if (!this.#open) throw new Error('write after the end of a verification');
    const written = this.#hold.append(chunk);
    this.#size += chunk.length;
    if (this.#size > this.#hold.spilledFrom) this.#hashOfKept ??= this.#hash.copy();
    this.#hash.update(chunk);
    return written;
  }

  /** `filename` must have passed the strict file-name grammar (P9). */
  async finish(filename: string): Promise<VerifiedArchive> {
    if (!this.#open) throw new Error('a verification finishes once');
    this.#open = false;
    const computed = this.#hash.finish();
    const matched = matchDigest(this.#expected, computed);
    if (matched === undefined) {
      await this.#hold.release();
      throw digestMismatch(filename, this.#expected, computed);
    }
    return verifiedArchive(filename, computed.sha256.hex as Sha256, matched, this.#hold, this.#hashOfKept);
  }

  /** Ends a transfer that failed: forgets what was held. */
  async abandon(): Promise<void> {
    this.#open = false;
    await this.#hold.release();
  }
}

export function digestMismatch(filename: string, expected: Digests, computed: ComputedDigests): PeepError {
  return new PeepError('DIGEST_MISMATCH', `${filename} does not match the digests pinned for it`, {
    hint: 'Unless you know why its bytes changed, take it for tampered with.',
    facts: {
      filename,
      expected: expected.map(formatDigest),
      got: expected.some((digest) => digest.algorithm === 'sha256')
        ? formatDigest(computed.sha256)
        : formatDigest(computed[expected[0].algorithm] ?? computed.sha256),
      sha256: computed.sha256.hex,
    },
  });
}

function verifiedArchive(
  filename: string,
  sha256: Sha256,
  matched: Digest,
  spool: Spool,
  hashOfKept: MultiHash | undefined,
): VerifiedArchive {
  const archive: Omit<VerifiedArchive, typeof verifiedBrand> = {
    filename,
    sha256,
    matched,
    size: spool.size,
    read: (position, length) => spool.read(position, length),
    chunks: () =>
      hashOfKept === undefined ? spool.chunks() : rehashed(filename, matched, spool, hashOfKept.copy()),
    release: () => spool.release(),
  };
  return archive as VerifiedArchive;
}

/**
 * P1, P4: bytes that were out of this process's memory are hashed again in the pass that hands them on. Those before them
 * never were: `hash` has taken them.
 */
async function* rehashed(
  filename: string,
  matched: Digest,
  spool: Spool,
  hash: MultiHash,
): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const chunk of spool.chunks()) {
    if (position >= spool.spilledFrom) hash.update(chunk);
    position += chunk.length;
    yield chunk;
  }
  const computed = hash.finish();
  if (matchDigest([matched], computed) === undefined) throw digestMismatch(filename, [matched], computed);
}
