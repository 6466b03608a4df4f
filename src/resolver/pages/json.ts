import type { Digest } from '../../hash/digest.js';
import { clipped } from '../../text/clip.js';
import { type Fields, isObject } from '../../text/objects.js';
import type { ArchiveLink } from '../link.js';
import { JsonRefusal } from './json-reader.js';
import { type FileSpan, outlineJsonPage } from './json-scan.js';
import { everyFile, type NameFilter } from './name-filter.js';
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
import { plainName, type Span } from './plain-name.js';

/**
 * Parses a page of PEP 691 (with PEP 700, 714 and 792). Strict about the types of fields that decide the choice;
 * lenient if known indexes write an empty string, null or an empty list for a missing value. Files that `filter`
 * excludes are only checked against the grammar. Throws `PAGE_VERSION` and `PAGE_MALFORMED`.
 */
export function parseJsonPage(page: Uint8Array, origin: PageOrigin, filter: NameFilter = everyFile): Page {
  const bytes = withoutMark(page);
  const { members, files, notAnObject } = outline(bytes, origin, filter);
  const value = (span: Span | undefined): unknown =>
    span === undefined ? undefined : JSON.parse(textOf(bytes, span));
  const given = value(members.get('meta'));
  const meta = isObject(given) ? given : {};
  checkApiVersion(apiVersion(meta['api-version']), origin);
  if (files === undefined) throw malformedPage(origin, "its JSON has no list 'files'");
  if (notAnObject !== undefined)
    throw malformedPage(origin, `file ${notAnObject} of its JSON is not an object`);
  const links: ArchiveLink[] = [];
  for (const span of files) {
    const file = JSON.parse(textOf(bytes, span)) as Fields;
    const link = fileLink(file, origin);
    if (link !== undefined && filter.admits(link.filename)) links.push(link);
  }
  const status = projectStatus(value(members.get('project-status')) ?? meta['project-status']);
  return { links, others: filter.others(), status };
}

function outline(bytes: Buffer, origin: PageOrigin, filter: NameFilter): ReturnType<typeof outlineJsonPage> {
  const mayBeWanted = ({ filename, url }: FileSpan): boolean => {
    if (filename !== undefined && filename.end > filename.start)
      return filter.admits(textOf(bytes, filename));
    if (url === undefined) return true;
    const address = textOf(bytes, url);
    const name = plainName(address, { start: 0, end: address.length });
    return name === undefined || filter.admits(address, name.start, name.end);
  };
  try {
    return outlineJsonPage(bytes, maxLinks, mayBeWanted);
  } catch (error) {
    if (error instanceof JsonRefusal)
      throw malformedPage(origin, error.message, error, { endsEarly: error.endsEarly });
    throw error;
  }
}

/** RFC 8259: JSON is UTF-8; skip a byte order mark. */
function withoutMark(page: Uint8Array): Buffer {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function textOf(bytes: Buffer, { start, end }: Span): string {
  return bytes.toString('utf8', start, end);
}

type Malformed = (why: string) => Error;

function fileLink(file: Fields, origin: PageOrigin): ArchiveLink | undefined {
  const { url, filename, hashes, size, yanked } = file;
  if (isNothing(url)) return undefined;
  const malformed: Malformed = (why) => malformedPage(origin, `${fileName(file)} of its JSON ${why}`);
  if (typeof url !== 'string') throw malformed("has a 'url' that is not a string");
  if (!isNothing(filename) && typeof filename !== 'string')
    throw malformed("has a 'filename' that is not a string");
  return makeLink(url, origin.url, origin, {
    filename: isNothing(filename) ? undefined : filename,
    hashes: digestsOf(hashes, malformed),
    // PEP 700. Indexes that do not know a size have written 0, -1, null and strings (bandersnatch#1557).
    size: typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : undefined,
    uploadTime: filled(file['upload-time']),
    requiresPython: requiresPythonOf(file['requires-python'], malformed),
    yanked: yankedOf(yanked, malformed),
    provenance: filled(file.provenance),
  });
}

/** The name of a file for messages. */
function fileName({ filename, url }: Fields): string {
  const name = filled(filename) ?? filled(url);
  return name === undefined ? 'a file' : `the file '${clipped(name)}'`;
}

function digestsOf(hashes: unknown, malformed: Malformed): Digest[] {
  // In some languages an empty dictionary is written as an empty list.
  if (isNothing(hashes) || (Array.isArray(hashes) && hashes.length === 0)) return [];
  if (!isObject(hashes)) throw malformed("has 'hashes' that are not an object");
  const digests: Digest[] = [];
  for (const algorithm of Object.keys(hashes)) {
    const hex = hashes[algorithm];
    if (typeof hex === 'string') digests.push(...advertisedDigest(algorithm, hex));
    else if (!isNothing(hex)) throw malformed(`has a digest in 'hashes' that is not a string`);
  }
  return digests;
}

function requiresPythonOf(value: unknown, malformed: Malformed): string | undefined {
  if (isNothing(value)) return undefined;
  if (typeof value !== 'string') throw malformed("has a 'requires-python' that is not a string");
  return filled(value);
}

/** PEP 691: true, or the reason. */
function yankedOf(value: unknown, malformed: Malformed): false | string {
  if (isNothing(value) || value === false) return false;
  if (value === true) return '';
  if (typeof value !== 'string') throw malformed("has a 'yanked' that is neither true, false nor a string");
  return value;
}

function projectStatus(value: unknown): ProjectStatus | undefined {
  if (typeof value === 'string' && value !== '') return { status: value, reason: undefined };
  if (!isObject(value) || typeof value.status !== 'string' || value.status === '') return undefined;
  return { status: value.status, reason: filled(value.reason) };
}

/** A missing version means 1.0. A version of another type is converted to text, which `checkApiVersion` refuses. */
function apiVersion(value: unknown): string {
  if (isNothing(value)) return '1.0';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A non-empty string. */
function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function isNothing(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}
