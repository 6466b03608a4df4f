import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { downloadDigest, downloadVerified } from '../../../../src/fetch/download/download.js';
import type { TransferEvent } from '../../../../src/fetch/download/progress.js';
import { isNetworkFailure } from '../../../../src/fetch/http/failures.js';
import {
  bytesOf,
  digestsOf,
  directory,
  downloadDeps,
  failure,
  type Handler,
  link,
  serve,
} from '../support.js';

const bytes = randomBytes(300_000);
const tag = '"v1"';
const filename = 'a-1-py3-none-any.whl';

/** Serves `bytes`, ranges too, and lets `spoil` answer in its place. */
function archive(
  spoil: (range: number | undefined, response: ServerResponse, count: number) => boolean,
): Handler {
  return (request, response, count) => {
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const range = from === undefined ? undefined : Number(from);
    if (spoil(range, response, count)) return;
    if (range !== undefined && request.headers['if-range'] === tag) sendPart(response, range, bytes.length);
    else response.writeHead(200, { etag: tag, 'content-length': bytes.length }).end(bytes);
  };
}

function sendPart(
  response: ServerResponse,
  from: number,
  total: number,
  headers: Record<string, string> = {},
): void {
  response.writeHead(206, {
    etag: tag,
    'content-length': bytes.length - from,
    'content-range': `bytes ${from}-${bytes.length - 1}/${total}`,
    ...headers,
  });
  response.end(bytes.subarray(from));
}

/** Sends the first `count` bytes and breaks the connection when they have gone. */
function breakAt(
  response: ServerResponse,
  count: number,
  headers: Record<string, string | number> = {},
): true {
  response.writeHead(200, { etag: tag, 'content-length': bytes.length, ...headers });
  response.write(bytes.subarray(0, count), () => response.socket?.end());
  return true;
}

async function expectGood(
  deps: ReturnType<typeof downloadDeps>,
  url: string,
  events: TransferEvent[] = [],
): Promise<void> {
  const found = await downloadVerified(deps, {
    link: link(url),
    digests: digestsOf(bytes),
    filename,
    onProgress: (event) => events.push(event),
  });
  expect((await bytesOf(found.chunks())).equals(bytes)).toBe(true);
  expect((await found.read(1000, 10)).equals(bytes.subarray(1000, 1010))).toBe(true);
  await found.release();
  expect(deps.memory.used).toBe(0);
}

function expectNothingLeft(deps: ReturnType<typeof downloadDeps>): void {
  expect(deps.memory.used).toBe(0);
  expect(existsSync(deps.spillDirectory) ? readdirSync(deps.spillDirectory) : []).toEqual([]);
}

