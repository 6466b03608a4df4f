import { sdistExtension } from '../../packaging/filename.js';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { archiveUrl, lastComponent } from './archive-url.js';
import type { LocalPlaces } from './local.js';
import { createNameFilter, type WantedArchives } from './name-filter.js';
import { makeLink, malformedPage, noFacts, type Page, type PageOrigin } from './page.js';
import { acceptPages, readPage } from './read-page.js';

/** A decoded page with status 200. Its bytes are valid until `ReadAnswer` returns. */
export interface AnsweredPage {
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  readonly bytes: Uint8Array;
}

export interface PageOptions {
  /**
   * Undefined on the first request: peep does not wait for a location that does not answer, because another may
   * have the archive. Set to the earlier failure on the second request, which waits.
   */
  readonly after: PeepError | undefined;
  /** Statuses that mean "not found" besides 404 and 410. */
  readonly missing: ReadonlySet<number>;
}

export interface ClientDeps {
  /**
   * Fetches a page with retries and a size limit. Undefined for status 404 or 410, which mean "not found". If
   * `read` throws because the page is truncated, the page is fetched again. Rejects with `PeepError`s.
   */
  readonly getPage: <T>(
    url: string,
    accept: string,
    read: (page: AnsweredPage) => T,
    options: PageOptions,
  ) => Promise<T | undefined>;
  /** True for an error of `getPage` that only means peep did not wait. */
  readonly wasNotWaitedFor: (error: PeepError) => boolean;
  readonly local: LocalPlaces;
}

/** `INDEX/normalized-name/`, or the directory of that name; undefined if the index does not have the project. */
export async function readIndexPage(
  origin: PageOrigin,
  wanted: WantedArchives,
  deps: ClientDeps,
  options: PageOptions,
): Promise<Page | undefined> {
  if (/^file:/i.test(origin.index))
    return deps.local.readIndexDirectory(origin.url, origin, createNameFilter(wanted));
  return readRemotePage(origin, wanted, deps, options);
}

/** A page, directory or single archive of find-links. Throws `PLACE_UNREADABLE`. */
export async function readFindLinks(
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

/** The error for a redirect to an unrelated page, such as a login page. */
function ledAstray(origin: PageOrigin, url: string): PeepError {
  return malformedPage(
    { ...origin, url },
    `'${redactUrl(origin.url)}' redirects to it, but it has no links`,
    undefined,
    {
      hint: 'Check the index URL, and the user and password for it: the server may need a login.',
    },
  );
}

/** A 404 of an index means that it lacks the project; a 404 of a find-links page means that its URL is wrong. */
function noSuchPage(place: string): PeepError {
  return new PeepError(
    'PLACE_UNREADABLE',
    `cannot read '${redactUrl(place)}' of the index settings: the server has no page there (status 404 or 410)`,
    {
      hint: 'Check the address in --find-links, on the command line, in the requirements file and in pip.conf.',
    },
  );
}
