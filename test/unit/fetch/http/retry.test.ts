import { describe, expect, it } from 'vitest';
import { notHttp } from '../../../../src/fetch/http/failures.js';
import { isRetryable, statusError, withRetries } from '../../../../src/fetch/http/retry.js';
import { NotWaitedFor, UnreachableOrigins } from '../../../../src/fetch/http/unreachable.js';
import { type ErrorCode, PeepError } from '../../../../src/text/errors.js';
import { failure, fakeClock } from '../support.js';

const response = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers,
  url: 'https://h.test/x?sig=1',
  read: async () => undefined,
  cancel() {},
});

describe('a refused log-in', () => {
  it.each([
    ['http://h.test/simple/', 'https://h.test/simple/', 'begin the address with https://h.test/.'],
    ['https://h.test/simple/', 'https://login.test/+login', "a password for 'h.test' is not sent there"],
    ['https://h.test/a/', 'https://h.test/b/', 'Check the user and password'],
  ])('behind a redirect from %s to %s: the hint says where to', (redirectedFrom, url, hint) => {
    expect(statusError({ ...response(401), redirectedFrom, url }, 0).hint).toContain(hint);
  });
});

describe('retries', () => {
  it('back off, doubling, and tell each time', async () => {
    const clock = fakeClock(0);
    const told: number[] = [];
    let calls = 0;
    const result = await withRetries(
      { url: 'http://index.test/a/', clock, retries: 3, onRetry: (attempt) => told.push(attempt) },
      async () => {
        if (++calls <= 3) throw new PeepError('NETWORK_BROKEN', 'x');
        return 'done';
      },
    );
    expect([result, clock.slept, told]).toEqual(['done', [125, 250, 500], [1, 2, 3]]);
  });

  it('are spared where a server let no request through before', async () => {
    const clock = fakeClock(0);
    const lost = new UnreachableOrigins();
    const refused = (path: string, code: ErrorCode = 'NETWORK_UNREACHABLE') => {
      let calls = 0;
      const attempt = async () => {
        calls += 1;
        throw new PeepError(code, 'x', { facts: { reason: 'ECONNREFUSED' } });
      };
      return withRetries({ url: `http://${path}`, lost, clock, retries: 2 }, attempt).catch(() => calls);
    };
    expect(await refused('index.test/a/')).toBe(3);
    expect(await refused('index.test/b/')).toBe(1);
    expect(await refused('index.test/b/', 'NETWORK_BROKEN')).toBe(3);
    expect(await refused('other.test/a/')).toBe(3);
    // What was silent is not waited for a second time.
    expect(await refused('slow.test/a/', 'NETWORK_TIMEOUT')).toBe(3);
    expect(await refused('slow.test/b/', 'NETWORK_TIMEOUT')).toBe(0);
  });

  it('are not made where the answer may come from elsewhere: one try without an answer ends all others', async () => {
    const lost = new UnreachableOrigins();
    const clock = fakeClock(0);
    const options = { lost, clock, retries: 2, wait: false };
    const hanging = failure(
      withRetries({ ...options, url: 'http://index.test/a/' }, async (signal) => {
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        throw signal?.reason;
      }),
    );
    const timedOut = async (): Promise<never> => {
      throw new PeepError('NETWORK_TIMEOUT', 'x');
    };
    expect(await failure(withRetries({ ...options, url: 'http://index.test/b/' }, timedOut))).toBeInstanceOf(
      NotWaitedFor,
    );
    expect(await hanging).toBeInstanceOf(NotWaitedFor);
    let calls = 0;
    const count = async () => ++calls;
    expect(await failure(withRetries({ ...options, url: 'http://index.test/c/' }, count))).toBeInstanceOf(
      NotWaitedFor,
    );
    // Who needs it asks all the same; other servers are no part of it.
    expect(await withRetries({ ...options, wait: true, url: 'http://index.test/c/' }, count)).toBe(1);
    expect(await withRetries({ ...options, url: 'http://other.test/c/' }, count)).toBe(2);
    expect(clock.slept).toEqual([]);
  });

  it.each<[string, number]>([
    ['0', 125],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 125],
    ['3', 3000],
  ])('take the larger of backoff and Retry-After: %s', async (value, waited) => {
    const clock = fakeClock(0);
    await failure(
      withRetries({ url: 'http://index.test/a/', clock, retries: 1 }, async () => {
        throw statusError(response(503, { 'retry-after': value }), clock.now());
      }),
    );
    expect(clock.slept).toEqual([waited]);
  });

  it('are counted from the last one that brought more', async () => {
    let [calls, received] = [0, 0];
    const attempt = async () => {
      calls += 1;
      if (calls <= 10) received += 1;
      throw new PeepError('NETWORK_BROKEN', 'x');
    };
    const url = 'http://index.test/a/';
    await failure(withRetries({ url, clock: fakeClock(0), retries: 2, progress: () => received }, attempt));
    expect(calls).toBe(12);
  });

  it('end when an answer is garbled in the same way again', async () => {
    const tries = async (objections: readonly string[]) => {
      let calls = 0;
      const attempt = async () => {
        throw notHttp('http://index.test/a/', objections[calls++] ?? 'x');
      };
      await failure(withRetries({ url: 'http://index.test/a/', clock: fakeClock(0), retries: 5 }, attempt));
      return calls;
    };
    expect(await tries(['x', 'x'])).toBe(2);
    expect(await tries(['a', 'b', 'c', 'c'])).toBe(4);
  });

  it.each<[ErrorCode, Record<string, string | number>, boolean]>([
    ['NETWORK_BROKEN', {}, true],
    ['NETWORK_TIMEOUT', {}, true],
    ['NETWORK_UNREACHABLE', { reason: 'ECONNREFUSED' }, true],
    ['NETWORK_UNREACHABLE', { reason: 'ENOTFOUND' }, false],
    ['NETWORK_PROXY', { status: 503 }, true],
    ['NETWORK_PROXY', { status: 407 }, false],
    ['NETWORK_TLS', {}, false],
    ['HTTP_STATUS', { status: 500 }, true],
    ['HTTP_STATUS', { status: 429 }, true],
    ['HTTP_STATUS', { status: 404 }, false],
    ['HTTP_STATUS', { status: 403 }, false],
    ['HTTP_STATUS', { status: 503, retryAfter: 61_000 }, false],
    ['HTTP_REDIRECT', {}, false],
    ['HTTP_INSECURE', {}, false],
    ['TRANSFER_TOO_LARGE', {}, false],
    ['SPILL_FAILED', {}, false],
    // P8: a mismatch is never retried until it works.
    ['DIGEST_MISMATCH', {}, false],
  ])('after %s %j: %s', (code, facts, expected) => {
    expect(isRetryable(new PeepError(code, 'x', { facts }))).toBe(expected);
  });

  it('do not hide a bug', async () => {
    await expect(
      withRetries({ url: 'http://index.test/a/', clock: fakeClock(), retries: 5 }, async () => {
        throw new TypeError('bug');
      }),
    ).rejects.toThrow('bug');
  });

  it('end with an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const attempt = async () => {
      controller.abort(reason);
      throw new PeepError('NETWORK_BROKEN', 'x');
    };
    await expect(
      withRetries(
        { url: 'http://index.test/a/', clock: fakeClock(), retries: 5, signal: controller.signal },
        attempt,
      ),
    ).rejects.toBe(reason);
  });

  it('wait as long as a server asks for', async () => {
    const clock = fakeClock();
    const error = await failure(
      withRetries({ url: 'http://index.test/a/', clock, retries: 1 }, async () => {
        throw statusError(response(429, { 'retry-after': '3' }), clock.now());
      }),
    );
    expect(clock.slept).toEqual([3000]);
    expect(error.message).toBe("cannot fetch 'https://h.test/x?****': the server answers with status 429");
  });
});
