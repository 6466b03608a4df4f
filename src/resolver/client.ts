import { isPeepError, type PeepError } from '../errors.js';
import type { ProjectName } from '../packaging/types.js';
import { lastComponent } from './archive-url.js';
import type { ArchiveLink } from './link.js';
import type { LocalPlaces } from './local.js';
import { makeLink, type Page, type ProjectStatus } from './page.js';
import { acceptPages, readPage } from './read-page.js';

/** All that the indexes and find-links of a run say of a project. */
export interface ProjectLinks {
  readonly links: readonly ArchiveLink[];
  readonly failures: readonly PlaceFailure[];
  /** Statuses that indexes give the project (PEP 792), with the index. */
  readonly statuses: readonly (ProjectStatus & { readonly index: string })[];
}

/** A place that could not be asked. Whether that matters is for the caller to say (contract section 4). */
export interface PlaceFailure {
  /** As configured. */
  readonly index: string;
  readonly error: PeepError;
}

export interface ClientDeps {
  /** Status 404 or 410 means "not here". Rejects with `PeepError`s. */
  readonly getPage: (
    url: string,
    accept: string,
  ) => Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly url: string;
    readonly bytes: Uint8Array;
  }>;
  readonly local: LocalPlaces;
}

export interface SimpleClient {
  /** Each page is asked for once a run. Rejects only with what ends the run. */
  linksFor(project: ProjectName): Promise<ProjectLinks>;
}

/** The Simple API client (PEP 503, 691): `INDEX/normalized-name/` of every index, and all find-links. */
export function simpleClient(
  places: { readonly indexUrls: readonly string[]; readonly findLinks: readonly string[] },
  deps: ClientDeps,
): SimpleClient {
  const known = new Map<ProjectName, Promise<ProjectLinks>>();
  let found: Promise<Gathered>[] | undefined;

  const askFindLinks = (): Promise<Gathered>[] => {
    found ??= places.findLinks.map((place, order) => gather(place, () => readFindLinks(place, order, deps)));
    return found;
  };

  async function ask(project: ProjectName): Promise<ProjectLinks> {
    const indexes = places.indexUrls.map((index, i) =>
      gather(index, () => readIndexPage(index, project, places.findLinks.length + i, deps)),
    );
    const all = await Promise.all([...askFindLinks(), ...indexes]);
    return {
      links: all.flatMap(({ page }) => page?.links ?? []),
      failures: all.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
      statuses: all.flatMap(({ index, page }) =>
        page?.status === undefined ? [] : [{ ...page.status, index }],
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
  readonly failure: PlaceFailure | undefined;
}

async function gather(index: string, read: () => Promise<Page | undefined>): Promise<Gathered> {
  try {
    return { index, page: await read(), failure: undefined };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { index, page: undefined, failure: { index, error } };
  }
}

async function readIndexPage(
  index: string,
  project: ProjectName,
  order: number,
  deps: ClientDeps,
): Promise<Page | undefined> {
  const root = index.endsWith('/') ? index : `${index}/`;
  const url = `${root}${project}/`;
  const origin = { url, index, source: 'index', order } as const;
  if (/^file:/i.test(index)) return deps.local.readIndexFolder(url, origin);
  const answer = await deps.getPage(url, acceptPages);
  if (answer.status !== 200) return undefined;
  return readPage(answer.headers['content-type'], answer.bytes, { ...origin, url: answer.url });
}

const archiveEnding = /\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.[a-z0-9]+)$/i;

async function readFindLinks(place: string, order: number, deps: ClientDeps): Promise<Page | undefined> {
  const origin = { url: place, index: place, source: 'find-links', order } as const;
  if (!/^https?:/i.test(place)) return deps.local.readPlace(place, origin);
  if (archiveEnding.test(lastComponent(new URL(place).pathname))) {
    const nothing = {
      hashes: [],
      size: undefined,
      uploadTime: undefined,
      requiresPython: undefined,
      yanked: false,
    } as const;
    const link = makeLink(place, place, origin, nothing);
    return { links: link === undefined ? [] : [link], status: undefined };
  }
  const answer = await deps.getPage(place, 'text/html, */*;q=0.1');
  if (answer.status !== 200) return undefined;
  return readPage(answer.headers['content-type'], answer.bytes, { ...origin, url: answer.url });
}
