import { createHash, type Hash } from 'node:crypto';
import { type ErrorDetails, PeepError } from '../text/errors.js';
import {
  type Digest,
  type DigestAlgorithm,
  type Digests,
  formatDigest,
  type Sha256,
  type Sha256Digest,
} from './digest.js';
import type { ByteSource, Spool } from './spool/spool.js';

declare const verifiedBrand: unique symbol;

/**
 * An archive whose bytes match a pinned digest. Only `Verification.finish` creates one. Only code that has a
 * `VerifiedArchive` may parse, store or install an archive (P1, P2, P5).
 */
export interface VerifiedArchive extends ByteSource {
  readonly [verifiedBrand]: true;
  /** One path component that is a valid archive file name (P9). */
  readonly filename: string;
  readonly sha256: Sha256;
  /** The pinned digest that the bytes match. */
  readonly matched: Digest;
  chunks(): AsyncIterable<Buffer>;
  release(): Promise<void>;
}

/** The digests of some bytes: always sha256, and each other algorithm that a pin uses. */
export type ComputedDigests = Readonly<{ sha256: Sha256Digest }> &
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

  finish(): ComputedDigests {
    const digests: Partial<Record<DigestAlgorithm, Digest>> = {};
    for (const [algorithm, hash] of this.#hashes) digests[algorithm] = { algorithm, hex: hash.digest('hex') };
    return digests as ComputedDigests;
  }
}

/** The first digest of `expected` that equals one in `computed`, or undefined. P3: without digests nothing matches. */
export function matchDigest(expected: readonly Digest[], computed: ComputedDigests): Digest | undefined {
  return expected.find((digest) => computed[digest.algorithm]?.hex === digest.hex);
}

/** Bytes without a known pin: they match nothing (P3) until a pin with one of their digests exists. */
export interface Unpinned {
  readonly algorithms: readonly DigestAlgorithm[];
}

/**
 * The only way to create a `VerifiedArchive`. `write` hashes and spools the bytes in the same pass; `finish`
 * compares the digests and either returns the archive, or destroys the spool and throws `DIGEST_MISMATCH`. The
 * state is open, then ended, then finished or abandoned.
 */
export class Verification {
  readonly #expected: readonly Digest[];
  readonly #spool: Spool;
  readonly #hash: MultiHash;
  #computed: ComputedDigests | undefined;
  #size = 0;
  #open = true;

  constructor(expected: Digests | Unpinned, spool: Spool) {
    this.#expected = 'algorithms' in expected ? [] : expected;
    this.#spool = spool;
    this.#hash = new MultiHash(
      'algorithms' in expected ? expected.algorithms : expected.map((digest) => digest.algorithm),
    );
  }

  /** Bytes written so far; a broken transfer resumes here. */
  get size(): number {
    return this.#size;
  }

  write(chunk: Buffer): void | Promise<void> {
    if (!this.#open || this.#computed !== undefined) throw new Error('write after the end of a verification');
    const written = this.#spool.append(chunk);
    this.#size += chunk.length;
    this.#hash.update(chunk);
    return written;
  }

  /** Computes the digests of the bytes; nothing may be written afterwards. */
  end(): ComputedDigests {
    this.#computed ??= this.#hash.finish();
    return this.#computed;
  }

  /**
   * `filename` must be a valid archive file name (P9). `pinned`: the digests of a pin that was made after hashing
   * the bytes.
   */
  async finish(filename: string, pinned: readonly Digest[] = this.#expected): Promise<VerifiedArchive> {
    if (!this.#open) throw new Error('finish was called twice');
    this.#open = false;
    const computed = this.end();
    const matched = matchDigest(pinned, computed);
    if (matched === undefined) {
      await this.#spool.release();
      throw new DigestMismatch(filename, comparable(pinned, computed));
    }
    return verifiedArchive(filename, computed.sha256.hex, matched, this.#spool);
  }

  /** Ends a failed transfer: discards the bytes. */
  async abandon(): Promise<void> {
    this.#open = false;
    await this.#spool.release();
  }
}

/** `DIGEST_MISMATCH` with the digest of the bytes; of an algorithm that a pin uses, if possible. */
export class DigestMismatch extends PeepError {
  readonly got: Digest;

  constructor(filename: string, got: Digest, facts: NonNullable<ErrorDetails['facts']> = {}) {
    super('DIGEST_MISMATCH', `${filename} does not match the digests pinned for it`, {
      hint: 'Treat it as tampered with, unless you know why its bytes changed.',
      facts: { ...facts, filename, got: formatDigest(got) },
    });
    this.got = got;
  }
}

/** The computed digest to show beside the pinned ones: one of the same algorithm. */
function comparable(expected: readonly Digest[], computed: ComputedDigests): Digest {
  const own = expected.find(({ algorithm }) => algorithm === 'sha256') ?? expected[0];
  return computed[own?.algorithm ?? 'sha256'] ?? computed.sha256;
}

function verifiedArchive(filename: string, sha256: Sha256, matched: Digest, spool: Spool): VerifiedArchive {
  const archive: Omit<VerifiedArchive, typeof verifiedBrand> = {
    filename,
    sha256,
    matched,
    size: spool.size,
    read: (position, length) => spool.read(position, length),
    chunks: () => spool.chunks(),
    release: () => spool.release(),
  };
  return archive as VerifiedArchive;
}
