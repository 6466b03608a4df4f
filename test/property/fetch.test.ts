import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNetrc, parseNetrc } from '../../src/config/netrc.js';
import { parseContentLength, parseContentRange, strongTag } from '../../src/fetch/http/content-range.js';
import { createCredentials } from '../../src/fetch/http/credentials.js';
import { bypassesProxy, proxyFor } from '../../src/fetch/http/proxy.js';
import { redirectTarget } from '../../src/fetch/http/redirect.js';
import { backoff, parseRetryAfter } from '../../src/fetch/http/retry.js';
import { PeepError } from '../../src/text/errors.js';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));

function onlyPeepErrors<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(PeepError);
    return undefined;
  }
}

describe('Content-Range', () => {
  it('reads what is sound, and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.nat(2 ** 20), fc.nat(2 ** 20), (first, length, after) => {
        const last = first + length;
        const total = last + 1 + after;
        expect(parseContentRange(`bytes ${first}-${last}/${total}`)).toEqual({ first, last, total });
        expect(parseContentRange(`bytes ${last + 1}-${last}/${total}`)).toBeUndefined();
        expect(parseContentRange(`bytes ${first}-${last}/${last}`)).toBeUndefined();
      }),
    );
  });

  it('takes anything', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((tail) => `bytes ${tail}`),
        ),
        (value) => {
          const range = parseContentRange(value);
          if (range !== undefined) expect(range.first).toBeLessThanOrEqual(range.last);
          const length = parseContentLength(value);
          if (length !== undefined) expect(Number.isSafeInteger(length)).toBe(true);
          if (strongTag(value) !== undefined) expect(value).toMatch(/^".*"$/s);
        },
      ),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 23);

  it('reads seconds and dates', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 6), (seconds) => {
        expect(parseRetryAfter(String(seconds), now)).toBe(seconds * 1000);
        expect(parseRetryAfter(new Date(now + seconds * 1000).toUTCString(), now)).toBe(seconds * 1000);
      }),
    );
    expect(parseRetryAfter('Mon Nov 23 00:00:10 2026', now)).toBe(10_000);
    expect(parseRetryAfter('Monday, 23-Nov-26 00:00:10 GMT', now)).toBe(10_000);
    expect(parseRetryAfter('Sun, 22 Nov 2026 00:00:00 GMT', now)).toBe(0);
  });

  it('takes anything', () => {
    fc.assert(
      fc.property(text, (value) => {
        const delay = parseRetryAfter(value, now);
        if (delay !== undefined) expect(Number.isFinite(delay) && delay >= 0).toBe(true);
      }),
    );
  });

  it('or else doubles, within bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (count, random) => {
          const delay = backoff(count, random);
          expect(delay).toBeGreaterThanOrEqual(125);
          expect(delay).toBeLessThanOrEqual(8000);
        },
      ),
    );
  });
});

describe('netrc', () => {
  const word = fc
    .string({ unit: fc.constantFrom(...'abcXYZ019.-_@:#%é'), minLength: 1 })
    .filter((one) => !one.startsWith('#'));
  const space = fc.constantFrom(' ', '\n', '\t', '\r\n', '  \n', '\n# a comment machine x\n');

  it('finds what was written', () => {
    fc.assert(
      fc.property(word, word, fc.string(), space, (host, login, password, gap) => {
        const quoted = `"${password.replace(/[\\"]/g, '\\$&')}"`;
        const source = [
          'machine',
          'other.test',
          'login',
          'a',
          'password',
          'b',
          'machine',
          host,
          'login',
          login,
          'password',
          quoted,
        ].join(gap);
        const entries = parseNetrc(source);
        expect(entries).toBeDefined();
        const found = findNetrc(entries ?? [], host.toLowerCase(), undefined, false);
        expect(found).toEqual(
          host === 'other.test'
            ? { host, login: 'a', password: 'b' }
            : { host: host.toLowerCase(), login, password },
        );
      }),
    );
  });

  it('takes anything', () => {
    const tokens = fc.array(
      fc.oneof(
        text,
        fc.constantFrom('machine', 'default', 'login', 'password', 'macdef', '"', '\\', '\n\n', '#'),
      ),
    );
    fc.assert(
      fc.property(tokens, fc.constantFrom(' ', '\n', ''), (parts, gap) => {
        const entries = parseNetrc(parts.join(gap));
        for (const entry of entries ?? []) expect(typeof entry.password).toBe('string');
      }),
    );
  });
});