describe.each([
  ['in memory', 8 << 20],
  ['sealed from the start', 1 << 19],
  ['sealed when the budget is used up', (1 << 19) + 200_000],
])('a download %s', (_, budget) => {
  it('is verified', async () => {
    const server = await serve(archive(() => false));
    const deps = downloadDeps({ budget });
    const events: TransferEvent[] = [];
    await expectGood(deps, server.url, events);
    expect(server.seen[0]?.headers['accept-encoding']).toBe('identity');
    expect(events[0]).toEqual({ kind: 'started', filename, size: bytes.length });
    expect(events.at(-1)).toEqual({ kind: 'done', size: bytes.length });
    expectNothingLeft(deps);
  });

  it.each([
    ['chunked', { 'transfer-encoding': 'chunked' }],
    ['open-ended', { connection: 'close' }],
  ])('is verified without a length: %s', async (_kind, headers) => {
    const server = await serve((_request, response) => {
      response.useChunkedEncodingByDefault = 'transfer-encoding' in headers;
      response.writeHead(200, headers);
      response.end(bytes);
    });
    const deps = downloadDeps({ budget });
    await expectGood(deps, server.url);
    expect(server.seen.length).toBe(1);
  });

  it('that does not match is a mismatch at once, and leaves nothing', async () => {
    const server = await serve(archive(() => false));
    const deps = downloadDeps({ budget, retries: 3 });
    const error = await failure(
      downloadVerified(deps, { link: link(server.url), digests: digestsOf(Buffer.from('other')), filename }),
    );
    expect(error.code).toBe('DIGEST_MISMATCH');
    expect(error.facts).toMatchObject({
      filename,
      got: `sha256:${digestsOf(bytes)[0].hex}`,
      size: bytes.length,
    });
    expect(isNetworkFailure(error)).toBe(false);
    expect(server.seen.length).toBe(1);
    expectNothingLeft(deps);
  });

  it.each([0, 1, 150_000, bytes.length - 1])('that breaks at byte %i resumes, no byte twice', async (at) => {
    const server = await serve(archive((_range, response, count) => count === 0 && breakAt(response, at)));
    const deps = downloadDeps({ budget, retries: 1 });
    const events: TransferEvent[] = [];
    await expectGood(deps, server.url, events);
    expect(server.seen.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      at === 0 ? [undefined, undefined] : [`bytes=${at}-`, tag],
    ]);
    expect(events.filter(({ kind }) => kind === 'retry').length).toBe(1);
    expect(events.filter(({ kind }) => kind === 'resumed')).toEqual(
      at === 0 ? [] : [{ kind: 'resumed', received: at }],
    );
  });

  it.each<[string, (from: number, response: ServerResponse) => void]>([
    ['200', (_from, response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes)],
    ['416', (_from, response) => response.writeHead(416).end()],
    ['412', (_from, response) => response.writeHead(412).end()],
    [
      'no Content-Range',
      (from, response) => response.writeHead(206, { etag: tag }).end(bytes.subarray(from)),
    ],
    ['another validator', (from, response) => sendPart(response, from, bytes.length, { etag: '"v2"' })],
    ['a weak validator', (from, response) => sendPart(response, from, bytes.length, { etag: 'W/"v1"' })],
    ['another total', (from, response) => sendPart(response, from, bytes.length + 1)],
    [
      'an unknown total',
      (from, response) =>
        sendPart(response, from, bytes.length, { 'content-range': `bytes ${from}-${bytes.length - 1}/*` }),
    ],
    ['a range further on', (from, response) => sendPart(response, from + 1, bytes.length)],
    [
      'a range cut short',
      (from, response) =>
        response
          .writeHead(206, { etag: tag, 'content-range': `bytes ${from}-${from + 9}/${bytes.length}` })
          .end(bytes.subarray(from, from + 10)),
    ],
    [
      'compressed bytes',
      (from, response) => sendPart(response, from, bytes.length, { 'content-encoding': 'gzip' }),
    ],
  ])('whose resumption is answered with %s begins again', async (_kind, answer) => {
    const server = await serve(
      archive((range, response, count) => {
        if (count === 0) return breakAt(response, 100_000);
        if (range === undefined) return false;
        answer(range, response);
        return true;
      }),
    );
    await expectGood(downloadDeps({ budget, retries: 1 }), server.url);
  });

  it.each(['W/"v1"', 'v1', ''])('without a strong validator (%j) begins again', async (etag) => {
    const server = await serve(
      archive((_range, response, count) => count === 0 && breakAt(response, 100_000, { etag })),
    );
    await expectGood(downloadDeps({ budget, retries: 1 }), server.url);
    expect(server.seen[1]?.headers.range).toBeUndefined();
  });

  it('pieced together from wrong bytes under the right labels is fetched once more in one piece', async () => {
    const server = await serve(
      archive((range, response, count) => {
        if (count === 0) return breakAt(response, 100_000);
        if (range === undefined) return false;
        response.writeHead(206, {
          etag: tag,
          'content-range': `bytes ${range}-${bytes.length - 1}/${bytes.length}`,
        });
        response.end(bytes.subarray(0, bytes.length - range));
        return true;
      }),
    );
    await expectGood(downloadDeps({ budget, retries: 1 }), server.url);
    expect(server.seen.length).toBe(3);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['reset before the headers', (response) => response.socket?.resetAndDestroy(), 'NETWORK_BROKEN'],
    ['cut in the middle', (response) => breakAt(response, 150_000), 'NETWORK_BROKEN'],
    ['cut before the last byte', (response) => breakAt(response, bytes.length - 1), 'NETWORK_BROKEN'],
    [
      'reset in the middle',
      (response) => {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 150_000), () => response.socket?.resetAndDestroy());
      },
      'NETWORK_BROKEN',
    ],
    [
      'cut while chunked',
      (response) => {
        response.writeHead(200);
        response.write(bytes, () => response.socket?.end());
      },
      'NETWORK_BROKEN',
    ],
    [
      'cut while chunked on a connection that closes',
      (response) => {
        response.writeHead(200, { connection: 'close' });
        response.write(bytes.subarray(0, 1000), () => response.socket?.end());
      },
      'NETWORK_BROKEN',
    ],
    [
      'stalled',
      (response) => {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 150_000));
      },
      'NETWORK_TIMEOUT',
    ],
    ['refused', (response) => response.writeHead(403).end('no'), 'HTTP_STATUS'],
    ['gone', (response) => response.writeHead(404).end('no'), 'HTTP_STATUS'],
    ['an empty success', (response) => response.writeHead(204).end(), 'HTTP_STATUS'],
    ['a part that nobody asked for', (response) => sendPart(response, 5, bytes.length), 'HTTP_STATUS'],
  ])('that is %s is a network failure, and leaves nothing (P8)', async (_kind, act, code) => {
    const server = await serve((_request, response) => act(response));
    // Short where nothing more comes; nothing else may run out of time on a busy machine.
    const deps = downloadDeps({ budget, timeout: code === 'NETWORK_TIMEOUT' ? 0.2 : 15 });
    const error = await failure(
      downloadVerified(deps, { link: link(server.url), digests: digestsOf(bytes), filename }),
    );
    expect(error.code).toBe(code);
    expect(isNetworkFailure(error)).toBe(true);
    expectNothingLeft(deps);
  });

  it('that is aborted leaves nothing', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 290_000));
    });
    const deps = downloadDeps({ budget });
    const controller = new AbortController();
    const reason = new Error('enough');
    const downloading = downloadVerified(deps, {
      link: link(server.url),
      digests: digestsOf(bytes),
      filename,
      signal: controller.signal,
      onProgress: (event) => {
        if (event.kind === 'bytes' && event.received >= 280_000) controller.abort(reason);
      },
    });
    await expect(downloading).rejects.toBe(reason);
    expectNothingLeft(deps);
  });
});

