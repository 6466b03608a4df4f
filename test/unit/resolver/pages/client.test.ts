import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fetchPage } from '../../../../src/fetch/http/page.js';
import type { Transport } from '../../../../src/fetch/http/transport.js';
import type { ProjectName } from '../../../../src/packaging/types.js';
import { select } from '../../../../src/resolver/choose/select.js';
import { type IndexLocations, simpleClient } from '../../../../src/resolver/pages/client.js';
import { localLocations } from '../../../../src/resolver/pages/local.js';
import type { WantedArchives } from '../../../../src/resolver/pages/name-filter.js';
import type { ClientDeps } from '../../../../src/resolver/pages/read-place.js';
import { quirkAuth, quirks, startQuirk } from '../../../mock-index/quirks.js';
import type { Scenario } from '../../../mock-index/scenario.js';
import { startMockIndex } from '../../../mock-index/server.js';
import { wheel } from '../../../mock-index/wheel.js';
import { transport } from '../../fetch/support.js';
import { request } from '../samples.js';

const quill = 'quill' as ProjectName;
const archive = wheel({ name: 'quill', version: '1.0+local.1' });
const other = wheel({ name: 'quill', version: '2.0' });

function client(
  places: Partial<IndexLocations>,
  network: Transport = transport(),
  announced?: WantedArchives,
) {
  const getPage: ClientDeps['getPage'] = (url, accept, read) =>
    fetchPage({ transport: network, retries: 0 }, { url, accept }, read);
  return simpleClient(
    { indexUrls: [], findLinks: [], ...places },
    { getPage, wasNotWaitedFor: () => false, local: localLocations },
    announced,
  );
}

async function linksAt(scenario: Scenario, path = 'simple/') {
  await using index = await startMockIndex(scenario);
  return await client({ indexUrls: [`${index.origin}/${path}`] }).linksFor(quill, 'all');
}

const projects = { Quill: [archive, other] };

