import type { Digest } from '../hash/digest.js';

/**
 * The facts that an index page (or a requirement's URL) gives about an archive. They are untrusted: digests only
 * steer the choice (contract section 4).
 */
export interface ArchiveLink {
  /**
   * The name on the page, else the last component of the URL's path, decoded once; not yet checked as an archive
   * file name (P9).
   */
  readonly filename: string;
  /** Absolute, without fragment. May contain credentials: print it only through `redactUrl`. */
  readonly url: string;
  readonly advertised: readonly Digest[];
  /** Size in bytes, if the index states it. */
  readonly size: number | undefined;
  readonly requiresPython: string | undefined;
  /** PEP 592: false, or the reason ('' when none was given). */
  readonly yanked: false | string;
  /** PEP 700, ISO 8601. */
  readonly uploadTime: string | undefined;
  /** PEP 740: the URL of the file's provenance according to the page. Untrusted, like all other fields. */
  readonly provenance?: string | undefined;
  /** The index or find-links location that listed it, as configured; undefined for a requirement's own URL. */
  readonly index: string | undefined;
  /** `store`: on this machine; `registry`: in a registry of `--store`. */
  readonly source: 'index' | 'find-links' | 'url' | 'store' | 'registry';
  /** Rank of the location in the run, for ties: find-links first, then indexes in order. */
  readonly order: number;
  /** Why the link must not be used, whatever it advertises: the rest of a sentence that begins with the file's name. */
  readonly refused?: string | undefined;
}

/** The only function that creates links; omitted fields are undefined. */
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
