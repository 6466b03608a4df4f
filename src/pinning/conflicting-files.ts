import { sameDigest } from '../hash/digest.js';
import type { ArchiveLink } from '../resolver/link.js';
import { PeepError } from '../text/errors.js';

/** Throws `ARCHIVE_AMBIGUOUS` when two files of one name have different digests: both would be pinned. */
export function refuseConflictingFiles(release: readonly ArchiveLink[], requirement: string): void {
  const twin = release.find((link, i) => release.findIndex((other) => differ(other, link)) > i);
  if (twin === undefined) return;
  throw new PeepError(
    'ARCHIVE_AMBIGUOUS',
    `${requirement}: '${twin.filename}' is offered more than once, with different digests`,
    { hint: 'Find out which one is right, and leave the other index out (--index-url names one index).' },
  );
}

/** Files of the same name as `link` that say of themselves that they are another archive. */
export function conflictingFiles(link: ArchiveLink, links: readonly ArchiveLink[]): readonly ArchiveLink[] {
  return links.filter((other) => differ(link, other));
}

function differ(a: ArchiveLink, b: ArchiveLink): boolean {
  if (a.filename !== b.filename) return false;
  const comparable = b.advertised.filter(({ algorithm }) =>
    a.advertised.some((digest) => digest.algorithm === algorithm),
  );
  return comparable.some((digest) => !a.advertised.some((own) => sameDigest(own, digest)));
}