describe('an index', () => {
  it('is read for the wanted versions alone, and asked again for one that was not announced', async () => {
    await using index = await startMockIndex({ projects });
    const announced = new Map([[quill, [{ operator: '==', version: '2.0' }] as const]]);
    const { linksFor } = client({ indexUrls: [index.url] }, transport(), announced);
    const first = await linksFor(quill, [{ operator: '==', version: '2.0' }]);
    expect(first.links.map(({ filename }) => filename)).toEqual([other.filename]);
    expect(first.others).toEqual({ count: 1, versions: ['1.0+local.1'] });
    const second = await linksFor(quill, [{ operator: '==', version: '1.0+local.1' }]);
    expect(second.links.map(({ filename }) => filename)).toEqual([archive.filename, other.filename]);
    expect(await linksFor(quill, [{ operator: '==', version: '2.0' }])).toBe(second);
    expect(index.requests).toHaveLength(2);
  });

  it('is asked for the normalised name, in the forms that are understood, once', async () => {
    await using index = await startMockIndex({ projects });
    const { linksFor } = client({ indexUrls: [index.url] });
    const [first, second] = await Promise.all([linksFor(quill, 'all'), linksFor(quill, 'all')]);
    expect(second).toBe(first);
    expect(first.links.map(({ filename }) => filename)).toEqual([archive.filename, other.filename]);
    expect(index.requests.map(({ path }) => path)).toEqual(['/simple/quill/']);
    expect(index.requests[0]?.headers.accept).toBe(
      'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1',
    );
  });

  it('may be written without its last slash', async () => {
    expect((await linksAt({ projects }, 'simple')).links).toHaveLength(2);
  });

  it.each(['json', 'html'] as const)('says the same in %s', async (form) => {
    const file = {
      ...archive,
      requiresPython: '>=3.8,<4',
      yanked: 'why <not>',
      uploadTime: '2026-01-01T00:00:00Z',
    };
    const status = { status: 'archived', reason: 'done' };
    const { links, statuses } = await linksAt({ form, projects: { quill: { files: [file], status } } });
    expect(links).toMatchObject([
      {
        filename: archive.filename,
        advertised: [{ algorithm: 'sha256', hex: archive.sha256 }],
        requiresPython: '>=3.8,<4',
        yanked: 'why <not>',
        source: 'index',
      },
    ]);
    expect(statuses).toMatchObject([status]);
    if (form === 'json')
      expect(links[0]).toMatchObject({ size: archive.bytes.length, uploadTime: file.uploadTime });
  });

  it.each([
    ['raw deflate', 'deflate', deflateRawSync],
    ['zlib, as deflate should be', 'deflate', deflateSync],
    ['gzip', 'gzip', gzipSync],
  ] as const)('is read in %s, and with status 203 of a proxy', async (_, encoding, encode) => {
    const page = `<!DOCTYPE html><a href="${archive.filename}">${archive.filename}</a>`;
    const headers = { 'Content-Encoding': encoding };
    const fault = { path: /./, status: 203, contentType: 'text/html', headers, body: encode(page) };
    const { links } = await linksAt({ projects, faults: [fault] });
    expect(links.map(({ filename }) => filename)).toEqual([archive.filename]);
  });

  it.each([404, 410])('that answers %i does not have the project', async (status) => {
    expect(await linksAt({ faults: [{ path: /./, status }] })).toEqual({
      links: [],
      others: { count: 0, versions: [] },
      failures: [],
      statuses: [],
    });
  });

  it.each<[string, Scenario, string]>([
    ['401', { projects, auth: quirkAuth }, 'HTTP_STATUS'],
    ['403', { projects, notFound: 403, faults: [{ path: /./, status: 403 }] }, 'HTTP_STATUS'],
    ['500', { projects, faults: [{ path: /./, status: 500 }] }, 'HTTP_STATUS'],
    [
      'a wrong content type',
      { projects, faults: [{ path: /./, contentType: 'application/pdf' }] },
      'PAGE_MALFORMED',
    ],
    [
      'no content type',
      { projects, faults: [{ path: /./, headers: { 'Content-Type': null } }] },
      'PAGE_MALFORMED',
    ],
    ['a later version', { projects, apiVersion: '2.0' }, 'PAGE_VERSION'],
    ['a later version in HTML', { projects, apiVersion: '2.0', form: 'html' }, 'PAGE_VERSION'],
    ['half a page', { projects, faults: [{ path: /./, truncateAt: 50 }] }, 'NETWORK_BROKEN'],
    ['a reset', { projects, faults: [{ path: /./, resetAt: 'before-answer' }] }, 'NETWORK_BROKEN'],
    ['no HTTP', { projects, faults: [{ path: /./, raw: 'hello\r\n\r\n' }] }, 'NETWORK_PROTOCOL'],
    [
      'what is not encoded as it says',
      { projects, faults: [{ path: /./, headers: { 'Content-Encoding': 'gzip' } }] },
      'NETWORK_PROTOCOL',
    ],
    [
      'an unknown encoding',
      { projects, faults: [{ path: /./, headers: { 'Content-Encoding': 'zstd-2' } }] },
      'NETWORK_PROTOCOL',
    ],
  ])('that answers with %s fails by name, and the others still count', async (_, scenario, code) => {
    await using broken = await startMockIndex(scenario);
    await using sound = await startMockIndex({ projects });
    const { links, failures } = await client({ indexUrls: [broken.url, sound.url] }).linksFor(quill, 'all');
    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[broken.url, code]]);
    expect(failures[0]?.error.message).toContain(broken.origin);
    expect(links).toHaveLength(2);
  });

  it('keeps its place among the others, whichever answers first (P10)', async () => {
    await using slow = await startMockIndex({ projects: { quill: [archive] }, latency: 30 });
    await using fast = await startMockIndex({ projects: { quill: [other] } });
    const findLinks = [`${fast.url}quill/`];
    const { links } = await client({ indexUrls: [slow.url, fast.url], findLinks }).linksFor(quill, 'all');
    expect(links.map(({ filename, source, order, index }) => [filename, source, order, index])).toEqual([
      [other.filename, 'find-links', 0, findLinks[0]],
      [archive.filename, 'index', 1, slow.url],
      [other.filename, 'index', 2, fast.url],
    ]);
  });

  it('may compress its pages', async () => {
    expect((await linksAt({ projects, faults: [{ path: /./, gzip: true }] })).links).toHaveLength(2);
  });

  it('cannot send a small page that becomes a large one', async () => {
    const bomb = gzipSync(Buffer.alloc(80 << 20, ' '));
    const headers = { 'Content-Encoding': 'gzip', 'Content-Type': 'text/html' };
    const { failures } = await linksAt({ routes: { '/simple/quill/': { headers, body: bomb } } });
    expect(failures[0]?.error.code).toBe('TRANSFER_TOO_LARGE');
  });

  it('cannot send a page without an end', async () => {
    const { failures } = await linksAt({
      projects,
      faults: [{ path: /./, endless: true, length: 'chunked' }],
    });
    expect(failures[0]?.error.code).toBe('TRANSFER_TOO_LARGE');
  });

  it('ends all requests together when the run ends', async () => {
    const over = new Error('over');
    const { linksFor } = simpleClient(
      { indexUrls: ['https://a.example/', 'https://b.example/'], findLinks: ['https://c.example/'] },
      { getPage: () => Promise.reject(over), wasNotWaitedFor: () => false, local: localLocations },
    );
    await expect(linksFor(quill, 'all')).rejects.toBe(over);
  });
});

