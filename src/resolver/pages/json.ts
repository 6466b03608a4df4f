import type { Digest } from '../../hash/digest.js';
import { isObject } from '../../text/objects.js';
import type { ArchiveLink } from '../link.js';
import { checkJsonProportions } from './json-proportions.js';
import {
  advertisedDigest,
  checkApiVersion,
  makeLink,
  malformedPage,
  maxLinks,
  type Page,
  type PageOrigin,
  type ProjectStatus,
} from './page.js';

/**
 * Reads a page of PEP 691 (with PEP 700, 714 and 792). Strict about the types of what decides, lenient where indexes
 * are known to write an empty string, null or an empty list for nothing. Throws `PAGE_VERSION` and `PAGE_MALFORMED`.
 */
export function parseJsonPage(text: string, origin: PageOrigin): Page {
  checkJsonProportions(text, origin);
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (cause) {
    throw malformedPage(origin, 'it is no JSON', cause);
  }
  if (!isObject(page)) throw malformedPage(origin, 'its JSON is no object');
  const meta = isObject(page.meta) ? page.meta : {};
  checkApiVersion(apiVersion(meta['api-version']), origin);
  const { files } = page;
  if (!Array.isArray(files)) throw malformedPage(origin, "its JSON has no list 'files'");
  if (files.length > maxLinks) throw malformedPage(origin, `it has more than ${maxLinks} files`);
  const links: ArchiveLink[] = [];
  for (let i = 0; i < files.length; i += 1) {
    const link = fileLink(
      files[i],
      (why) => malformedPage(origin, `file ${i + 1} of its JSON ${why}`),
      origin,
    );
    if (link !== undefined) links.push(link);
  }
  return { links, status: projectStatus(page['project-status'] ?? meta['project-status']) };
}

type Malformed = (why: string) => Error;

function fileLink(file: unknown, malformed: Malformed, origin: PageOrigin): ArchiveLink | undefined {
  if (!isObject(file)) throw malformed('is no object');
  const { url, hashes, size, yanked } = file;
  if (isNothing(url)) return undefined;
  if (typeof url !== 'string') throw malformed("has a 'url' that is no text");
  return makeLink(url, origin.url, origin, {
    hashes: digestsOf(hashes, malformed),
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    uploadTime: textOf(file['upload-time']),
    requiresPython: requiresPythonOf(file['requires-python'], malformed),
    yanked: yankedOf(yanked, malformed),
    provenance: textOf(file.provenance),
  });
}

function digestsOf(hashes: unknown, malformed: Malformed): Digest[] {
  // Languages in which an empty dictionary is an empty list write one.
  if (isNothing(hashes) || (Array.isArray(hashes) && hashes.length === 0)) return [];
  if (!isObject(hashes)) throw malformed("has 'hashes' that are no object");
  const digests: Digest[] = [];
  for (const algorithm of Object.keys(hashes)) {
    const hex = hashes[algorithm];
    if (typeof hex === 'string') digests.push(...advertisedDigest(algorithm, hex));
    else if (!isNothing(hex)) throw malformed(`has a digest in 'hashes' that is no text`);
  }
  return digests;
}

function requiresPythonOf(value: unknown, malformed: Malformed): string | undefined {
  if (isNothing(value)) return undefined;
  if (typeof value !== 'string') throw malformed("has a 'requires-python' that is no text");
  return textOf(value);
}

/** PEP 691: true, or the reason. */
function yankedOf(value: unknown, malformed: Malformed): false | string {
  if (isNothing(value) || value === false) return false;
  if (value === true) return '';
  if (typeof value !== 'string') throw malformed("has a 'yanked' that is neither true, false nor a text");
  return value;
}

function projectStatus(value: unknown): ProjectStatus | undefined {
  if (typeof value === 'string' && value !== '') return { status: value, reason: undefined };
  if (!isObject(value) || typeof value.status !== 'string' || value.status === '') return undefined;
  return { status: value.status, reason: textOf(value.reason) };
}

/** A version that is missing is the first one; one of another type is written as it stands, and so refused. */
function apiVersion(value: unknown): string {
  if (isNothing(value)) return '1.0';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A text with something in it. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function isNothing(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}
