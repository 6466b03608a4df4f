import { bindingsOf, type IndexBinding } from '../../config/index-bindings.js';
import { canonicalizeName } from '../../packaging/name.js';
import type { ProjectName } from '../../packaging/types.js';
import { isPeepError, type PeepError } from '../../text/errors.js';
import type { PinnedVersion } from '../choose/version-test.js';
import type { ArchiveLink } from '../link.js';
import { noOthers, type OtherFiles, type WantedArchives, type WantedVersions } from './name-filter.js';
import type { Page, ProjectStatus } from './page.js';
import { type ClientDeps, readFindLinks, readIndexPage } from './read-place.js';

/** The links for the requested versions of a project at the indexes and find-links of a run. */
export interface ProjectLinks {
  readonly links: readonly ArchiveLink[];
  /** A summary of the other files on the pages; no links are made for those. */
  readonly others: OtherFiles;
  readonly failures: readonly LocationFailure[];
  /** Indexes whose HTML page has no links at all. */
  readonly linkless?: readonly string[];
  /** Set if locations did not answer and peep did not wait for them: asks them again, and waits. */
  readonly again?: (() => Promise<ProjectLinks>) | undefined;
  /** Project statuses (PEP 792) from indexes, with the index. */
  readonly statuses: readonly (ProjectStatus & { readonly index: string })[];
}

/** A location that could not be asked. The caller decides whether that matters (contract section 4). */
export interface LocationFailure {
  /** URL or path as configured. */
  readonly index: string;
  readonly error: PeepError;
}

/** The locations of archives; a part of the index settings. */
export interface IndexLocations {
  /** Each ends with `/`, or is used as if it did. */
  readonly indexUrls: readonly string[];
  /** http(s) and `file:` URLs, and absolute paths. */
  readonly findLinks: readonly string[];
  readonly trustedHosts?: readonly string[];
  /** Projects that are only fetched from these indexes. */
  readonly bindings?: readonly IndexBinding[];
  /** By index: statuses that, like 404, mean the project is not there. */
  readonly missingStatuses?: ReadonlyMap<string, ReadonlySet<number>>;
}

export interface SimpleClient {
  /**
   * Links in the order of the locations, find-links first, independent of the order of the answers (P10). Each page
   * is fetched once per run, unless versions are requested that were not announced, or `again` is called. Rejects
   * only with errors that end the run.
   */
  linksFor(project: ProjectName, versions: WantedVersions): Promise<ProjectLinks>;
}

/**
 * The Simple API client (PEP 503, 691): reads `INDEX/normalized-name/` of every index, and all find-links.
 * `announced`: all requests of the run, so that each page is parsed once for all of them.
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

  /** Find-links contain archives of all projects; they are read once for all requests. */
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
    // Only its own index may offer a bound project, so skip find-links too.
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
  /** Retries a location that did not answer, once, and waits for it. */
  readonly again?: () => Promise<Gathered>;
}

/** True if the file name begins with the name of the project, in any spelling. */
function isOf(project: ProjectName, { filename }: ArchiveLink): boolean {
  return canonicalizeName(filename).startsWith(`${project}-`);
}

function ofProject(gathered: Gathered, project: ProjectName): Gathered {
  const { page, again } = gathered;
  if (again !== undefined) return { ...gathered, again: async () => ofProject(await again(), project) };
  if (page === undefined) return gathered;
  return { ...gathered, page: { ...page, links: page.links.filter((link) => isOf(project, link)) } };
}

/** Asks a location without waiting if it does not answer; `again` waits. */
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
