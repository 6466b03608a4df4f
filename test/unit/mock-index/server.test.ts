import { createHash } from 'node:crypto';
import { request as rawRequest } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scenario } from '../../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../../mock-index/server.js';
import { wheel } from '../../mock-index/wheel.js';

const flask = wheel({ name: 'Flask', version: '1.0' });
const open: MockIndex[] = [];

async function start(scenario: Scenario = { projects: { Flask: [flask] } }): Promise<MockIndex> {
  const index = await startMockIndex(scenario);
  open.push(index);
  return index;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((index) => index.close()));
});

async function get(url: string, headers: Record<string, string> = {}) {
  const response = await rawRequest(url, { headers });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: Buffer.from(await response.body.bytes()),
  };
}

describe('pages', () => {
  it('negotiates JSON and HTML', async () => {
    const index = await start();
    const json = await get(`${index.url}flask/`, {
      accept: 'application/vnd.pypi.simple.v1+json, text/html;q=0.1',
    });
    expect(json.headers['content-type']).toBe('application/vnd.pypi.simple.v1+json');
    expect(JSON.parse(json.body.toString()).files).toEqual([
      {
        filename: 'Flask-1.0-py3-none-any.whl',
        url: index.fileUrl('flask', flask.filename),
        hashes: { sha256: flask.sha256 },
        size: flask.bytes.length,
      },
    ]);
    const html = await get(`${index.url}flask/`);
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.body.toString()).toContain(`#sha256=${flask.sha256}">Flask-1.0-py3-none-any.whl</a>`);
  });

  it('redirects other spellings and misses what is not there', async () => {
    const index = await start();
    expect((await get(`${index.url}FLASK/`)).headers.location).toBe('/simple/flask/');
    expect((await get(`${index.url}flask`)).headers.location).toBe('/simple/flask/');
    expect((await get(`${index.url}other/`)).status).toBe(404);
  });

  it('records every request with its headers', async () => {
    const index = await start();
    await get(`${index.url}flask/?x=1`, { 'X-Token': 'a' });
    expect(index.requests).toMatchObject([{ method: 'GET', path: '/simple/flask/?x=1', status: 200 }]);
    expect(index.requests[0]?.rawHeaders).toContain('X-Token');
  });
});

