import { isTrusted } from '../../config/origin.js';
import { type Digest, isDigestAlgorithm, parseHexDigest } from '../../hash/digest.js';
import type { ProjectName } from '../../packaging/types.js';
import { clipped } from '../../text/clip.js';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { type ArchiveLink, createLink } from '../link.js';
import { type ArchiveUrl, archiveUrl, lastComponent } from './archive-url.js';
import type { OtherFiles } from './name-filter.js';

/** A parsed index page, or page of find-links. */
export interface Page {
  readonly links: readonly ArchiveLink[];
  /** A summary of the files that the filter excluded. */
  readonly others: ReadonlyMap<ProjectName, OtherFiles>;
  /** PEP 792, if the page has it. */
  readonly status: ProjectStatus | undefined;
  /** True if an HTML page has no links at all. */
  readonly isLinkless?: boolean;
}

export interface ProjectStatus {
  readonly status: string;
  readonly reason: string | undefined;
}

/** The origin of a page. */
export interface PageOrigin {
  /** URL after redirects; relative links are resolved against it. */
  readonly url: string;
  /** URL of the index or find-links location as configured. */
  readonly index: string;
  readonly source: 'index' | 'find-links';
  readonly order: number;
  /** `--trusted-host`: hosts whose plain http is trusted like https. */
  readonly trustedHosts?: readonly string[] | undefined;
}

/** More links than any project has. */
export const maxLinks = 500_000;

/** PEP 629: a major version above 1 may have any meaning. Throws `PAGE_VERSION`. */
export function checkApiVersion(version: string, origin: PageOrigin): void {
  const major = /^(\d{1,9})(?:\.\d{1,9})?$/.exec(version.trim())?.[1];
  if (major !== undefined && Number(major) <= 1) return;
  throw new PeepError(
    'PAGE_VERSION',
    `'${redactUrl(origin.url)}' speaks version '${clipped(version, 50)}' of the Simple API; peep knows version 1`,
    {
      hint: 'A newer peep may know it; or name another index with --index-url.',
      facts: { index: redactUrl(origin.index) },
    },
  );
}

const pageHint =
  'Check the index URL: it usually ends in /simple/. A log-in page or a proxy may answer in its place.';

/** `endsEarly`: the page may be truncated, and a retry may bring all of it. */
export function malformedPage(
  origin: PageOrigin,
  why: string,
  cause?: unknown,
  { endsEarly = false, hint = pageHint }: { readonly endsEarly?: boolean; readonly hint?: string } = {},
): PeepError {
  return new PeepError(
    'PAGE_MALFORMED',
    `'${redactUrl(origin.url)}' is not a page of a Simple API index: ${why}`,
    {
      cause,
      hint,
      facts: { index: redactUrl(origin.index), endsEarly },
    },
  );
}

/** The facts that a page gives about an archive, besides its URL. */
export interface LinkFacts {
  /** PEP 691: the file name, if it is not the last part of the URL. */
  readonly filename?: string | undefined;
  readonly hashes: readonly Digest[];
  readonly size: number | undefined;
  readonly uploadTime: string | undefined;
  readonly requiresPython: string | undefined;
  readonly yanked: false | string;
  readonly provenance?: string | undefined;
}

/** The facts about an archive of which only the URL is known. */
export const noFacts: LinkFacts = {
  hashes: [],
  size: undefined,
  uploadTime: undefined,
  requiresPython: undefined,
  yanked: false,
};

/** Servers do not accept longer URLs. */
const maxAddress = 16_384;

/** The link of one archive, or undefined if its URL is not an http, https or file URL. */
export function makeLink(
  address: string,
  base: string,
  origin: PageOrigin,
  facts: LinkFacts,
): ArchiveLink | undefined {
  if (address.length > maxAddress) return undefined;
  const target = archiveUrl(address, base);
  if (target === undefined) return undefined;
  const { index, source, order } = origin;
  const { size, uploadTime, requiresPython, yanked } = facts;
  const digests = target.fragment === '' ? [] : advertisedInFragment(target.fragment);
  const advertised = facts.hashes.length === 0 ? digests : [...facts.hashes, ...digests];
  const filename = facts.filename ?? lastComponent(target.path);
  const refused = downgrade(target, origin) ?? unreadable(facts);
  return createLink({
    ...{
      filename,
      url: target.url,
      advertised,
      size,
      requiresPython,
      yanked,
      uploadTime,
      index,
      source,
      order,
    },
    refused,
    provenance: facts.provenance === undefined ? undefined : provenanceUrl(facts.provenance, base),
  });
}

/** Keep a URL that cannot be resolved: it must not count as missing provenance (P11). */
function provenanceUrl(address: string, base: string): string {
  return /^https?:/i.test(address) ? address : (archiveUrl(address, base)?.url ?? address);
}

/** Longer than any real specifier set. */
const maxSpecifier = 4_096;

/** Do not ignore a specifier that is too long to parse: it might exclude the target's Python. */
function unreadable({ requiresPython }: LinkFacts): string | undefined {
  if (requiresPython === undefined || requiresPython.length <= maxSpecifier) return undefined;
  return `has a Requires-Python of more than ${maxSpecifier} characters`;
}

/** The advertised digests of accepted algorithms; malformed and weaker ones (md5, sha1) are ignored. */
export function advertisedDigest(algorithm: string, hex: string): Digest[] {
  const name = algorithm.toLowerCase();
  if (!isDigestAlgorithm(name)) return [];
  try {
    return [parseHexDigest(name, hex)];
  } catch {
    return [];
  }
}

/** The digests in the fragment of an archive's URL, as in `#sha256=HEX`. */
export function advertisedInFragment(fragment: string): Digest[] {
  return fragment.includes('&') ? fragment.split('&').flatMap(partDigest) : partDigest(fragment);
}

function partDigest(part: string): Digest[] {
  const equals = part.indexOf('=');
  return equals === -1 ? [] : advertisedDigest(part.slice(0, equals), part.slice(equals + 1));
}

/**
 * A page from the network must not link to files of this machine, and a page over https must not link to plain
 * http.
 */
function downgrade({ scheme, url }: ArchiveUrl, { url: page, trustedHosts }: PageOrigin): string | undefined {
  if (scheme === 'https') return undefined;
  if (scheme === 'file') {
    return /^https?:/i.test(page)
      ? 'is linked as a file of this machine by a page from the network'
      : undefined;
  }
  if (!/^https:/i.test(page) || isTrusted(new URL(url), trustedHosts ?? [])) return undefined;
  return 'is linked over plain http by a page that came over https; --trusted-host allows it';
}