describe('an end that nobody announced', () => {
  const openEnded =
    (pieces: readonly Buffer[]): Handler =>
    (_request, response, count) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { connection: 'close' });
      response.end(pieces[Math.min(count, pieces.length - 1)]);
    };
  const fetchFrom = (url: string, size?: number) =>
    downloadVerified(downloadDeps(), { link: link(url, size), digests: digestsOf(bytes), filename });

  it('is a network failure when the index knows of more', async () => {
    const server = await serve(openEnded([bytes.subarray(0, 1000)]));
    expect((await failure(fetchFrom(server.url, bytes.length))).code).toBe('NETWORK_BROKEN');
  });

  it('is checked by fetching once more: the same again is a mismatch', async () => {
    const server = await serve(openEnded([Buffer.from('tampered')]));
    expect((await failure(fetchFrom(server.url))).code).toBe('DIGEST_MISMATCH');
    expect(server.seen.length).toBe(2);
  });

  it('elsewhere each time is a network failure', async () => {
    const server = await serve(openEnded([bytes.subarray(0, 1000), bytes.subarray(0, 2000)]));
    expect((await failure(fetchFrom(server.url))).code).toBe('NETWORK_BROKEN');
  });

  it('does no harm when everything comes the second time', async () => {
    const server = await serve(openEnded([bytes.subarray(0, 1000), bytes]));
    expect((await fetchFrom(server.url)).size).toBe(bytes.length);
  });
});

describe('sizes', () => {
  it('past the one of the index are cut', async () => {
    const server = await serve(archive(() => false));
    const error = await failure(
      downloadVerified(downloadDeps(), { link: link(server.url, 1000), digests: digestsOf(bytes), filename }),
    );
    expect(error).toMatchObject({ code: 'TRANSFER_TOO_LARGE', facts: { limit: 1000 } });
  });

  it('past the one of the index are cut without a length too, and without end', async () => {
    const server = await serve((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(bytes));
      };
      response.on('drain', more);
      more();
    });
    const deps = downloadDeps();
    const error = await failure(
      downloadVerified(deps, { link: link(server.url, 1000), digests: digestsOf(bytes), filename }),
    );
    expect(error.code).toBe('TRANSFER_TOO_LARGE');
    expectNothingLeft(deps);
  });

  it('past the ceiling of an archive are not even begun', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 2 ** 40 });
      response.write('x');
    });
    const error = await failure(
      downloadVerified(downloadDeps(), { link: link(server.url), digests: digestsOf(bytes), filename }),
    );
    expect(error.code).toBe('TRANSFER_TOO_LARGE');
  });
});

describe('retries', () => {
  it('wait as long as the server asks, and are counted', async () => {
    const server = await serve(
      archive((_range, response, count) => {
        if (count === 2) return false;
        response.writeHead(503, count === 0 ? { 'retry-after': '7' } : {}).end();
        return true;
      }),
    );
    const deps = downloadDeps({ retries: 2 });
    await expectGood(deps, server.url);
    expect(deps.clock.slept).toEqual([7000, 375]);
  });

  it('end', async () => {
    const server = await serve((_request, response) => response.writeHead(502).end());
    const deps = downloadDeps({ retries: 2 });
    const error = await failure(
      downloadVerified(deps, { link: link(server.url), digests: digestsOf(bytes), filename }),
    );
    expect(error).toMatchObject({ code: 'HTTP_STATUS', facts: { status: 502 } });
    expect(server.seen.length).toBe(3);
  });
});

