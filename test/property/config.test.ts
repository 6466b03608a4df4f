import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../src/config/ini.js';
import {
  type IndexCommandLine,
  resolveIndexSettings,
  resolveNetworkSettings,
} from '../../src/config/resolve.js';
import { parseSize, parseSpan } from '../../src/config/size.js';
import { isPeepError } from '../../src/text/errors.js';

function orPeepError<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!isPeepError(error)) throw error;
    expect(error.hint).toBeTruthy();
    return undefined;
  }
}

const line = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '[global]',
    '[install]',
    '[DEFAULT]',
    'a = b',
    '  c',
    '# d',
    '',
    'e: f',
    '[',
    ']',
    '=',
    ':',
  ),
);

describe('configuration files', () => {
  it('any text gives sections or one of our errors', () => {
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n', '\r'), (lines, end) => {
        orPeepError(() => parseIni(lines.join(end), 'pip.conf'));
      }),
    );
  });

  it('what is written is read', () => {
    const name = fc.stringMatching(/^[a-z][a-z-]{0,10}$/);
    const value = fc.stringMatching(/^[!-9<>-~]{1,20}$/);
    const options = fc.uniqueArray(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), {
      selector: ([key]) => key,
    });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, options), { selector: ([key]) => key }), (sections) => {
        const text = sections
          .map(
            ([section, each]) =>
              `[${section}]\n${each.map(([key, values]) => `${key} =\n${values.map((v) => `    ${v}\n`).join('')}`).join('')}`,
          )
          .join('\n');
        const expected = sections.map(([section, each]) => [
          section,
          // Lines that begin with a comment's mark are comments wherever they stand.
          new Map(
            each.map(([key, values]) => [key, ['', ...values.filter((v) => !/^[#;]/.test(v))].join('\n')]),
          ),
        ]);
        expect(
          [...parseIni(text, 'pip.conf')].map(([section, each]) => [
            section,
            new Map([...each].map(([k, v]) => [k, v === '' ? '' : v])),
          ]),
        ).toEqual(expected);
      }),
    );
  });
});

describe('settings', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.constantFrom('', ':all:', 'file:///x', '~', '~/x', '.', 'C:\\x', '\0', 'http://'),
  );
  const commandLine: fc.Arbitrary<IndexCommandLine> = fc.record({
    indexUrl: fc.option(text, { nil: undefined }),
    extraIndexUrls: fc.array(text, { maxLength: 2 }),
    noIndex: fc.boolean(),
    findLinks: fc.array(text, { maxLength: 2 }),
    formats: fc.array(
      fc.record({ option: fc.constantFrom('no-binary' as const, 'only-binary' as const), value: text }),
      { maxLength: 2 },
    ),
    preferBinary: fc.boolean(),
    pre: fc.boolean(),
    trustedHosts: fc.array(text, { maxLength: 2 }),
  });
  const env = fc.dictionary(
    fc.constantFrom(
      'PIP_INDEX_URL',
      'PIP_EXTRA_INDEX_URL',
      'PIP_NO_INDEX',
      'PIP_FIND_LINKS',
      'PIP_TIMEOUT',
      'PIP_RETRIES',
      'PIP_CERT',
      'PIP_ONLY_BINARY',
    ),
    text,
  );
  const context = { pipConfig: [], cwd: '/work', home: '/home/me' };

  it('any values give settings or one of our errors', () => {
    fc.assert(
      fc.property(
        commandLine,
        env,
        fc.constantFrom<NodeJS.Platform>('linux', 'win32'),
        (given, variables, platform) => {
          const where = { ...context, env: variables, platform };
          const index = orPeepError(() => resolveIndexSettings(given, undefined, where));
          for (const url of index?.indexUrls ?? []) {
            expect(url).toMatch(/^(?:https?:\/\/|file:).*\/$/i);
            expect(URL.canParse(url)).toBe(true);
          }
          const options = {
            timeout: given.indexUrl,
            retries: given.indexUrl,
            proxy: undefined,
            cert: given.indexUrl,
            clientCert: undefined,
            keyringProvider: given.indexUrl,
          };
          orPeepError(() =>
            resolveNetworkSettings(
              { ...options, trustedHosts: [], jobs: 1, offline: false },
              undefined,
              where,
            ),
          );
        },
      ),
    );
  });

  it('sizes and spans are numbers or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,20}(\.[0-9]{0,12})? ?[kmgtKMGTwdhs]?i?[bB]?$/)),
        (given) => {
          const size = orPeepError(() => parseSize(given));
          if (size !== undefined) expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
          const span = orPeepError(() => parseSpan(given));
          if (span !== undefined) expect(span >= 0 && Number.isFinite(span)).toBe(true);
        },
      ),
    );
  });
});
