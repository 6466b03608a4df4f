import { hash } from 'node:crypto';
import { PeepError } from '../text/errors.js';

/** The accepted algorithms, with the bytes of their digests. md5 and sha1 are never accepted (contract section 3). */
const byteLengths = { sha256: 32, sha384: 48, sha512: 64 } as const;

export type DigestAlgorithm = keyof typeof byteLengths;

/** The accepted algorithms, for messages: `sha256, sha384 or sha512`. */
export const algorithmNames = Object.keys(byteLengths)
  .join(', ')
  .replace(/, (?=\w+$)/, ' or ');

declare const sha256Brand: unique symbol;
/** A sha256 digest: 64 lower-case hex digits. */
export type Sha256 = string & { readonly [sha256Brand]: true };

export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Lower-case hex of the digest's full length. */
  readonly hex: string;
}

export interface Sha256Digest extends Digest {
  readonly algorithm: 'sha256';
  readonly hex: Sha256;
}

/** P3: a set of digests that can match is never empty, and the type enforces it. */
export type Digests = readonly [Digest, ...Digest[]];

export function isDigestAlgorithm(name: string): name is DigestAlgorithm {
  return Object.hasOwn(byteLengths, name);
}

/** The number of hex digits of a digest. */
export function hexLength(algorithm: DigestAlgorithm): number {
  return byteLengths[algorithm] * 2;
}

/**
 * Reads `hex` as a digest of `algorithm`. Upper-case digits are accepted, as in pip; any other length or character
 * throws `DIGEST_MALFORMED`.
 */
export function parseHexDigest(algorithm: DigestAlgorithm, hex: string): Digest {
  const digits = hexLength(algorithm);
  if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex)) {
    throw malformed(algorithm, hex, `expected ${digits} hex digits`);
  }
  return { algorithm, hex: hex.toLowerCase() };
}

/**
 * Reads the digest of a `# sha256:` comment: unpadded base64url of 32 bytes, or 64 hex digits. Decoding is
 * canonical: text that does not encode back to itself throws `DIGEST_MALFORMED`.
 */
export function parsePeepDigest(text: string): Digest {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return parseHexDigest('sha256', text);
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== byteLengths.sha256 || bytes.toString('base64url') !== text) {
    throw malformed('sha256', text, 'expected 43 characters of unpadded base64url, or 64 hex digits');
  }
  return { algorithm: 'sha256', hex: bytes.toString('hex') };
}

/** Formats a digest for peep's hash comments: unpadded base64url. */
export function toPeepDigest(digest: Digest): string {
  return Buffer.from(digest.hex, 'hex').toString('base64url');
}

/** `sha256:HEX`, as in pip's `--hash` and in reports. */
export function formatDigest(digest: Digest): string {
  return `${digest.algorithm}:${digest.hex}`;
}

/** Both forms of a sha256 digest, with the form of `style` first, so that either can be searched for. */
export function digestInBothForms(digest: Digest, style: 'peep' | 'pip'): string {
  const hex = formatDigest(digest);
  if (digest.algorithm !== 'sha256') return hex;
  return style === 'peep' ? `${toPeepDigest(digest)} (${hex})` : `${hex} (${toPeepDigest(digest)})`;
}

/** 64 lower-case hex digits, or undefined. */
export function readSha256(text: string): Sha256 | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? (text as Sha256) : undefined;
}

export function sha256Of(bytes: Uint8Array): Sha256 {
  return hash('sha256', bytes, 'hex') as Sha256;
}

export function sha256Digest(sha256: Sha256): Sha256Digest {
  return { algorithm: 'sha256', hex: sha256 };
}

/** The sha256 of a digest, if that is its algorithm. */
export function asSha256(digest: Digest): Sha256 | undefined {
  return digest.algorithm === 'sha256' ? (digest.hex as Sha256) : undefined;
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.algorithm === b.algorithm && a.hex === b.hex;
}

/** The digests without duplicates, in order; undefined for an empty list (P3). Takes linear time. */
export function digestSet(digests: Iterable<Digest>): Digests | undefined {
  const unique = new Map<string, Digest>();
  for (const digest of digests) {
    const text = formatDigest(digest);
    if (!unique.has(text)) unique.set(text, digest);
  }
  const [first, ...rest] = unique.values();
  return first === undefined ? undefined : [first, ...rest];
}

/** The digests of `a` that are also in `b`, or undefined if there are none. */
export function sharedDigests(a: Iterable<Digest>, b: Iterable<Digest>): Digests | undefined {
  const known = new Set([...b].map(formatDigest));
  return digestSet([...a].filter((digest) => known.has(formatDigest(digest))));
}

function malformed(algorithm: DigestAlgorithm, text: string, why: string): PeepError {
  return new PeepError('DIGEST_MALFORMED', `'${text}' is not a ${algorithm} digest: ${why}`, {
    hint: '`peep hash ARCHIVE` prints the line for a local archive.',
  });
}