describe('NO_PROXY', () => {
  const label = fc
    .string({ unit: fc.constantFrom(...'abc019'), minLength: 1, maxLength: 4 })
    .map((one) => `h${one}`);

  it('covers a name and what is below it, and no other', () => {
    fc.assert(
      fc.property(label, label, label, fc.constantFrom('', '.', '*.'), (below, name, top, dot) => {
        const list = `unrelated.test, ${dot}${name}.${top}`;
        expect(bypassesProxy(new URL(`https://${name}.${top}/`), list)).toBe(true);
        expect(bypassesProxy(new URL(`https://${below}.${name}.${top}/`), list)).toBe(true);
        expect(bypassesProxy(new URL(`https://${below}${name}.${top}/`), list)).toBe(false);
      }),
    );
  });

  it('covers IPv4 blocks', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(
        octet,
        octet,
        octet,
        octet,
        fc.integer({ min: 0, max: 32 }),
        fc.nat(2 ** 32 - 1),
        (a, b, c, d, bits, other) => {
          const address = ((a * 256 + b) * 256 + c) * 256 + d;
          const [host, far] = [address, other].map((one) =>
            [24, 16, 8, 0].map((shift) => (one >>> shift) & 255).join('.'),
          );
          expect(bypassesProxy(new URL(`https://${host}/`), `${host}/${bits}`)).toBe(true);
          const same = bits === 0 || address >>> (32 - bits) === other >>> (32 - bits);
          expect(bypassesProxy(new URL(`https://${far}/`), `${host}/${bits}`)).toBe(same);
        },
      ),
    );
  });

  it('takes anything, and so does a proxy setting', () => {
    fc.assert(
      fc.property(text, text, (value, list) => {
        bypassesProxy(new URL('https://a.test:8443/'), list);
        onlyPeepErrors(() =>
          proxyFor(new URL('https://a.test/'), undefined, { HTTPS_PROXY: value, NO_PROXY: list }),
        );
        onlyPeepErrors(() => proxyFor(new URL('https://a.test/'), value, {}));
      }),
    );
  });
});

describe('Location', () => {
  it('takes anything, and leads to http or https without credentials', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.webUrl(),
          text.map((tail) => `https://u:p@h/${tail}`),
        ),
        fc.constantFrom('http', 'https'),
        (location, scheme) => {
          const from = new URL(`${scheme}://127.0.0.1/a/`);
          const target = onlyPeepErrors(() => redirectTarget(from, 302, location));
          if (target === undefined) return;
          expect(target.protocol).toMatch(scheme === 'https' ? /^https:$/ : /^https?:$/);
          expect([target.username, target.password, target.hash]).toEqual(['', '', '']);
        },
      ),
    );
  });
});

describe('P7: credentials', () => {
  it('of one origin never reach another', async () => {
    const host = fc.constantFrom('a.test', 'b.test', 'a.test.', 'sub.a.test', 'a.test:8443', '127.0.0.1');
    const scheme = fc.constantFrom('http', 'https');
    await fc.assert(
      fc.asyncProperty(scheme, host, scheme, host, async (indexScheme, indexHost, scheme, host) => {
        const credentials = createCredentials({
          env: {},
          home: undefined,
          platform: 'linux',
          urls: [`${indexScheme}://user:secret@${indexHost}/simple/`],
          keyringProvider: 'disabled',
        });
        const url = new URL(`${scheme}://${host}/file.whl`);
        const found = await credentials.upFront(url, { username: '', password: '' });
        expect(found !== undefined).toBe(url.origin === new URL(`${indexScheme}://${indexHost}`).origin);
      }),
    );
  });

  it('of a netrc for every host reach the named origins alone', async () => {
    const host = fc.constantFrom(
      'a.test',
      'b.test',
      'a.test:443',
      'a.test:80',
      'a.test:8443',
      '127.0.0.1',
      '[::1]',
    );
    const scheme = fc.constantFrom('http', 'https');
    const origin = fc.tuple(scheme, host).map(([scheme, host]) => `${scheme}://${host}`);
    await fc.assert(
      fc.asyncProperty(origin, origin, origin, async (index, archive, asked) => {
        const credentials = createCredentials({
          env: { NETRC: '/netrc' },
          home: undefined,
          platform: 'linux',
          urls: [`${index}/simple/`],
          named: [`${archive}/quill-1.0.zip`],
          keyringProvider: 'disabled',
          readText: async () => 'default login any password secret',
        });
        const found = await credentials.upFront(new URL(`${asked}/x.whl`), { username: '', password: '' });
        const named = [index, archive].map((url) => new URL(url).origin);
        expect(found !== undefined).toBe(named.includes(new URL(asked).origin));
      }),
    );
  });
});
