import { sdistExtension } from '../../packaging/filename.js';
import { canonicalizeName } from '../../packaging/name.js';
import type { ProjectName } from '../../packaging/types.js';
import { isPeepError, type PeepError } from '../../text/errors.js';
import type { ArchiveLink } from '../link.js';
import { archiveUrl, lastComponent } from './archive-url.js';
import type { LocalPlaces } from './local.js';
import { makeLink, noFacts, type Page, type PageOrigin, type ProjectStatus } from './page.js';
import { acceptPages, readPage } from './read-page.js';

/** All that the indexes and find-links of a run say of a project. */
export interface ProjectLinks {
  readonly links: readonly ArchiveLink[];
  readonly failures: readonly LocationFailure[];
  /** Statuses that indexes give the project (PEP 792), with the index. */
  readonly statuses: readonly (ProjectStatus & { readonly index: string })[];
}

/** A place that could not be asked. Whether that matters is for the caller to say (contract section 4). */
export interface LocationFailure {
  /** As configured. */
  readonly index: string;
  readonly error: PeepError;
}

/** Where archives are looked for; a part of the index settings. */
export interface IndexLocations {
  /** Each ends in `/`, or is taken as if it did. */
  readonly indexUrls: readonly string[];
  /** http(s) and `file:` URLs, and absolute paths. */
  readonly findLinks: readonly string[];
  readonly trustedHosts?: readonly string[];
}

export interface ClientDeps {
  /** Decoded, retried, under a ceiling. Status 404 or 410 means "not here". Rejects with `PeepError`s. */
  readonly getPage: (
    url: string,
    accept: string,
  ) => Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** After redirects. */
    readonly url: string;
    readonly bytes: Uint8Array;
  }>;
  readonly local: LocalPlaces;
}

export interface SimpleClient {
  /**
   * Links in the order of the places, find-links first, whatever the order of the answers (P10). Each page is asked
   * for once a run. Rejects only with what ends the run.
   */
  linksFor(project: ProjectName): Promise<ProjectLinks>;
}

/** The Simple API client (PEP 503, 691): `INDEX/normalized-name/` of every index, and all find-links. */
export function simpleClient(places: IndexLocations, deps: ClientDeps): SimpleClient {
  const { indexUrls, findLinks, trustedHosts = [] } = places;
  const known = new Map<ProjectName, Promise<ProjectLinks>>();
  let found: Promise<Listed>[] | undefined;

  /** Find-links list archives of all projects; they are read once. */
  function askFindLinks(): Promise<Listed>[] {
    found ??= findLinks.map(async (place, order) => {
      const origin = { url: place, index: place, source: 'find-links', order, trustedHosts } as const;
      const gathered = await gather(place, () => readFindLinks(place, origin, deps));
      return { ...gathered, stems: (gathered.page?.links ?? []).map(stemOf) };
    });
    return found;
  }

  async function ask(project: ProjectName): Promise<ProjectLinks> {
    const pages = indexUrls.map((index, i) => {
      const root = index.endsWith('/') ? index : `${index}/`;
      const url = `${root}${encodeURIComponent(project)}/`;
      const origin = { url, index, source: 'index', order: findLinks.length + i, trustedHosts } as const;
      return gather(index, () => readIndexPage(origin, deps));
    });
    const lists = askFindLinks().map(async (listed) => ofProject(await listed, project));
    const all = await Promise.all([...lists, ...pages]);
    return {
      links: all.flatMap(({ page }) => page?.links ?? []),
      failures: all.flatMap(({ failure }) => failure ?? []),
      statuses: all.flatMap(({ index, page }) =>
        page?.status === undefined ? [] : { ...page.status, index },
      ),
    };
  }

  return {
    linksFor(project) {
      let links = known.get(project);
      if (links === undefined) {
        links = ask(project);
        known.set(project, links);
      }
      return links;
    },
  };
}

interface Gathered {
  readonly index: string;
  readonly page: Page | undefined;
  readonly failure: LocationFailure | undefined;
}

interface Listed extends Gathered {
  /** For each link of the page. */
  readonly stems: readonly string[];
}

/** The file name as the name of a project would be written: it begins with its project's, whatever the separators. */
function stemOf({ filename }: ArchiveLink): string {
  return canonicalizeName(filename);
}

function ofProject({ index, page, failure, stems }: Listed, project: ProjectName): Gathered {
  if (page === undefined) return { index, page, failure };
  const links = page.links.filter((_, i) => stems[i]?.startsWith(`${project}-`));
  return { index, page: { ...page, links }, failure };
}

async function gather(index: string, read: () => Promise<Page | undefined>): Promise<Gathered> {
  try {
    return { index, page: await read(), failure: undefined };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { index, page: undefined, failure: { index, error } };
  }
}

async function readIndexPage(origin: PageOrigin, deps: ClientDeps): Promise<Page | undefined> {
  if (/^file:/i.test(origin.index)) return deps.local.readIndexDirectory(origin.url, origin);
  return readRemotePage(origin, deps);
}

async function readFindLinks(place: string, origin: PageOrigin, deps: ClientDeps): Promise<Page | undefined> {
  if (!/^https?:/i.test(place)) return deps.local.readPlace(place, origin);
  const name = lastComponent(archiveUrl(place, place)?.path ?? '');
  if (!name.endsWith('.whl') && sdistExtension(name) === undefined) return readRemotePage(origin, deps);
  const link = makeLink(place, place, origin, noFacts);
  return { links: link === undefined ? [] : [link], status: undefined };
}

async function readRemotePage(origin: PageOrigin, { getPage }: ClientDeps): Promise<Page | undefined> {
  const answer = await getPage(origin.url, acceptPages);
  if (answer.status !== 200) return undefined;
  return readPage(answer.headers['content-type'], answer.bytes, { ...origin, url: answer.url });
}
