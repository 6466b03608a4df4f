import { type Digest, type Digests, formatDigest } from '../hash/digest.js';

/** The digests without repetition, in order, or undefined when there is none (P3). Linear in their number. */
export function digestSet(digests: Iterable<Digest>): Digests | undefined {
  const unique = new Map<string, Digest>();
  for (const digest of digests) {
    const text = formatDigest(digest);
    if (!unique.has(text)) unique.set(text, digest);
  }
  const [first, ...rest] = unique.values();
  return first === undefined ? undefined : [first, ...rest];
}

/** The digests of `a` that are in `b` as well, or undefined when there is none. */
export function sharedDigests(a: Iterable<Digest>, b: Iterable<Digest>): Digests | undefined {
  const known = new Set([...b].map(formatDigest));
  return digestSet([...a].filter((digest) => known.has(formatDigest(digest))));
}
