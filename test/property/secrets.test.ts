import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/fetch/http/proxy.js';
import { renderError } from '../../src/report/text.js';
import { portRequirements } from '../../src/requirements/edit/port.js';
import { readRequirements } from '../../src/requirements/read/read-requirements.js';
import { isPeepError, type PeepError } from '../../src/text/errors.js';
import { redactUrl } from '../../src/text/redact.js';

const secret = 'S3CR3T';
const around = fc.string({ unit: fc.constantFrom(...'@:/?#\\%&=[].;,!$*+~ab1'), maxLength: 4 });
/** URLs with a password around `secret`, as people spell them. */
const urls = fc
  .record({
    scheme: fc.constantFrom(
      ...[
        'https://',
        'http://',
        'http:/',
        'http:',
        'HTTPS:\\\\',
        'git+https://',
        'git+https:',
        'file://',
        'foo://',
      ],
    ),
    user: fc.constantFrom('user', 'me.user', 'me@mail.example'),
    before: fc.oneof(around, fc.constantFrom('443/', '80/')),
    after: around,
    rest: fc.constantFrom(
      '',
      '/',
      '/simple/',
      '/quill-1.0.tar.gz',
      '/quill-1.0-py3-none-any.whl',
      '/r.txt',
      '#sha256=0',
    ),
  })
  .map(
    ({ scheme, user, before, after, rest }) =>
      `${scheme}${user}:${before}${secret}${after}@index.example${rest}`,
  );

const lines = [
  ...[
    '-i URL',
    '--index-url=URL',
    '--extra-index-url "URL"',
    '-f URL',
    '-r URL',
    '-c URL',
    '-e URL',
    'URL',
    'quill @ URL',
  ],
  ...[
    'quill@URL ; python_version > "3"',
    'quill==1.0 --bogus URL',
    '--bogus URL',
    '--bogus=URL',
    '--proxy URL',
    'quill==1.0 URL',
  ],
  ...[
    'quill==1.0 --hash=URL',
    'quill==1.0 --hash URL',
    'quill==1.0 --config-settings URL',
    '--trusted-host URL',
    '# sha256: URL',
  ],
  ...[
    '--no-binary URL',
    '-i https://u:x@h/ --extra-index-url URL --bogus',
    'quill @ URL --bogus',
    'quill[URL]',
    'quill==URL',
  ],
  ...[
    'quill ; URL',
    '-i URL and',
    '-e quill@URL',
    '--use-feature URL',
    '-r',
    '--editable=URL',
    'quill == 1.0 @ URL',
  ],
];

describe('no error and no line of a report shows a password (P7)', () => {
  it('of requirements files', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...lines), urls, async (line, url) => {
        const text = `${line.replace('URL', () => url)}\nquill==1.0\n`;
        const files = {
          readFile: async (path: string) => {
            if (path === resolve('/w/r.txt')) return Buffer.from(text);
            throw Object.assign(new Error('none'), { code: 'ENOENT' });
          },
          exists: async () => false,
        };
        const source = { entries: ['r.txt'], env: {}, cwd: resolve('/w') };
        const shown: unknown[] = [];
        await readRequirements(files, source).then(
          ({ entries, constraints }) => {
            for (const entry of entries) {
              const { requirement, place } = entry.kind === 'pin' ? entry.pin : entry.line;
              shown.push(requirement, place, entry.kind === 'refused' ? said(entry.line.error) : '');
            }
            for (const { requirement, place } of constraints) shown.push(requirement, place);
          },
          (error: unknown) => shown.push(said(error)),
        );
        await portRequirements(files, source).then(
          ({ ported, refused }) => {
            for (const { requirement } of ported) shown.push(requirement);
            for (const { requirement, error } of refused) shown.push(requirement, said(error));
          },
          (error: unknown) => shown.push(said(error)),
        );
        expect(JSON.stringify(shown)).not.toContain(secret);
      }),
      { numRuns: 3000 },
    );
  });

  it('of files named on the command line', async () => {
    await fc.assert(
      fc.asyncProperty(urls, async (url) => {
        const failing = async () => {
          throw Object.assign(new Error('none'), { code: 'ENOENT' });
        };
        const files = { readFile: failing, exists: async () => false };
        const error: unknown = await readRequirements(files, {
          entries: [url],
          env: {},
          cwd: resolve('/w'),
        }).catch((error: unknown) => error);
        expect(JSON.stringify(said(error))).not.toContain(secret);
      }),
    );
  });

  it('of proxies', () => {
    fc.assert(
      fc.property(urls, fc.boolean(), (url, bare) => {
        const text = bare ? url.replace(/^.*?(?=user|me)/, '') : url;
        try {
          const proxy = proxyFor(new URL('https://h.example/'), text, {});
          expect(redactUrl(proxy?.url.href ?? '')).not.toContain(secret);
        } catch (error) {
          expect(JSON.stringify(said(error))).not.toContain(secret);
        }
      }),
    );
  });
});

/** All of an error that a report may hold. */
function said(error: unknown): readonly unknown[] {
  if (!isPeepError(error)) throw error;
  const { message, hint, place, facts }: PeepError = error;
  return [message, hint, place, facts, renderError(error)];
}
