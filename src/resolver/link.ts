import type { Digest } from '../hash/digest.js';

/**
 * What an index page (or a requirement's URL) says about an archive. Nothing in it is proof: the digests
 * only steer the choice (contract section 4).
 */
export interface ArchiveLink {
  /** As the page says, else the last component of the URL's path, decoded once; not yet checked against the file-name grammar (P9). */
  readonly filename: string;
  /** Absolute, without fragment. May hold credentials: print it only through `redactUrl`. */
  readonly url: string;
  readonly advertised: readonly Digest[];
  /** Bytes, when the index says. */
  readonly size: number | undefined;
  readonly requiresPython: string | undefined;
  /** PEP 592: false, or the reason ('' when none was given). */
  readonly yanked: false | string;
  /** PEP 700, ISO 8601. */
  readonly uploadTime: string | undefined;
  /** PEP 740: where the page says that the file's provenance is. Untrusted, like all of a link. */
  readonly provenance?: string | undefined;
  /** The index or find-links location it came from, as configured; undefined for a requirement's own URL. */
  readonly index: string | undefined;
  /** `store` is the one of this machine; `registry` is a further one. */
  readonly source: 'index' | 'find-links' | 'url' | 'store' | 'registry';
  /** Rank of the location among all of the run, for ties: find-links first, then indexes in order. */
  readonly order: number;
  /** Why the link must not be followed, whatever it advertises: the rest of a sentence that begins with the file's name. */
  readonly refused?: string | undefined;
}

/** The one place where links are made: what is not said is absent. */
export function createLink(
  link: Pick<ArchiveLink, 'filename' | 'url' | 'source'> & Partial<ArchiveLink>,
): ArchiveLink {
  const { filename, url, source, advertised = [], size, requiresPython, yanked = false, uploadTime } = link;
  const { index, order = 0, refused, provenance } = link;
  const made = { filename, url, advertised, size, requiresPython, yanked, uploadTime, index, source, order };
  if (refused === undefined && provenance === undefined) return made;
  return {
    ...made,
    ...(refused !== undefined && { refused }),
    ...(provenance !== undefined && { provenance }),
  };
}
