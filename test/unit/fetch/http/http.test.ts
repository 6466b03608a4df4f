import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../../../src/fetch/http/clock.js';
import {
  bodyOf,
  certificate,
  failure,
  onCleanup,
  serve,
  serverTls,
  transport,
  withoutWaiting,
} from '../support.js';

const ok = (body: string) => (_: unknown, response: import('node:http').ServerResponse) => response.end(body);

async function text(
  promise: Promise<import('../../../../src/fetch/http/transport.js').TransportResponse>,
): Promise<string> {
  return (await bodyOf(await promise)).toString();
}

describe('a request', () => {
  it('brings status, headers and body, and says who asks', async () => {
    const server = await serve((_, response) => {
      response.writeHead(404, { 'X-Kind': ['a', 'b'] });
      response.end('gone');
    });
    const response = await transport().get({ url: `${server.url}/a%20b?c=d#e`, headers: { accept: 'x/y' } });
    expect(response.status).toBe(404);
    expect(response.headers['x-kind']).toBe('a, b');
    expect(response.url).toBe(`${server.url}/a%20b?c=d`);
    expect((await bodyOf(response)).toString()).toBe('gone');
    expect(server.seen[0]?.path).toBe('/a%20b?c=d');
    expect(server.seen[0]?.headers).toMatchObject({ accept: 'x/y' });
    expect(server.seen[0]?.headers['user-agent']).toMatch(/^peep\/\d+\.\d+.* pip\/\d+/);
  });

  it('uses one connection for one request after the other, also after bodies that were not wanted', async () => {
    const server = await serve(ok('x'.repeat(5000)));
    const client = transport();
    for (let i = 0; i < 3; i++) {
      const response = await client.get({ url: server.url });
      if (i === 1) response.cancel();
      else await bodyOf(response);
      // undici frees a connection one turn of the loop after the end.
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
    expect(new Set(server.seen.map(({ socket }) => socket)).size).toBe(1);
  });

  it('keeps to the number of jobs', async () => {
    let open = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const server = await serve((_, response) => {
      most = Math.max(most, ++open);
      held.push(() => {
        open--;
        response.end('x');
      });
      if (held.length === 2 || held.length === 4) for (const finish of held.slice(-2)) finish();
    });
    const client = transport({ jobs: 2 });
    await Promise.all([1, 2, 3, 4].map(() => text(client.get({ url: server.url }))));
    expect(most).toBe(2);
  });

  it('does not run out of time while nobody reads', async () => {
    const total = 32 * 1024 * 1024;
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': total });
      response.end(Buffer.alloc(total));
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const response = await transport({ timeout: 15 }).get({ url: server.url });
    let size = 0;
    await response.read(async (chunk) => {
      size += chunk.length;
      if (size > chunk.length) return;
      // The idle timer stops as soon as nothing more is let in.
      while (vi.getTimerCount() > 0) await new Promise((resolve) => setImmediate(resolve));
      // Longer than the idle time-out: it must not run while peep is the slow one.
      await vi.advanceTimersByTimeAsync(60_000);
    });
    expect(size).toBe(total);
  });
});

it('a body that comes byte by byte is read in time', async () => {
  const server = await serve((_, response) => {
    response.socket?.end(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(100_000)}0\r\n\r\n`,
    );
  });
  expect((await text(transport().get({ url: server.url }))).length).toBe(100_000);
});

describe('redirects', () => {
  it('are followed, relative ones too, without fragments', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/a/b') response.writeHead(302, { location: '../c?x#frag' }).end('moved');
      else response.end(request.url);
    });
    const response = await transport().get({ url: `${server.url}/a/b` });
    expect(response.url).toBe(`${server.url}/c?x`);
    expect((await bodyOf(response)).toString()).toBe('/c?x');
  });

  it.each([301, 303, 307, 308])('with status %i are followed', async (status) => {
    const server = await serve((request, response) => {
      if (request.url === '/') response.writeHead(status, { location: '/there' }).end();
      else response.end('there');
    });
    expect(await text(transport().get({ url: server.url }))).toBe('there');
  });

  it('in circles end', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    const error = await failure(transport().get({ url: server.url }));
    expect(error.code).toBe('HTTP_REDIRECT');
    expect(server.seen.length).toBe(21);
  });

  it.each([
    ['http://[', 'not an address'],
    ['ftp://127.0.0.1/', "'ftp:'"],
    ['file:///etc/passwd', "'file:'"],
    ['http://192.0.2.1/', 'neither loopback nor trusted'],
  ])('to %s are refused', async (location, why) => {
    const server = await serve((_, response) => response.writeHead(302, { location }).end());
    const error = await failure(transport().get({ url: server.url }));
    expect(['HTTP_REDIRECT', 'HTTP_INSECURE']).toContain(error.code);
    expect(error.message).toContain(why);
  });

  it('never lead from https down to http, not even to a trusted host', async () => {
    const plain = await serve(ok('plain'));
    const server = await serve((_, response) => response.writeHead(302, { location: plain.url }).end(), {
      tls: serverTls(),
    });
    const client = transport({ cert: certificate('authority'), trustedHosts: ['127.0.0.1'] });
    expect((await failure(client.get({ url: server.url }))).code).toBe('HTTP_REDIRECT');
    expect(plain.seen).toEqual([]);
  });

  it('without a Location are plain responses', async () => {
    const server = await serve((_, response) => response.writeHead(302).end('x'));
    expect((await transport().get({ url: server.url })).status).toBe(302);
  });
});

describe('P7: credentials', () => {
  it('in a URL reach the header and nothing else', async () => {
    const server = await serve(ok('x'));
    const response = await transport().get({ url: server.url.replace('//', '//us%40er:p%3Aw@') });
    expect(server.seen[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('us@er:p:w').toString('base64')}`,
    );
    expect(response.url).not.toContain('us');
  });

  it('reach their own origin alone over redirects', async () => {
    const other = await serve((request, response) => {
      if (request.url === '/back') response.writeHead(302, { location: `${server.url}/end` }).end();
      else response.end('x');
    });
    const server = await serve((request, response) => {
      const next = { '/': '/two', '/two': `${other.url}/back`, '/end': undefined }[request.url ?? ''];
      if (next === undefined) response.end('end');
      else response.writeHead(302, { location: next }).end();
    });
    const url = server.url.replace('//', '//user:secret@');
    expect(await text(transport().get({ url: `${url}/` }))).toBe('end');
    // `/end` was named by the other server: credentials of the first URL do not come back with it.
    expect(server.seen.map(({ path, headers }) => [path, headers.authorization !== undefined])).toEqual([
      ['/', true],
      ['/two', true],
      ['/end', false],
    ]);
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('that a redirect names are dropped', async () => {
    const other = await serve(ok('x'));
    const server = await serve((_, response) =>
      response.writeHead(302, { location: other.url.replace('//', '//evil:evil@') }).end(),
    );
    await text(transport().get({ url: server.url }));
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('are asked of the keyring after a 401, once for many', async () => {
    const asked: string[][] = [];
    const server = await serve((request, response) => {
      const good = request.headers.authorization === `Basic ${Buffer.from('user:pw').toString('base64')}`;
      response.writeHead(good ? 200 : 401).end(good ? 'in' : 'out');
    });
    const client = transport({
      keyringProvider: 'subprocess',
      credentials: {
        urls: [`${server.url.replace('//', '//user@')}/simple/`],
        keyring: async (...args) => {
          asked.push(args);
          return 'pw';
        },
      },
    });
    const answers = await Promise.all(
      [1, 2, 3].map(() => text(client.get({ url: `${server.url}/simple/x/` }))),
    );
    expect(answers).toEqual(['in', 'in', 'in']);
    expect(asked).toEqual([[`${server.url}/simple/`, 'user']]);
  });

  it('never stand in an error', async () => {
    const error = await failure(
      transport({ timeout: 1 }).get({ url: 'http://user:secret@192.0.2.1/?token=hidden' }),
    );
    expect(JSON.stringify([error.message, error.facts, error.hint])).not.toMatch(/secret|hidden/);
  });
});

describe('failures are those of the network (P8)', () => {
  it('a server that is not there', async () => {
    const server = await serve(ok('x'));
    const { port } = server;
    await new Promise((resolve) => server.server.close(resolve));
    const error = await failure(transport().get({ url: `http://127.0.0.1:${port}/` }));
    expect(error).toMatchObject({ code: 'NETWORK_UNREACHABLE', facts: { reason: 'ECONNREFUSED' } });
  });

  it('a name that does not resolve', async () => {
    const error = await failure(transport().get({ url: 'https://name.invalid/' }));
    expect(error.code).toBe('NETWORK_UNREACHABLE');
  });

  it('silence before the headers, and in the body', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/body') response.write('a');
    });
    const client = transport({ timeout: 15 });
    const asked = new Promise((resolve) => server.server.once('request', resolve));
    const headers = await withoutWaiting(
      () => failure(client.get({ url: server.url })),
      () => asked,
    );
    expect(headers.code).toBe('NETWORK_TIMEOUT');
    const response = await client.get({ url: `${server.url}/body` });
    const body = await withoutWaiting(
      () => failure(bodyOf(response)),
      async () => undefined,
    );
    expect(body.code).toBe('NETWORK_TIMEOUT');
  });

  it('a server that keeps the connection alive with a byte now and then', async () => {
    const server = await serve((_, response) => {
      response.write('x');
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    let now = 0;
    const clock = {
      ...systemClock,
      now: () => {
        now += 10_000;
        return now;
      },
    };
    const error = await failure(
      transport({ clock })
        .get({ url: server.url })
        .then((response) => bodyOf(response)),
    );
    expect(error.code).toBe('NETWORK_TIMEOUT');
    expect(error.message).toContain('fewer than');
  });

  it.each([
    ['a reset', (socket: import('node:net').Socket) => socket.resetAndDestroy(), 'NETWORK_BROKEN'],
    [
      'an end before the headers',
      (socket: import('node:net').Socket) => socket.end('HTTP/1.1 200 OK\r\n'),
      'NETWORK_BROKEN',
    ],
    [
      'no HTTP',
      (socket: import('node:net').Socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'),
      'NETWORK_PROTOCOL',
    ],
    [
      'a header block without end',
      (socket: import('node:net').Socket) =>
        socket.end(`HTTP/1.1 200 OK\r\n${`X-Y: ${'z'.repeat(1000)}\r\n`.repeat(80)}`),
      'NETWORK_PROTOCOL',
    ],
    [
      'a header line without a colon',
      (socket: import('node:net').Socket) => socket.end('HTTP/1.1 200 OK\r\nBad\r\n\r\n'),
      'NETWORK_PROTOCOL',
    ],
  ])('%s', async (_, act, code) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => act(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => server.close());
    const { port } = server.address() as import('node:net').AddressInfo;
    expect((await failure(transport().get({ url: `http://127.0.0.1:${port}/` }))).code).toBe(code);
  });

  it('plain http to the world', async () => {
    const error = await failure(transport().get({ url: 'http://192.0.2.1/' }));
    expect(error).toMatchObject({ code: 'HTTP_INSECURE' });
    expect(error.hint).toContain('--trusted-host 192.0.2.1');
  });

  it('no URL', async () => {
    for (const url of ['', 'a', '//host/x', 'ftp://host/', 'javascript:alert(1)']) {
      expect((await failure(transport().get({ url }))).code).toBe('URL_UNUSABLE');
    }
  });

  it('--offline opens no socket', async () => {
    const server = await serve(ok('x'));
    let connections = 0;
    server.server.on('connection', () => connections++);
    expect((await failure(transport({ offline: true }).get({ url: server.url }))).code).toBe(
      'NETWORK_OFFLINE',
    );
    expect(connections).toBe(0);
  });

  it('an abort is none: its reason comes out, before, in and after the headers', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/body') response.write('a');
    });
    const reason = new Error('enough');
    const client = transport();
    await expect(client.get({ url: server.url, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const headers = new AbortController();
    const waiting = client.get({ url: server.url, signal: headers.signal });
    headers.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const body = new AbortController();
    const response = await client.get({ url: `${server.url}/body`, signal: body.signal });
    const reading = bodyOf(response);
    body.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});

describe('TLS', () => {
  it('trusts --cert, SSL_CERT_FILE and REQUESTS_CA_BUNDLE, and nobody else', async () => {
    const server = await serve(ok('x'), { tls: serverTls() });
    const cert = certificate('authority');
    const error = await failure(transport().get({ url: server.url }));
    expect(error.code).toBe('NETWORK_TLS');
    expect(error.hint).toContain('--cert');
    expect(await text(transport({ cert }).get({ url: server.url }))).toBe('x');
    expect(await text(transport({ env: { SSL_CERT_FILE: cert } }).get({ url: server.url }))).toBe('x');
    expect(await text(transport({ env: { REQUESTS_CA_BUNDLE: cert } }).get({ url: server.url }))).toBe('x');
  });

  it('checks no certificate of a trusted host, port by port', async () => {
    const server = await serve(ok('x'), { tls: serverTls() });
    expect(await text(transport({ trustedHosts: ['127.0.0.1'] }).get({ url: server.url }))).toBe('x');
    expect(
      await text(transport({ trustedHosts: [`127.0.0.1:${server.port}`] }).get({ url: server.url })),
    ).toBe('x');
    expect((await failure(transport({ trustedHosts: ['127.0.0.1:1'] }).get({ url: server.url }))).code).toBe(
      'NETWORK_TLS',
    );
  });

  it('shows --client-cert', async () => {
    const tls = { ...serverTls(), requestCert: true, rejectUnauthorized: true, ca: [await pem('authority')] };
    const server = await serve(ok('x'), { tls });
    const cert = certificate('authority');
    expect(await text(transport({ cert, clientCert: certificate('client') }).get({ url: server.url }))).toBe(
      'x',
    );
    await failure(transport({ cert }).get({ url: server.url }));
  });

  it('says which certificate file it cannot use', async () => {
    const missing = await failure(
      transport({ cert: '/nowhere/ca.pem' }).get({ url: 'https://127.0.0.1:1/' }),
    );
    expect(missing).toMatchObject({ code: 'NETWORK_SETTINGS' });
    expect(missing.message).toContain("'/nowhere/ca.pem'");
    const wrong = await failure(
      transport({
        env: { SSL_CERT_FILE: certificate('authority').replace('authority.pem', '../support.ts') },
      }).get({
        url: 'https://127.0.0.1:1/',
      }),
    );
    expect(wrong.message).toContain('SSL_CERT_FILE');
  });
});

async function pem(name: 'authority'): Promise<string> {
  return (await import('node:fs')).readFileSync(certificate(name), 'utf8');
}
