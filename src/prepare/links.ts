import { pathToFileURL } from 'node:url';
import { sha256Digest } from '../hash/digest.js';
import type { Pin, RequirementSource } from '../requirements/pin.js';
import { type ArchiveLink, createLink } from '../resolver/link.js';
import { lastComponent } from '../resolver/pages/archive-url.js';
import type { LocationFailure } from '../resolver/pages/client.js';
import type { OtherFiles } from '../resolver/pages/name-filter.js';
import type { StoredArchive } from '../store/store.js';

export type VersionSource = Extract<RequirementSource, { readonly kind: 'version' }>;
export type DirectSource = Exclude<RequirementSource, VersionSource>;

/** What the indexes and find-links of a run say of a pin's project. */
export interface PageLinks {
  readonly links: readonly ArchiveLink[];
  /** What else is listed there. */
  readonly others?: OtherFiles | undefined;
  readonly failures: readonly LocationFailure[];
  /** Indexes whose page of the project has no link at all. */
  readonly linkless?: readonly string[] | undefined;
  /** Where places gave no answer and were not waited for: asks these again, and waits. */
  readonly again?: (() => Promise<PageLinks>) | undefined;
}

/** The link of an archive on this machine. */
export function localLink(path: string): ArchiveLink {
  const { href, pathname } = pathToFileURL(path);
  return directLink(lastComponent(pathname), href);
}

export function directLink(filename: string, url: string): ArchiveLink {
  return createLink({ filename, url, source: 'url' });
}

export function sourceFilename(source: DirectSource): string {
  const path = source.kind === 'url' ? new URL(source.url).pathname : pathToFileURL(source.path).pathname;
  return lastComponent(path);
}

export function lockedLink(link: NonNullable<Pin['links']>[number], order: number): ArchiveLink {
  const { filename, url, digests, size } = link;
  return createLink({ filename, url, source: 'url', advertised: digests, size, order });
}

export function storedLink({ filename, sha256, size }: StoredArchive): ArchiveLink {
  const url = `store:${sha256}/${filename}`;
  return createLink({ filename, url, source: 'store', advertised: [sha256Digest(sha256)], size });
}
