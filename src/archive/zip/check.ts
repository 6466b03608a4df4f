import { createHash, type Hash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { DigestAlgorithm } from '../../hash/digest.js';
import { RuleViolation } from '../findings.js';
import type { ZipEntry } from './central.js';

/** The expected hash of an entry's content. */
export interface ExpectedHash {
  readonly algorithm: DigestAlgorithm | undefined;
  readonly base64url: string;
}

/** Computes size, CRC and hash of the unpacked content of an entry, and compares them with the stated values. */
export class ContentCheck {
  readonly #entry: ZipEntry;
  readonly #expected: ExpectedHash | undefined;
  #hash: Hash | undefined;
  #size = 0;
  #crc = 0;

  constructor(entry: ZipEntry, expected: ExpectedHash | undefined) {
    this.#entry = entry;
    this.#expected = expected;
  }

  update(block: Buffer): void {
    this.#size += block.length;
    if (this.#size > this.#entry.size) {
      const message = `unpacks to more than the stated ${this.#entry.size} bytes`;
      throw new RuleViolation('zip-size', this.#entry.name, message);
    }
    this.#crc = crc32(block, this.#crc);
    if (this.#expected?.algorithm === undefined) return;
    this.#hash ??= createHash(this.#expected.algorithm);
    this.#hash.update(block);
  }

  finish(): void {
    const algorithm = this.#expected?.algorithm;
    if (algorithm !== undefined) this.#hash ??= createHash(algorithm);
    this.#compare(this.#hash?.digest('base64url'));
  }

  /** `update` and `finish` in one call, for content in one piece. */
  whole(content: Buffer): void {
    this.#size = content.length;
    this.#crc = crc32(content);
    const algorithm = this.#expected?.algorithm;
    this.#compare(algorithm === undefined ? undefined : hash(algorithm, content, 'base64url'));
  }

  #compare(digest: string | undefined): void {
    const { name, size, crc } = this.#entry;
    if (this.#size !== size) {
      throw new RuleViolation('zip-size', name, `unpacks to ${this.#size} bytes, not the stated ${size}`);
    }
    if ((this.#crc | 0) !== crc) {
      throw new RuleViolation('zip-crc', name, 'the content does not match the CRC in the headers');
    }
    if (digest !== undefined && digest !== this.#expected?.base64url) {
      throw new RuleViolation('wheel-record-hash', name, 'the content does not match the hash in RECORD');
    }
  }
}
