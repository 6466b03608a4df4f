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

/** The links for a pin's project from the indexes and find-links of a run. */
export interface PageLinks {
  readonly links: readonly ArchiveLink[];
  /** A summary of the other files that are listed. */
  readonly others?: OtherFiles | undefined;
  readonly failures: readonly LocationFailure[];
  /** Indexes whose page of the project has no links at all. */
  readonly linkless?: readonly string[] | undefined;
  /** Set if locations did not answer and peep did not wait for them: asks them again, and waits. */
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

/** True for a path or file URL: it needs no network, so `--offline` allows it. */
export function isLocal({ source }: Pin): boolean {
  return source.kind === 'path' || (source.kind === 'url' && source.url.startsWith('file:'));
}
