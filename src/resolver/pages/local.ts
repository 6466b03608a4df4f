import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ceilings } from '../../config/ceilings.js';
import { readRegular, TooLargeFile } from '../../files/regular-file.js';
import { PeepError, systemCode, systemReason } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import type { ArchiveLink } from '../link.js';
import { decodeHtml } from './decode-html.js';
import { parseHtmlPage } from './html.js';
import { parseJsonPage } from './json.js';
import type { NameFilter } from './name-filter.js';
import { makeLink, malformedPage, maxLinks, noFacts, type Page, type PageOrigin } from './page.js';

/** Reads indexes and find-links on this machine. */
export interface LocalPlaces {
  /**
   * The page of one project in a `file:` index, or the archives in its directory; undefined if the index does not
   * have the project. Throws `PLACE_UNREADABLE` if the index itself does not exist.
   */
  readIndexDirectory(url: string, origin: PageOrigin, filter: NameFilter): Promise<Page | undefined>;
  /**
   * A find-links location, by path or `file:` URL: a directory with archives and HTML files, an HTML file, or one
   * archive. Throws `PLACE_UNREADABLE`, and the errors of parsing a page.
   */
  readPlace(place: string, origin: PageOrigin, filter: NameFilter): Promise<Page>;
}

export const localLocations: LocalPlaces = {
  async readIndexDirectory(url, origin, filter) {
    const directory = pathOf(url, origin);
    const names = await namesIn(directory);
    if (names === undefined) {
      const root = pathOf(origin.index, origin);
      if (!(await isDirectory(root))) throw unreadable(root, undefined);
      return undefined;
    }
    if (names.includes('index.html')) return readHtmlFile(join(directory, 'index.html'), origin, filter);
    if (names.includes('index.json')) return readJsonFile(join(directory, 'index.json'), origin, filter);
    return pageOf(linksTo(directory, names, origin, filter), filter);
  },

  async readPlace(place, origin, filter) {
    const isUrl = /^file:/i.test(place);
    const path = isUrl ? pathOf(place, origin) : place;
    const names = await namesIn(path);
    if (names !== undefined) return readDirectory(path, names, origin, filter);
    if (isHtml(path)) return readHtmlFile(path, origin, filter);
    const found = await stat(path).catch((cause: unknown) => {
      throw unreadable(path, cause);
    });
    if (!found.isFile()) throw unreadable(path, undefined);
    // The fragment of the URL may contain a digest.
    const url = isUrl ? place : pathToFileURL(path).href;
    const link = makeLink(url, url, { ...origin, url }, noFacts);
    return pageOf(link === undefined || !filter.admits(link.filename) ? [] : [link], filter);
  },
};

/** As in pip, HTML files in a find-links directory are pages. */
async function readDirectory(
  directory: string,
  names: readonly string[],
  origin: PageOrigin,
  filter: NameFilter,
): Promise<Page> {
  const links = linksTo(
    directory,
    names.filter((name) => !isHtml(name)),
    origin,
    filter,
  );
  for (const name of names.filter(isHtml)) {
    for (const link of (await readHtmlFile(join(directory, name), origin, filter)).links) links.push(link);
    if (links.length > maxLinks) throw malformedPage(origin, `it has more than ${maxLinks} links`);
  }
  return pageOf(links, filter);
}

function pageOf(links: readonly ArchiveLink[], filter: NameFilter): Page {
  return { links, others: filter.others(), status: undefined };
}

function isHtml(name: string): boolean {
  return /\.html?$/i.test(name);
}

async function readHtmlFile(path: string, origin: PageOrigin, filter: NameFilter): Promise<Page> {
  const bytes = await readPageFile(path, origin);
  return parseHtmlPage(decodeHtml(bytes, undefined), { ...origin, url: pathToFileURL(path).href }, filter);
}

async function readJsonFile(path: string, origin: PageOrigin, filter: NameFilter): Promise<Page> {
  const bytes = await readPageFile(path, origin);
  return parseJsonPage(bytes, { ...origin, url: pathToFileURL(path).href }, filter);
}

function linksTo(
  directory: string,
  names: readonly string[],
  origin: PageOrigin,
  filter: NameFilter,
): ArchiveLink[] {
  if (names.length > maxLinks) throw malformedPage(origin, `it has more than ${maxLinks} files`);
  return names.flatMap((name) => {
    if (!filter.admits(name)) return [];
    const url = pathToFileURL(join(directory, name)).href;
    return makeLink(url, url, { ...origin, url }, noFacts) ?? [];
  });
}

/** Names in a directory, sorted (P10); undefined if there is no such directory. */
async function namesIn(directory: string): Promise<string[] | undefined> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(directory, error);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readPageFile(path: string, origin: PageOrigin): Promise<Uint8Array> {
  try {
    return await readRegular(path, { maxBytes: ceilings.page });
  } catch (error) {
    if (error instanceof TooLargeFile)
      throw malformedPage(origin, `'${printable(path)}' is larger than ${ceilings.page} bytes`);
    throw unreadable(path, error);
  }
}

function pathOf(url: string, origin: PageOrigin): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw malformedPage(origin, `'${redactUrl(url)}' is not an address of a local file`, cause);
  }
}

function unreadable(path: string, cause: unknown): PeepError {
  const why =
    cause === undefined || systemCode(cause) === 'ENOENT'
      ? 'there is no such file or directory'
      : systemReason(cause);
  // P7: text that is not a path may have been meant as a URL, with a leading blank or without a scheme.
  const shown = /:.*@/s.test(path) ? redactUrl(path) : printable(path);
  return new PeepError('PLACE_UNREADABLE', `cannot read '${shown}' of the index settings: ${why}`, {
    cause,
    hint: 'Check --find-links and --index-url, on the command line, in the requirements file and in pip.conf.',
  });
}