describe('archives', () => {
  it('serves parts with a strong validator', async () => {
    const index = await start();
    const url = index.fileUrl('flask', flask.filename);
    const whole = await get(url);
    expect(whole.body.equals(flask.bytes)).toBe(true);
    const { etag } = whole.headers;
    const part = await get(url, { range: 'bytes=10-', 'if-range': String(etag) });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 10-${flask.bytes.length - 1}/${flask.bytes.length}`);
    expect(part.body.equals(flask.bytes.subarray(10))).toBe(true);
    expect((await get(url, { range: 'bytes=10-', 'if-range': '"old"' })).status).toBe(200);
    expect((await get(url, { range: 'bytes=99999999-' })).status).toBe(416);
  });

  it('serves other bytes than the page describes', async () => {
    const index = await start({ projects: { flask: [{ ...flask, served: Buffer.from('evil') }] } });
    expect((await get(index.fileUrl('flask', flask.filename))).body.toString()).toBe('evil');
  });

  it('asks for credentials with a realm', async () => {
    const index = await start({
      projects: { flask: [flask] },
      auth: { user: 'u', password: 'p', realm: 'r' },
    });
    expect((await get(`${index.url}flask/`)).headers['www-authenticate']).toBe('Basic realm="r"');
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect((await get(`${index.url}flask/`, { authorization })).status).toBe(200);
  });
});

describe('faults', () => {
  const path = `/files/flask/${flask.filename}`;
  const projects = { flask: [flask] };
  const size = flask.bytes.length;

  it('spoils the first requests of a path and lets the next one through', async () => {
    const index = await start({
      projects,
      faults: [{ path, times: 2, status: 503, headers: { 'Retry-After': '0' } }],
    });
    const url = index.origin + path;
    const answers = [await get(url), await get(url), await get(url)];
    expect(answers.map((answer) => answer.status)).toEqual([503, 503, 200]);
    expect(answers[0]?.headers['retry-after']).toBe('0');
  });

  it.each(['truncateAt', 'resetAt'])('%s breaks the transfer', async (kind) => {
    const index = await start({ projects, faults: [{ path, [kind]: 100 }] });
    await expect(get(index.origin + path)).rejects.toThrow();
    expect(index.requests[0]?.sent).toBe(100);
  });

  it('stalls until the client goes', async () => {
    const index = await start({ projects, faults: [{ path, stallAt: 100 }] });
    const response = await rawRequest(index.origin + path);
    const body = response.body[Symbol.asyncIterator]();
    expect((await body.next()).value).toHaveLength(100);
    await index.requests[0]?.held;
    response.body.on('error', () => undefined).destroy();
    await index.requests[0]?.over;
    expect(index.requests[0]?.sent).toBe(100);
  });

  it('changes one byte', async () => {
    const index = await start({ projects, faults: [{ path, wrongByteAt: -1 }] });
    const { body } = await get(index.origin + path);
    expect(body.subarray(0, -1).equals(flask.bytes.subarray(0, -1))).toBe(true);
    expect(createHash('sha256').update(body).digest('hex')).not.toBe(flask.sha256);
  });

  it('sends without a length, chunked or until the connection closes', async () => {
    for (const length of ['chunked', 'close'] as const) {
      const index = await start({ projects, faults: [{ path, length }] });
      const answer = await get(index.origin + path);
      expect(answer.headers['content-length']).toBeUndefined();
      expect(answer.body.equals(flask.bytes)).toBe(true);
    }
  });

  it('sends without an end until the client goes', async () => {
    const index = await start({ projects, faults: [{ path, endless: true }] });
    const response = await rawRequest(index.origin + path);
    let seen = 0;
    for await (const chunk of response.body) {
      seen += chunk.length;
      if (seen > 1 << 20) break;
    }
    await index.requests[0]?.over;
    expect(seen).toBeGreaterThan(size);
  });

  it('compresses, redirects, relabels and pads headers', async () => {
    const index = await start({
      projects,
      faults: [
        { path, times: 1, gzip: true },
        { path: '/loop', redirect: '/loop' },
        { path: '/simple/flask/', contentType: 'text/plain', headerBytes: 4000 },
      ],
    });
    expect((await get(index.origin + path)).headers['content-encoding']).toBe('gzip');
    expect((await get(`${index.origin}/loop`)).headers.location).toBe('/loop');
    const page = await get(`${index.url}flask/`);
    expect(page.headers['content-type']).toBe('text/plain');
    expect(JSON.stringify(page.headers).length).toBeGreaterThan(4000);
  });

  it.each([
    ['ignored', 200, undefined],
    ['refused', 416, `bytes */${size}`],
    ['shifted', 206, `bytes 11-${size - 1}/${size}`],
    ['wrong-total', 206, `bytes 10-${size - 1}/${size + 1}`],
    ['no-content-range', 206, undefined],
    ['other-validator', 206, `bytes 10-${size - 1}/${size}`],
  ] as const)('answers ranges wrongly: %s', async (range, status, contentRange) => {
    const index = await start({ projects, faults: [{ path, range }] });
    const answer = await get(index.origin + path, { range: 'bytes=10-' });
    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
  });

  it('drips, and answers with raw bytes', async () => {
    const index = await start({
      projects,
      faults: [
        { path, drip: 7 },
        { path: '/raw', raw: 'SMTP 220\r\n\r\n' },
      ],
    });
    expect((await get(index.origin + path)).body.equals(flask.bytes)).toBe(true);
    await expect(get(`${index.origin}/raw`)).rejects.toThrow();
  });
});
