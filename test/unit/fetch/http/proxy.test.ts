import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../../../src/fetch/http/proxy.js';
import {
  bodyOf,
  certificate,
  failure,
  onCleanup,
  serve,
  serverTls,
  type TestServer,
  transport,
} from '../support.js';

const target = new URL('https://files.test/x');
const chosen = (env: Record<string, string>, option?: string, url = target) =>
  proxyFor(url, option, env)?.url.href;

describe('the proxy', () => {
  it('is that of --proxy, of the scheme, or of all, in this order', () => {
    const env = {
      https_proxy: 'http://a:1',
      HTTPS_PROXY: 'http://b:1',
      ALL_PROXY: 'http://c:1',
      HTTP_PROXY: 'http://d:1',
    };
    expect(chosen(env, 'http://e:1')).toBe('http://e:1/');
    expect(chosen(env)).toBe('http://a:1/');
    expect(chosen({ HTTPS_PROXY: 'b:1', ALL_PROXY: 'c:1' })).toBe('http://b:1/');
    expect(chosen({ ALL_PROXY: 'c:1' })).toBe('http://c:1/');
    expect(chosen(env, undefined, new URL('http://files.test/'))).toBe('http://d:1/');
    expect(chosen({})).toBeUndefined();
    expect(chosen({ HTTPS_PROXY: '' })).toBeUndefined();
    // As in urllib: the lower-case variable without a value takes the other one away.
    expect(chosen({ https_proxy: '', HTTPS_PROXY: 'http://b:1' })).toBeUndefined();
    expect(chosen({ https_proxy: '', HTTPS_PROXY: 'http://b:1', ALL_PROXY: 'http://c:1' })).toBe(
      'http://c:1/',
    );
  });

  it('of HTTP_PROXY does not count in a CGI program', () => {
    const env = { HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' };
    expect(chosen(env, undefined, new URL('http://files.test/'))).toBeUndefined();
  });

  it.each([
    ['files.test', true],
    ['.test', true],
    ['test', true],
    ['*', true],
    ['other.test, files.test:443', true],
    ['files.test:8443', false],
    ['les.test', false],
    ['sub.files.test', false],
    ['', false],
  ])('is left out by NO_PROXY=%s: %s', (list, left) => {
    expect(chosen({ HTTPS_PROXY: 'http://a:1', NO_PROXY: list }) === undefined).toBe(left);
  });

  it('is left out for addresses', () => {
    const env = (list: string) => ({ HTTPS_PROXY: 'http://a:1', no_proxy: list });
    const at = (url: string, list: string) => chosen(env(list), undefined, new URL(url)) === undefined;
    expect(at('https://10.1.2.3/', '10.0.0.0/8')).toBe(true);
    expect(at('https://11.1.2.3/', '10.0.0.0/8')).toBe(false);
    expect(at('https://[fd00::1]/', 'fd00::/8')).toBe(true);
    expect(at('https://[fd00::1]:8443/', '[fd00::]/8')).toBe(true);
    expect(at('https://[2001:db8::1]/', 'fd00::/8')).toBe(false);
    expect(at('https://[fd00::1]/', '10.0.0.0/8')).toBe(false);
    expect(at('https://[::1]/', '::1')).toBe(true);
    expect(at('https://[::1]:8443/', '[::1]:8443')).toBe(true);
    expect(at('https://1.2.3.4/', '3.4')).toBe(false);
  });

  it('keeps its credentials for itself', () => {
    const proxy = proxyFor(target, 'http://us%40er:p%3Aw@a:1', {});
    expect(proxy?.url.href).toBe('http://a:1/');
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('us@er:p:w').toString('base64')}`);
  });

  it.each(['socks5://a:1', 'http://[', 'ftp://a'])('that cannot be used is named: %s', (option) => {
    expect(() => proxyFor(target, option.replace('//', '//user:secret@'), {})).toThrow(
      expect.objectContaining({ code: 'NETWORK_SETTINGS', message: expect.not.stringContaining('secret') }),
    );
  });
});

interface TestProxy extends TestServer {
  readonly tunnels: string[];
  readonly authorizations: (string | undefined)[];
}

/** A proxy that opens tunnels; `refuse` answers CONNECT with a status. */
async function serveProxy(
  options: { readonly refuse?: number; readonly tls?: object } = {},
): Promise<TestProxy> {
  const server = await serve(
    (request, response) => response.end(`through ${request.url} as ${request.headers.host}`),
    options,
  );
  const tunnels: string[] = [];
  const authorizations: (string | undefined)[] = [];
  server.server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    socket.on('error', () => undefined);
    if (options.refuse !== undefined) {
      socket.end(`HTTP/1.1 ${options.refuse} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
  });
  return { ...server, tunnels, authorizations };
}

const cert = certificate('authority');

describe('https through a proxy', () => {
  it.each([
    ['http', {}],
    ['https', { tls: serverTls() }],
  ])('of %s is end to end, and the proxy sees no header', async (_, options) => {
    const server = await serve((_request, response) => response.end('secure'), { tls: serverTls() });
    const proxy = await serveProxy(options);
    const client = transport({ cert, proxy: proxy.url.replace('//', '//me:pw@') });
    for (let i = 0; i < 2; i++) {
      const response = await client.get({ url: server.url.replace('//', '//user:secret@') });
      expect((await bodyOf(response)).toString()).toBe('secure');
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    expect(proxy.tunnels).toEqual([`127.0.0.1:${server.port}`]);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('me:pw').toString('base64')}`]);
    expect(proxy.seen).toEqual([]);
    expect(server.seen.map(({ headers }) => headers['proxy-authorization'])).toEqual([undefined, undefined]);
  });

  it('checks the certificate of the server', async () => {
    const server = await serve((_request, response) => response.end('secure'), { tls: serverTls() });
    const proxy = await serveProxy();
    expect((await failure(transport({ proxy: proxy.url }).get({ url: server.url }))).code).toBe(
      'NETWORK_TLS',
    );
  });

  it.each([407, 403, 502])('that answers %i is named', async (refuse) => {
    const proxy = await serveProxy({ refuse });
    const error = await failure(transport({ cert, proxy: proxy.url }).get({ url: 'https://127.0.0.1:1/' }));
    expect(error).toMatchObject({ code: 'NETWORK_PROXY', facts: { status: refuse } });
  });

  it('that is not there, or silent, is named', async () => {
    const gone = await failure(
      transport({ cert, proxy: 'http://127.0.0.1:1' }).get({ url: 'https://127.0.0.1:2/' }),
    );
    expect(gone.code).toBe('NETWORK_PROXY');
    const { port } = await serve(() => undefined).then((server) => {
      server.server.on('connect', (_request, socket) => onCleanup(() => socket.destroy()));
      return server;
    });
    const silent = await failure(
      transport({ cert, timeout: 0.1, proxy: `http://127.0.0.1:${port}` }).get({
        url: 'https://127.0.0.1:2/',
      }),
    );
    expect(silent).toMatchObject({ code: 'NETWORK_PROXY' });
    expect(silent.message).toContain('took too long');
  });
});

describe('plain http through a proxy', () => {
  it('names the whole URL, and gives the proxy its own credentials', async () => {
    const proxy = await serveProxy();
    const client = transport({ proxy: proxy.url.replace('//', '//me:pw@'), trustedHosts: ['files.test'] });
    const response = await client.get({ url: 'http://files.test/a?b' });
    expect((await bodyOf(response)).toString()).toBe('through http://files.test/a?b as files.test');
    expect(proxy.seen[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:pw').toString('base64')}`,
    );
    expect(response.url).toBe('http://files.test/a?b');
  });

  it('says when the proxy wants a password', async () => {
    const proxy = await serve((_request, response) => response.writeHead(407).end());
    const client = transport({ proxy: proxy.url, trustedHosts: ['files.test'] });
    expect((await failure(client.get({ url: 'http://files.test/' }))).code).toBe('NETWORK_PROXY');
  });
});
