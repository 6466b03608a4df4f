import { PeepError } from '../errors.js';
import { type Digest, isDigestAlgorithm, parseHexDigest } from '../hash/digest.js';
import { redactUrl } from '../report/redact.js';
import type { ArchiveLink } from './link.js';

/** An index page, or a page of find-links, read. */
export interface Page {
  readonly links: readonly ArchiveLink[];
  /** PEP 792, where the page says. */
  readonly status: ProjectStatus | undefined;
}

export interface ProjectStatus {
  readonly status: string;
  readonly reason: string | undefined;
}

/** Where a page came from. */
export interface PageOrigin {
  /** After redirects: relative links start here. */
  readonly url: string;
  /** As configured. */
  readonly index: string;
  readonly source: 'index' | 'find-links';
  readonly order: number;
}

/** More links than any project has. */
export const mostLinks = 500_000;

/** PEP 629: a major version above 1 may mean anything. Throws `PAGE_VERSION`. */
export function checkApiVersion(version: string, origin: PageOrigin): void {
  const major = /^(\d{1,9})\.\d{1,9}$/.exec(version.trim())?.[1];
  if (major !== undefined && Number(major) <= 1) return;
  throw new PeepError(
    'PAGE_VERSION',
    `'${redactUrl(origin.url)}' speaks version '${version.slice(0, 50)}' of the Simple API; peep knows version 1`,
    {
      hint: 'A newer peep may know it; or name another index with --index-url.',
      facts: { index: redactUrl(origin.index) },
    },
  );
}

export function malformedPage(origin: PageOrigin, why: string, cause?: unknown): PeepError {
  return new PeepError(
    'PAGE_MALFORMED',
    `'${redactUrl(origin.url)}' is no page of a Simple API index: ${why}`,
    {
      cause,
      hint: 'Check the index URL: it usually ends in /simple/. A log-in page or a proxy may answer in its place.',
      facts: { index: redactUrl(origin.index) },
    },
  );
}

/** The link of one archive, or undefined when its address is none. */
export function makeLink(
  address: string,
  base: string,
  origin: PageOrigin,
  facts: Pick<ArchiveLink, 'requiresPython' | 'yanked' | 'size' | 'uploadTime'> & {
    readonly hashes: readonly Digest[];
  },
): ArchiveLink | undefined {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    return undefined;
  }
  if (!/^(?:https?|file):$/.test(url.protocol)) return undefined;
  const hashes = [...facts.hashes, ...fragmentDigests(url.hash)];
  url.hash = '';
  return {
    filename: lastComponent(url.pathname),
    url: url.href,
    advertised: hashes,
    size: facts.size,
    requiresPython: facts.requiresPython,
    yanked: facts.yanked,
    uploadTime: facts.uploadTime,
    index: origin.index,
    source: origin.source,
    order: origin.order,
  };
}

/** Digests that count; malformed and weaker ones (md5, sha1) advertise nothing. */
export function advertisedDigest(algorithm: string, hex: string): Digest[] {
  const name = algorithm.toLowerCase();
  if (!isDigestAlgorithm(name)) return [];
  try {
    return [parseHexDigest(name, hex.trim())];
  } catch {
    return [];
  }
}

/**
 * The last component of a URL's path that is not empty, as in pip, decoded once: a second time would let `%252F`
 * become a slash.
 */
export function lastComponent(pathname: string): string {
  let end = pathname.length;
  while (end > 0 && pathname[end - 1] === '/') end -= 1;
  const raw = pathname.slice(pathname.lastIndexOf('/', end - 1) + 1, end);
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function fragmentDigests(hash: string): Digest[] {
  if (hash.length < 2) return [];
  return hash
    .slice(1)
    .split('&')
    .flatMap((part) => {
      const equals = part.indexOf('=');
      return equals === -1 ? [] : advertisedDigest(part.slice(0, equals), part.slice(equals + 1));
    });
}
