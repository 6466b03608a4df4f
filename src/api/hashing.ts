import {
  type Digest,
  digestSet,
  formatDigest,
  isDigestAlgorithm,
  parseHexDigest,
  parsePeepDigest,
} from '../hash/digest.js';
import { hashFile } from '../hash/hash-file.js';
import { matchDigest } from '../hash/verification.js';

/** The result of `verifyArchive`. */
export interface ArchiveVerdict {
  /** True if one of the expected digests matches the file. */
  readonly verified: boolean;
  /** `sha256:HEX` of the file, whether or not it matches. */
  readonly sha256: string;
}

/** Computes the sha256 of a local file, as `sha256:HEX`. Throws `FILE_UNREADABLE`. */
export async function hashArchive(path: string): Promise<string> {
  const { sha256 } = await hashFile(path);
  return formatDigest(sha256);
}

/**
 * Hashes a local file and compares it with the pinned digests. One match is enough; an empty list never matches.
 * Digests have the forms that `parseDigest` reads. Throws `DIGEST_MALFORMED` and `FILE_UNREADABLE`.
 */
export async function verifyArchive(path: string, digests: readonly string[]): Promise<ArchiveVerdict> {
  const expected = digestSet(digests.map(parseDigest));
  const computed = await hashFile(
    path,
    (expected ?? []).map(({ algorithm }) => algorithm),
  );
  const verified = expected !== undefined && matchDigest(expected, computed) !== undefined;
  return { verified, sha256: formatDigest(computed.sha256) };
}

/**
 * Reads a digest: `ALGORITHM:HEX` with sha256, sha384 or sha512 as in pip, or the base64url text of a `# sha256:`
 * comment. Throws `DIGEST_MALFORMED`.
 */
export function parseDigest(text: string): Digest {
  const [algorithm = '', hex] = text.split(':', 2);
  return hex !== undefined && isDigestAlgorithm(algorithm)
    ? parseHexDigest(algorithm, hex)
    : parsePeepDigest(text);
}
