import type { IncomingHttpHeaders } from 'node:http';
import { contentSha256, contentSize } from './content.js';
import { filePath, normalizeName, type PageContext, projectPage, rootPage } from './pages.js';
import type { Content, FileSpec, ProjectSpec, Route, Scenario } from './scenario.js';

/** An answer before faults: a status, headers with names in lower case, and a body. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Content;
  /** Of a file, whose parts can be asked for. */
  readonly etag?: string;
}

/** The right answer to a request; faults come later. `path` is what stands in the request line. */
export async function replyTo(scenario: Scenario, path: string, context: PageContext): Promise<Reply> {
  const [pathname = ''] = path.split('?');
  const route =
    scenario.routes?.[path] ?? scenario.routes?.[pathname] ?? scenario.routes?.[decoded(pathname)];
  if (route !== undefined) return routeReply(route);
  if (pathname === '/simple/') return pageReply(rootPage(Object.keys(scenario.projects ?? {}), context));
  const name = /^\/simple\/([^/]+)(\/?)$/.exec(pathname);
  if (name?.[1] !== undefined) return projectReply(scenario, name[1], name[2] === '/', context);
  return (await fileReply(scenario, pathname)) ?? refused(404);
}

export function refused(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'text/plain', ...headers },
    body: Buffer.from(`status ${status}\n`),
  };
}

/** A 401 when the path needs credentials and the request has not the right ones. */
export function checkAuth(
  wanted: Scenario['auth'],
  path: string,
  headers: IncomingHttpHeaders,
): Reply | undefined {
  const auth = [wanted ?? []].flat().find(({ paths }) => paths === undefined || paths.test(path));
  if (auth === undefined) return undefined;
  const expected = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
  if (headers.authorization === expected) return undefined;
  return refused(401, { 'www-authenticate': `Basic realm="${auth.realm ?? 'mock index'}"` });
}

async function projectReply(
  scenario: Scenario,
  name: string,
  slash: boolean,
  context: PageContext,
): Promise<Reply> {
  const normalized = normalizeName(decoded(name));
  const found = Object.entries(scenario.projects ?? {}).find(
    ([project]) => normalizeName(project) === normalized,
  );
  if (found === undefined) return refused(scenario.notFound ?? 404);
  if (!slash || name !== normalized) return refused(301, { location: `/simple/${normalized}/` });
  const [project, given] = found;
  const spec = asProject(given);
  return spec.page === undefined
    ? pageReply(await projectPage(project, spec, context))
    : routeReply(spec.page);
}

async function fileReply(scenario: Scenario, pathname: string): Promise<Reply | undefined> {
  const source = decoded(scenario.plusIsSpace ? pathname.replace(/\+/g, ' ') : pathname);
  const files = filesOf(scenario);
  const file = files.get(source);
  if (file !== undefined) return archiveReply(file);
  const metadata =
    source.endsWith('.metadata') && files.get(source.slice(0, -'.metadata'.length))?.coreMetadata;
  return metadata ? routeReply({ body: metadata }) : undefined;
}

const filesByPath = new WeakMap<Scenario, Map<string, FileSpec>>();

function filesOf(scenario: Scenario): Map<string, FileSpec> {
  let files = filesByPath.get(scenario);
  if (files === undefined) {
    files = new Map();
    for (const [project, given] of Object.entries(scenario.projects ?? {})) {
      // Of two files with one name, the first is served.
      for (const file of asProject(given).files.toReversed())
        files.set(decoded(filePath(project, file.filename)), file);
    }
    filesByPath.set(scenario, files);
  }
  return files;
}

async function archiveReply(file: FileSpec): Promise<Reply> {
  const body = file.served ?? file.bytes;
  const etag = await etagOf(file.etag, body);
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'content-length': String(await contentSize(body)),
      ...(etag !== undefined && { etag }),
    },
    body,
    ...(etag !== undefined && { etag }),
  };
}

/** The validator of a body: strong by default, `weak`, none, or the given text. */
export async function etagOf(wish: string | undefined, body: Content): Promise<string | undefined> {
  if (wish === 'none') return undefined;
  const strong = `"${(await contentSha256(body)).slice(0, 16)}"`;
  if (wish === undefined) return strong;
  return wish === 'weak' ? `W/${strong}` : wish;
}

async function routeReply(route: Route): Promise<Reply> {
  const body = typeof route.body === 'string' ? Buffer.from(route.body) : (route.body ?? Buffer.alloc(0));
  const headers = Object.entries(route.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    status: route.status ?? 200,
    headers: {
      'content-type':
        typeof route.body === 'string' ? 'text/html; charset=utf-8' : 'application/octet-stream',
      'content-length': String(await contentSize(body)),
      ...Object.fromEntries(headers),
    },
    body,
  };
}

function pageReply(page: { readonly contentType: string; readonly body: string }): Reply {
  const body = Buffer.from(page.body);
  const headers = { 'content-type': page.contentType, 'content-length': String(body.length), vary: 'Accept' };
  return { status: 200, headers, body };
}

function asProject(spec: readonly FileSpec[] | ProjectSpec): ProjectSpec {
  return 'files' in spec ? spec : { files: spec };
}

/** Decoded once; what does not decode stays as it is and fits nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
