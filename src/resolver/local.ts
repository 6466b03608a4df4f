import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PeepError, systemCode } from '../errors.js';
import { parseHtmlPage } from './html.js';
import { parseJsonPage } from './json.js';
import { makeLink, malformedPage, type Page, type PageOrigin } from './page.js';

/** The edge to indexes and find-links on this machine. */
export interface LocalPlaces {
  /** The page of one project in a `file:` index, or the archives in its folder; undefined when there is none. */
  readIndexFolder(url: string, origin: PageOrigin): Promise<Page | undefined>;
  /** A find-links place: a folder of archives, an HTML file, or one archive; a path or a `file:` URL. */
  readPlace(place: string, origin: PageOrigin): Promise<Page>;
}

const mostBytes = 64 << 20;

export const localPlaces: LocalPlaces = {
  async readIndexFolder(url, origin) {
    const folder = pathOf(url, origin);
    const names = await namesIn(folder);
    if (names === undefined) return undefined;
    for (const [name, parse] of [
      ['index.html', parseHtmlPage],
      ['index.json', parseJsonPage],
    ] as const) {
      if (names.includes(name))
        return parse(await readText(join(folder, name), origin), {
          ...origin,
          url: pathToFileURL(join(folder, name)).href,
        });
    }
    return folderPage(folder, names, origin);
  },

  async readPlace(place, origin) {
    const path = /^file:/i.test(place) ? pathOf(place, origin) : place;
    const names = await namesIn(path);
    if (names !== undefined) return folderPage(path, names, origin);
    const found = await stat(path).catch((cause: unknown) => {
      throw absent(path, cause);
    });
    if (!found.isFile()) throw absent(path, undefined);
    const url = pathToFileURL(path).href;
    if (/\.html?$/i.test(path)) return parseHtmlPage(await readText(path, origin), { ...origin, url });
    return { links: linkTo(path, origin), status: undefined };
  },
};

function folderPage(folder: string, names: readonly string[], origin: PageOrigin): Page {
  return { links: names.flatMap((name) => linkTo(join(folder, name), origin)), status: undefined };
}

function linkTo(path: string, origin: PageOrigin): Page['links'] {
  const url = pathToFileURL(path).href;
  const link = makeLink(url, url, origin, {
    hashes: [],
    size: undefined,
    uploadTime: undefined,
    requiresPython: undefined,
    yanked: false,
  });
  return link === undefined ? [] : [link];
}

/** Names in a folder, sorted; undefined when there is no such folder. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw absent(folder, error);
  }
}

async function readText(path: string, origin: PageOrigin): Promise<string> {
  try {
    if ((await stat(path)).size > mostBytes)
      throw malformedPage(origin, `'${path}' is larger than ${mostBytes} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw error instanceof PeepError ? error : absent(path, error);
  }
}

function pathOf(url: string, origin: PageOrigin): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw malformedPage(origin, 'it is no address of a local file', cause);
  }
}

function absent(path: string, cause: unknown): PeepError {
  const code = systemCode(cause);
  const why = code === undefined || code === 'ENOENT' ? 'there is no such file or folder' : code;
  return new PeepError('PLACE_UNREADABLE', `cannot read '${path}' of the index settings: ${why}`, {
    cause,
    hint: 'Check --find-links and --index-url, on the command line, in the requirements file and in pip.conf.',
  });
}
