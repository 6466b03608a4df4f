import type { Digest } from '../hash/digest.js';
import type { ArchiveLink } from './link.js';
import {
  advertisedDigest,
  checkApiVersion,
  makeLink,
  malformedPage,
  mostLinks,
  type Page,
  type PageOrigin,
  type ProjectStatus,
} from './page.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a page of PEP 691 (with PEP 700 and 792). Strict about what it needs, lenient where indexes are known to
 * write an empty string for nothing. Throws `PAGE_VERSION` and `PAGE_MALFORMED`.
 */
export function parseJsonPage(text: string, origin: PageOrigin): Page {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (cause) {
    throw malformedPage(origin, 'it is no JSON', cause);
  }
  if (!isObject(page)) throw malformedPage(origin, 'its JSON is no object');
  const meta = isObject(page.meta) ? page.meta : {};
  checkApiVersion(typeof meta['api-version'] === 'string' ? meta['api-version'] : '1.0', origin);
  if (!Array.isArray(page.files)) throw malformedPage(origin, "its JSON has no list 'files'");
  if (page.files.length > mostLinks) throw malformedPage(origin, `it has more than ${mostLinks} files`);
  const links = page.files.flatMap((file: unknown, i) => fileLink(file, i, origin));
  return { links, status: projectStatus(page['project-status'] ?? meta['project-status']) };
}

function fileLink(file: unknown, i: number, origin: PageOrigin): ArchiveLink[] {
  if (!isObject(file) || typeof file.url !== 'string')
    throw malformedPage(origin, `file ${i + 1} of its JSON has no 'url'`);
  const link = makeLink(file.url, origin.url, origin, {
    hashes: digestsOf(file.hashes),
    size:
      typeof file.size === 'number' && Number.isSafeInteger(file.size) && file.size >= 0
        ? file.size
        : undefined,
    uploadTime: text(file['upload-time']),
    requiresPython: text(file['requires-python']),
    yanked: file.yanked === true ? '' : (text(file.yanked) ?? false),
  });
  return link === undefined ? [] : [link];
}

function digestsOf(hashes: unknown): Digest[] {
  if (!isObject(hashes)) return [];
  return Object.entries(hashes).flatMap(([algorithm, hex]) =>
    typeof hex === 'string' ? advertisedDigest(algorithm, hex) : [],
  );
}

function projectStatus(value: unknown): ProjectStatus | undefined {
  if (typeof value === 'string') return { status: value, reason: undefined };
  if (!isObject(value) || typeof value.status !== 'string') return undefined;
  return { status: value.status, reason: text(value.reason) };
}

/** A text with something in it. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