describe('what the server calls the bytes', () => {
  it('changes nothing: the raw ones count (P2)', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes);
    });
    await expectGood(downloadDeps(), server.url);
  });

  it.each<[string, Record<string, string>, number | undefined]>([
    ['with Content-Encoding', { 'content-encoding': 'gzip' }, undefined],
    ['a web page of 4 bytes', { 'content-type': 'text/html; charset=utf-8' }, undefined],
    ['4 of the 9 bytes that the index states', { 'content-length': '4' }, 9],
  ])('is trouble and no tampering when it is not an archive (P8): %s', async (what, headers, size) => {
    const server = await serve((_request, response) => response.writeHead(200, headers).end('else'));
    const request = { link: { ...link(server.url), size }, digests: digestsOf(bytes), filename };
    const error = await failure(downloadVerified(downloadDeps(), request));
    expect(error.code).toBe('NOT_THE_ARCHIVE');
    expect(error.message).toContain(what);
    expect(isNetworkFailure(error)).toBe(true);
  });
});

describe('a mismatch', () => {
  it('of other bytes each time, as many as each other, is one though nobody says where they end (P8)', async () => {
    const server = await serve((_request, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n');
      response.socket?.end(randomBytes(1000));
    });
    const error = await failure(
      downloadVerified(downloadDeps(), { link: link(server.url), digests: digestsOf(bytes), filename }),
    );
    expect(error.code).toBe('DIGEST_MISMATCH');
  });
});

describe('a server that does not give ranges', () => {
  it.each([400, 403, 405, 416, 501])('and answers them with %i is asked for everything', async (status) => {
    const server = await serve(
      archive((range, response, count) => {
        if (range !== undefined) return Boolean(response.writeHead(status).end());
        return count === 0 && breakAt(response, 1000);
      }),
    );
    await expectGood(downloadDeps({ retries: 1 }), server.url);
    expect(server.seen.length).toBe(3);
  });

  it('may answer with a 206 that holds everything', async () => {
    const server = await serve((_request, response) => sendPart(response, 0, bytes.length));
    await expectGood(downloadDeps(), server.url);
  });
});

describe('a transfer that is cut again and again', () => {
  it('goes on as long as each try brings more', async () => {
    const step = 20_000;
    const server = await serve((request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(from === 0 ? 200 : 206, {
        ...{ etag: tag, 'content-length': bytes.length - from },
        ...(from === 0 ? {} : { 'content-range': range }),
      });
      const part = bytes.subarray(from, from + step);
      if (from + step >= bytes.length) response.end(part);
      else response.write(part, () => response.socket?.end());
    });
    await expectGood(downloadDeps({ retries: 1 }), server.url);
    expect(server.seen.length).toBe(bytes.length / step);
  });
});

describe('a digest without a pin', () => {
  it('is that of the bytes, which go nowhere', async () => {
    const server = await serve(archive((_range, response, count) => count === 0 && breakAt(response, 1000)));
    const deps = downloadDeps({ retries: 1 });
    const found = await downloadDigest(deps, { link: link(server.url), filename, algorithms: ['sha512'] });
    expect(found.size).toBe(bytes.length);
    expect([found.computed.sha256]).toEqual(digestsOf(bytes));
    expect(found.computed.sha512?.hex.length).toBe(128);
  });

  it('is not made of bytes that were compressed on the way', async () => {
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes),
    );
    const deps = downloadDeps();
    expect((await failure(downloadDigest(deps, { link: link(server.url), filename }))).code).toBe(
      'NOT_THE_ARCHIVE',
    );
    const sdist = await downloadDigest(deps, { link: link(server.url), filename: 'a-1.tar.gz' });
    expect([sdist.computed.sha256]).toEqual(digestsOf(bytes));
  });
});

describe('a file: link', () => {
  it('is hashed in the pass that holds it', async () => {
    const path = join(directory(), 'a b.whl');
    writeFileSync(path, bytes);
    await expectGood(downloadDeps(), pathToFileURL(path).href);
    const found = await downloadDigest(downloadDeps(), { link: link(pathToFileURL(path).href), filename });
    expect([found.computed.sha256]).toEqual(digestsOf(bytes));
  });

  it('that does not match, is missing, is a directory or names a host fails', async () => {
    const path = join(directory(), 'a.whl');
    writeFileSync(path, 'other');
    const deps = downloadDeps();
    const from = (url: string) =>
      failure(downloadVerified(deps, { link: link(url), digests: digestsOf(bytes), filename }));
    expect((await from(pathToFileURL(path).href)).code).toBe('DIGEST_MISMATCH');
    expect((await from(pathToFileURL(`${path}.x`).href)).code).toBe('FILE_UNREADABLE');
    expect((await from(pathToFileURL(join(path, '..')).href)).code).toBe('FILE_UNREADABLE');
    expect((await from('file://elsewhere/a.whl')).code).toBe(
      process.platform === 'win32' ? 'FILE_UNREADABLE' : 'URL_UNUSABLE',
    );
    expectNothingLeft(deps);
  });
});
