import { type Digest, formatDigest, sameDigest } from '../hash/digest.js';
import type { ComputedDigests } from '../hash/verification.js';
import type { ArchiveLink } from '../resolver/link.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';

/** A file of a release, with its known digests: advertised ones, or those of its bytes. */
export interface KnownFile {
  readonly link: ArchiveLink;
  readonly digests: readonly Digest[];
}

/** Compares advertised digests. */
export function asAdvertised(link: ArchiveLink): KnownFile {
  return { link, digests: link.advertised };
}

/** Compares the digests of the bytes. */
export function asComputed(link: ArchiveLink, computed: ComputedDigests): KnownFile {
  return { link, digests: Object.values(computed) };
}

/** Links with the file name of `link` but another URL or other facts. */
export function sameNamed(link: ArchiveLink, links: readonly ArchiveLink[]): readonly ArchiveLink[] {
  return links.filter((other) => other !== link && other.filename === link.filename);
}

/**
 * Throws `ARCHIVE_AMBIGUOUS` if two files of one name are different archives: peep does not pin either until the
 * user chooses the index.
 */
export function refuseConflictingFiles(files: readonly KnownFile[], requirement: string): void {
  for (const [i, file] of files.entries()) {
    for (const other of files.slice(i + 1)) {
      const difference = differ(file, other);
      if (difference !== undefined) throw ambiguous(file.link, other.link, difference, requirement);
    }
  }
}

/** Digests of one algorithm that show that two files differ. */
function differ(a: KnownFile, b: KnownFile): readonly [Digest, Digest] | undefined {
  if (a.link.filename !== b.link.filename) return undefined;
  for (const digest of b.digests) {
    const comparable = a.digests.filter(({ algorithm }) => algorithm === digest.algorithm);
    const [own] = comparable;
    if (own !== undefined && !comparable.some((each) => sameDigest(each, digest))) return [own, digest];
  }
  return undefined;
}

function ambiguous(
  a: ArchiveLink,
  b: ArchiveLink,
  [digestA, digestB]: readonly [Digest, Digest],
  requirement: string,
): PeepError {
  const place = ({ index, url }: ArchiveLink): string => redactUrl(index ?? url);
  return new PeepError(
    'ARCHIVE_AMBIGUOUS',
    `${requirement}: '${a.filename}' is offered more than once, with different digests: ` +
      `${formatDigest(digestA)} at '${place(a)}', and ${formatDigest(digestB)} at '${place(b)}'`,
    {
      hint: 'Find out which one is right, and use only its index: with --index-url, or for this project with --index and --from.',
      facts: { indexes: [place(a), place(b)] },
    },
  );
}