describe('quirks of indexes', () => {
  it.each(quirks)('$name: the link is understood', async (quirk) => {
    const subject = { project: 'quill', archive };
    await using running = await startQuirk(quirk, subject);
    const { index, storage, archiveUrl } = running;
    const network = transport({
      env: {},
      credentials: { urls: [index.url.replace('//', `//${quirkAuth.user}:${quirkAuth.password}@`)] },
    });
    const indexUrls = storage === undefined ? [index.url] : [index.url, storage.url];
    const { links, failures } = await client({ indexUrls }, network).linksFor(quill, 'all');
    const digests = [{ algorithm: 'sha256', hex: archive.sha256 }] as const;
    const [best] = select(links, request('quill==1.0+local.1', { digests })).candidates;
    expect(best?.link.filename).toBe(archive.filename);
    expect(best?.group).toBe(/md5|sha512|none|relative/.test(quirk.name) ? 'unknown' : 'pinned');
    // A redirect leads from here to where the archive is in the end.
    if (quirk.name !== 'presigned-redirect') expect(best?.link.url).toBe(archiveUrl.replace('+', '%2B'));
    expect(failures.map(({ error }) => error.code)).toEqual(
      quirk.name === 'forbidden-for-missing' ? ['HTTP_STATUS'] : [],
    );
  });
});

describe('find-links on the network', () => {
  it('is a page of links, asked for once for all projects', async () => {
    const body = `<a href="pool/${encodeURIComponent(archive.filename)}#sha256=${archive.sha256}">x</a><a href="ink-1.0.zip">`;
    const route = { headers: { 'Content-Type': 'text/html' }, body };
    await using index = await startMockIndex({ routes: { '/links.html': route } });
    const announced = new Map([quill, 'ink' as ProjectName].map((project) => [project, 'all' as const]));
    const findLinks = [`${index.origin}/links.html`];
    const { linksFor } = client({ findLinks }, transport(), announced);
    const [links, ink] = await Promise.all([linksFor(quill, 'all'), linksFor('ink' as ProjectName, 'all')]);
    expect(links.links).toMatchObject([
      { url: `${index.origin}/pool/${encodeURIComponent(archive.filename)}`, source: 'find-links', order: 0 },
    ]);
    expect(ink.links.map(({ filename }) => filename)).toEqual(['ink-1.0.zip']);
    expect(index.requests).toHaveLength(1);
  });

  it('is asked again for a project that nobody announced', async () => {
    const route = {
      headers: { 'Content-Type': 'text/html' },
      body: '<a href="quill-1.0.zip"><a href="ink-1.0.zip">',
    };
    await using index = await startMockIndex({ routes: { '/links.html': route } });
    const { linksFor } = client({ findLinks: [`${index.origin}/links.html`] });
    for (const project of [quill, 'ink' as ProjectName]) {
      const { links } = await linksFor(project, [{ operator: '==', version: '1.0' }]);
      expect(links.map(({ filename }) => filename)).toEqual([`${project}-1.0.zip`]);
    }
    expect(index.requests).toHaveLength(2);
  });

  it('may be one archive, which is not fetched to find out', async () => {
    const url = `https://files.example/${archive.filename}#sha256=${archive.sha256}`;
    const { links } = await client({ findLinks: [url] }).linksFor(quill, 'all');
    expect(links).toMatchObject([
      { filename: archive.filename, advertised: [{ algorithm: 'sha256', hex: archive.sha256 }] },
    ]);
  });

  it('that fails is a failure of each project', async () => {
    await using index = await startMockIndex({ faults: [{ path: /./, status: 503 }] });
    const { failures } = await client({ findLinks: [`${index.origin}/links/`] }).linksFor(quill, 'all');
    expect(failures.map(({ error }) => error.code)).toEqual(['HTTP_STATUS']);
  });
});
