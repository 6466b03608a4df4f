import { bindingsOf, type IndexBinding } from '../../config/index-bindings.js';
import { sdistExtension } from '../../packaging/filename.js';
import { canonicalizeName } from '../../packaging/name.js';
import type { ProjectName } from '../../packaging/types.js';
import { isPeepError, PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import type { PinnedVersion } from '../choose/version-test.js';
import type { ArchiveLink } from '../link.js';
import { archiveUrl, lastComponent } from './archive-url.js';
import type { LocalPlaces } from './local.js';
import {
  createNameFilter,
  noOthers,
  type OtherFiles,
  type WantedArchives,
  type WantedVersions,
} from './name-filter.js';
import { makeLink, malformedPage, noFacts, type Page, type PageOrigin, type ProjectStatus } from './page.js';
import { acceptPages, readPage } from './read-page.js';

/** What the indexes and find-links of a run say of the wanted versions of a project. */
export interface ProjectLinks {
  readonly links: readonly ArchiveLink[];
  /** What else they list; no link is made of it. */
  readonly others: OtherFiles;
  readonly failures: readonly LocationFailure[];
  /** Indexes whose HTML page has no link at all. */
  readonly linkless?: readonly string[];
  /** Where places gave no answer and were not waited for: asks these again, and waits. */
  readonly again?: (() => Promise<ProjectLinks>) | undefined;
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
  /** Projects that are asked for at these indexes and nowhere else. */
  readonly bindings?: readonly IndexBinding[];
  /** By index: statuses that say "not here", as 404 does. */
  readonly missingStatuses?: ReadonlyMap<string, ReadonlySet<number>>;
}

/** A page with status 200, decoded. Its bytes are good until `ReadAnswer` returns. */
export interface AnsweredPage {
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  readonly bytes: Uint8Array;
}

export interface PageOptions {
  /**
   * Undefined at first: a place that gives no answer is given up, since another may have what is wanted. Asked again after
   * this failure, it is waited for.
   */
  readonly after: PeepError | undefined;
  /** Statuses that say "not here" besides 404 and 410. */
  readonly missing: ReadonlySet<number>;
}

export interface ClientDeps {
  /**
   * Retried, under a ceiling. Undefined for status 404 or 410, which mean "not here". What `read` throws for a page that
   * was cut is another reason to ask again. Rejects with `PeepError`s.
   */
  readonly getPage: <T>(
    url: string,
    accept: string,
    read: (page: AnsweredPage) => T,
    options: PageOptions,
  ) => Promise<T | undefined>;
  /** True for a failure of `getPage` that is one only because it was not to wait. */
  readonly wasNotWaitedFor: (error: PeepError) => boolean;
  readonly local: LocalPlaces;
}

export interface SimpleClient {
  /**
   * Links in the order of the places, find-links first, whatever the order of the answers (P10). A page is asked for once
   * a run, unless versions are wanted that nobody had announced, or `again` is called. Rejects only with what ends the run.
   */
  linksFor(project: ProjectName, versions: WantedVersions): Promise<ProjectLinks>;
}

/**
 * The Simple API client (PEP 503, 691): `INDEX/normalized-name/` of every index, and all find-links. `announced`: what
 * the run is going to ask for; pages are read for all of it at once.
 */
export function simpleClient(
  places: IndexLocations,
  deps: ClientDeps,
  announced: WantedArchives = new Map(),
): SimpleClient {
  const { indexUrls, findLinks, trustedHosts = [], bindings = [], missingStatuses } = places;
  const known = new Map<ProjectName, { readonly wanted: WantedVersions; links: Promise<ProjectLinks> }>();
  const wantedOf = new Map(announced);
  let listed: { readonly wanted: WantedArchives; readonly pages: Promise<Gathered>[] } | undefined;

  /** Find-links list archives of all projects; they are read once for all that is wanted. */
  function askFindLinks(project: ProjectName): Promise<Gathered>[] {
    if (listed !== undefined && covers(listed.wanted.get(project), wantedOf.get(project) ?? []))
      return listed.pages;
    const wanted = new Map(wantedOf);
    const pages = findLinks.map((place, order) => {
      const origin = { url: place, index: place, source: 'find-links', order, trustedHosts } as const;
      return gather(
        place,
        (after) => readFindLinks(place, origin, wanted, deps, { after, missing: none }),
        deps,
      );
    });
    listed = { wanted, pages };
    return pages;
  }

  async function ask(project: ProjectName, wanted: WantedVersions): Promise<ProjectLinks> {
    const bound = bindingsOf(project, bindings);
    const indexes = bound.length > 0 ? bound.map(({ url }) => url) : indexUrls;
    const pages = indexes.map((index, i) => {
      const root = index.endsWith('/') ? index : `${index}/`;
      const url = `${root}${encodeURIComponent(project)}/`;
      const origin = { url, index, source: 'index', order: findLinks.length + i, trustedHosts } as const;
      const missing = missingStatuses?.get(index) ?? none;
      return gather(
        index,
        (after) => readIndexPage(origin, new Map([[project, wanted]]), deps, { after, missing }),
        deps,
      );
    });
    // Only its own index may offer a bound project; skip find-links too.
    const lists = (bound.length > 0 ? [] : askFindLinks(project)).map(async (page) =>
      ofProject(await page, project),
    );
    return projectLinks(await Promise.all([...lists, ...pages]), project);
  }

  function projectLinks(all: readonly Gathered[], project: ProjectName): ProjectLinks {
    const unasked = all.some(({ again }) => again !== undefined);
    const linkless = all.flatMap(({ index, page }) => (page?.isLinkless ? index : []));
    let whole: Promise<ProjectLinks> | undefined;
    const askAgain = async (): Promise<ProjectLinks> =>
      projectLinks(await Promise.all(all.map((each) => each.again?.() ?? each)), project);
    return {
      links: all.flatMap(({ page }) => page?.links ?? []),
      others: allOthers(all.map(({ page }) => page?.others.get(project) ?? noOthers)),
      failures: all.flatMap(({ failure }) => failure ?? []),
      ...(linkless.length > 0 && { linkless }),
      statuses: all.flatMap(({ index, page }) =>
        page?.status === undefined ? [] : { ...page.status, index },
      ),
      ...(unasked && {
        again: () => {
          whole ??= askAgain();
          return whole;
        },
      }),
    };
  }

  return {
    linksFor(project, versions) {
      const before = known.get(project);
      if (before !== undefined && covers(before.wanted, versions)) return before.links;
      const wanted = union(wantedOf.get(project), versions);
      wantedOf.set(project, wanted);
      const links = ask(project, wanted);
      known.set(project, { wanted, links });
      return links;
    },
  };
}

const none: ReadonlySet<number> = new Set();

function covers(known: WantedVersions | undefined, versions: WantedVersions): boolean {
  if (known === undefined || known === 'all') return known === 'all';
  return versions !== 'all' && versions.every((version) => known.some((other) => samePin(other, version)));
}

function union(known: WantedVersions | undefined, more: WantedVersions): WantedVersions {
  if (known === undefined || more === 'all') return more;
  if (known === 'all') return known;
  return [...known, ...more.filter((version) => !known.some((other) => samePin(other, version)))];
}

function samePin(a: PinnedVersion, b: PinnedVersion): boolean {
  return a.operator === b.operator && a.version === b.version;
}

function allOthers(pages: readonly OtherFiles[]): OtherFiles {
  return {
    count: pages.reduce((sum, { count }) => sum + count, 0),
    versions: [...new Set(pages.flatMap(({ versions }) => versions))],
  };
}

interface Gathered {
  readonly index: string;
  readonly page: Page | undefined;
  readonly failure: LocationFailure | undefined;
  /** Of a place that was not waited for: asks it, once, and waits. */
  readonly again?: () => Promise<Gathered>;
}

/** The file name as the name of a project would be written: it begins with its project's, whatever the separators. */
function isOf(project: ProjectName, { filename }: ArchiveLink): boolean {
  return canonicalizeName(filename).startsWith(`${project}-`);
}

function ofProject(gathered: Gathered, project: ProjectName): Gathered {
  const { page, again } = gathered;
  if (again !== undefined) return { ...gathered, again: async () => ofProject(await again(), project) };
  if (page === undefined) return gathered;
  return { ...gathered, page: { ...page, links: page.links.filter((link) => isOf(project, link)) } };
}

/** Asks a place without waiting for one that gives no answer; `again` does. */
async function gather(
  index: string,
  read: (after: PeepError | undefined) => Promise<Page | undefined>,
  { wasNotWaitedFor }: ClientDeps,
): Promise<Gathered> {
  const tried = async (after: PeepError | undefined): Promise<Gathered> => {
    try {
      return { index, page: await read(after), failure: undefined };
    } catch (error) {
      if (!isPeepError(error)) throw error;
      const failure = { index, page: undefined, failure: { index, error } };
      if (!wasNotWaitedFor(error)) return failure;
      let waited: Promise<Gathered> | undefined;
      const again = (): Promise<Gathered> => {
        waited ??= tried(error);
        return waited;
      };
      return { ...failure, again };
    }
  };
  return tried(undefined);
}

async function readIndexPage(
  origin: PageOrigin,
  wanted: WantedArchives,
  deps: ClientDeps,
  options: PageOptions,
): Promise<Page | undefined> {
  if (/^file:/i.test(origin.index))
    return deps.local.readIndexDirectory(origin.url, origin, createNameFilter(wanted));
  return readRemotePage(origin, wanted, deps, options);
}

async function readFindLinks(
  place: string,
  origin: PageOrigin,
  wanted: WantedArchives,
  deps: ClientDeps,
  options: PageOptions,
): Promise<Page> {
  if (!/^https?:/i.test(place)) return deps.local.readPlace(place, origin, createNameFilter(wanted));
  const name = lastComponent(archiveUrl(place, place)?.path ?? '');
  if (!name.endsWith('.whl') && sdistExtension(name) === undefined) {
    const page = await readRemotePage(origin, wanted, deps, options);
    if (page === undefined) throw noSuchPage(place);
    return page;
  }
  const filter = createNameFilter(wanted);
  const link = makeLink(place, place, origin, noFacts);
  const links = link === undefined || !filter.admits(link.filename) ? [] : [link];
  return { links, others: filter.others(), status: undefined };
}

function readRemotePage(
  origin: PageOrigin,
  wanted: WantedArchives,
  { getPage }: ClientDeps,
  options: PageOptions,
): Promise<Page | undefined> {
  const read = ({ headers, bytes, url }: AnsweredPage): Page => {
    const page = readPage(headers['content-type'], bytes, { ...origin, url }, createNameFilter(wanted));
    if (page.isLinkless && nameIn(url) !== nameIn(origin.url)) throw ledAstray(origin, url);
    return page;
  };
  return getPage(origin.url, acceptPages, read, options);
}

function nameIn(url: string): string {
  return lastComponent(new URL(url).pathname.replace(/\/$/, '')).toLowerCase();
}

/** A redirect to a page of something else, such as one to log in at. */
function ledAstray(origin: PageOrigin, url: string): PeepError {
  return malformedPage(
    { ...origin, url },
    `'${redactUrl(origin.url)}' redirects to it, and it has no link`,
    undefined,
    {
      hint: 'Check the index URL, and the user and password for it: the server may want a log-in.',
    },
  );
}

/** An index says with 404 that it lacks a project; a page of find-links that is not there is a mistake in its address. */
function noSuchPage(place: string): PeepError {
  return new PeepError(
    'PLACE_UNREADABLE',
    `cannot read '${redactUrl(place)}' of the index settings: the server has no page there (status 404 or 410)`,
    {
      hint: 'Check the address in --find-links, on the command line, in the requirements file and in pip.conf.',
    },
  );
}
