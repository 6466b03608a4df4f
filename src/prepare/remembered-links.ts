import type { ArchiveLink } from '../resolver/link.js';
import type { VerifiedOutcome } from './outcome.js';

/**
 * The links to store as the listing of a release. An index need not state Requires-Python; if the inspection found
 * it, the link of the verified archive gets it.
 */
export function linksToRemember(
  links: readonly ArchiveLink[],
  { archive, inspection }: VerifiedOutcome,
): readonly ArchiveLink[] {
  const requiresPython = inspection?.needs.requiresPython;
  return links.map((link) =>
    isSame(link, archive.link) && link.requiresPython === undefined ? { ...link, requiresPython } : link,
  );
}

/** The URL of an archive in a registry differs from the one on the page. */
function isSame(link: ArchiveLink, from: ArchiveLink): boolean {
  return link.url === from.url || (from.source === 'registry' && link.filename === from.filename);
}
