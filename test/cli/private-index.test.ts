import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fault, Scenario } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const quill = wheel({ name: 'quill', version: '1.0' });
const nib = wheel({ name: 'nib', version: '1.0' });
const pin = (built: typeof quill, name: string) => `${name}==1.0 --hash=sha256:${built.sha256}\n`;

/** `peep COMMAND` of these lines; the text has blanks in place of line ends. */
async function peep(
  command: string,
  lines: string,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  using directory = tempDirectory();
  writeFileSync(directory.join('r.txt'), lines);
  const options = ['-r', 'r.txt', '--for', '3.11:any', '--retries', '0'];
  const ran = await runPeep([command, ...options, ...args], { cwd: directory.path, env });
  return { status: ran.status, text: `${ran.stdout} ${ran.stderr}`.replace(/\s+/g, ' ') };
}

async function fetchFrom(
  scenario: Scenario,
  args: (url: string) => readonly string[] = (url) => ['-i', url],
) {
  await using index = await startMockIndex(scenario);
  const ran = await peep('fetch', pin(quill, 'quill'), args(index.url));
  return { ...ran, text: ran.text.replaceAll(index.origin, 'ORIGIN'), requests: index.requests };
}

describe('two indexes of one host with a token each', () => {
  it.each(['in the URL', 'by name'])(
    '%s: an archive gets the one of the index whose page led to it',
    async (way) => {
      const page = (name: string, { filename, sha256 }: typeof quill) => ({
        [`/groups/${name}/${name}/`]: {
          body: `<a href="/packages/${name}/${filename}#sha256=${sha256}">${filename}</a>`,
        },
        [`/packages/${name}/${filename}`]: { body: name === 'quill' ? quill.bytes : nib.bytes },
      });
      const auth = ['quill', 'nib'].map((name) => ({
        user: name,
        password: `token-of-${name}`,
        paths: new RegExp(`^/(groups|packages)/${name}/`),
      }));
      await using index = await startMockIndex({
        auth,
        routes: { ...page('quill', quill), ...page('nib', nib) },
        notFound: 404,
      });
      const bare = (name: string) => `${index.origin}/groups/${name}/`;
      const full = (name: string) => bare(name).replace('//', `//${name}:token-of-${name}@`);
      const named = ['quill', 'nib'].flatMap((name) => [
        '--index',
        `${name}=${bare(name)}`,
        '--from',
        `${name}:${name}`,
      ]);
      const secrets = Object.fromEntries(
        ['QUILL', 'NIB'].flatMap((name) => [
          [`PEEP_INDEX_${name}_USERNAME`, name.toLowerCase()],
          [`PEEP_INDEX_${name}_PASSWORD`, `token-of-${name.toLowerCase()}`],
        ]),
      );
      const lines = pin(quill, 'quill') + pin(nib, 'nib');
      const ran = await (way === 'by name'
        ? peep('fetch', lines, named, secrets)
        : peep('fetch', lines, [
            '-i',
            full('nib'),
            '--extra-index-url',
            full('quill'),
            '--missing-status',
            `${bare('nib')}=404`,
          ]));
      expect(ran).toMatchObject({ status: 0 });
      const archives = index.requests.filter(({ path }) => path.startsWith('/packages/'));
      expect(archives.map(({ status }) => status)).toEqual([200, 200]);
    },
  );
});

describe('what stands in place of an index is said as what it is', () => {
  const asLogIn =
    '<!DOCTYPE html><form><input name=user><input type="password"></form><a href="/help">Help</a>';
  it.each<[string, Scenario, string]>([
    [
      'a redirect to a page to log in at',
      {
        faults: [{ path: '/simple/quill/', redirect: '/+login?goto=/simple/quill/' }],
        routes: { '/+login': { body: '<!DOCTYPE html><p>Who are you?' } },
      },
      "'ORIGIN/+login?****' is not a page of a Simple API index: 'ORIGIN/simple/quill/' redirects to it, but it has no links hint: Check the index URL, and the user and password",
    ],
    [
      'a page to log in at',
      { projects: { quill: { files: [], page: { body: asLogIn } } } },
      "'ORIGIN/simple/quill/' is not a page of a Simple API index: it is a login page hint: The index needs a user and a password",
    ],
    [
      'a page without a link',
      { projects: { quill: { files: [], page: { body: '<!DOCTYPE html><h1>Welcome</h1>' } } } },
      "hint: The page at 'ORIGIN/simple/' has no links: check the name, and whether the index URL is complete; it usually ends in /simple/.",
    ],
  ])('%s', async (_, scenario, expected) => {
    const { status, text } = await fetchFrom(scenario);
    expect(text).toContain(expected);
    expect(text).not.toContain('FREAK OUT');
    expect(status).toBe(1);
  });

  it('a page of find-links that is not there', async () => {
    const { status, text } = await fetchFrom({}, (url) => ['--no-index', '-f', `${url}links.html`]);
    expect(text).toContain(
      "cannot read 'ORIGIN/simple/links.html' of the index settings: the server has no page there",
    );
    expect(status).toBe(1);
  });

  it.each([
    ['https://index.example/simple/?token=geheim', "it contains '?'", 'Give a token as a password'],
    ['https://index.example/simple/#geheim', "it contains '#'", 'Give a token as a password'],
    [
      'https://ci:ge/heim@index.example/simple/',
      'it is not an http, https or file URL',
      'Percent-encode the password: / is %2F',
    ],
    [
      'https://ci:ge#heim@index.example/simple/',
      'it is not an http, https or file URL',
      'Percent-encode the password: / is %2F',
    ],
  ])('the address %s', async (url, why, hint) => {
    const { status, text } = await peep('fetch', pin(quill, 'quill'), ['-i', url]);
    expect(text).toContain(why);
    expect(text).toContain(`hint: ${hint}`);
    expect(text).not.toContain('heim');
    expect(status).toBe(1);
  });
});

describe('what comes in place of an archive is trouble, not tampering (P8)', () => {
  const page = { contentType: 'text/html; charset=utf-8', body: '<!DOCTYPE html><p>Log in' };
  const faults: readonly [string, Partial<Fault>, string][] = [
    ['a page', page, "a web page of 24 bytes (text/html) instead of 'quill-1.0-py3-none-any.whl'"],
    [
      'compressed bytes',
      { gzip: true },
      "bytes with Content-Encoding 'gzip', which peep did not ask for, instead of",
    ],
    [
      'fewer bytes than the index states',
      { body: quill.bytes.subarray(0, 100) },
      `100 of the ${quill.bytes.length} bytes that the index states instead of`,
    ],
  ];
  it.each(faults)('%s', async (_, fault, expected) => {
    const { status, text } = await fetchFrom({
      projects: { quill: [quill] },
      faults: [{ path: /whl$/, ...fault }],
    });
    expect(text).toContain(expected);
    expect(text).not.toContain('FREAK OUT');
    expect(status).toBe(1);
  });
  it.each(faults)('%s is not pinned', async (_, fault, expected) => {
    const unsaid = { ...quill, hashes: 'none' } as const;
    await using index = await startMockIndex({
      projects: { quill: [unsaid] },
      faults: [{ path: /whl$/, ...fault }],
    });
    const { status, text } = await peep('pin', 'quill==1.0\n', ['-i', index.url]);
    expect(text).toContain(expected);
    expect(status).toBe(1);
  });
});

describe('an index that answers 403 for what it does not have (--missing-status)', () => {
  async function twoIndexes() {
    const storage = await startMockIndex({ notFound: 403 });
    const index = await startMockIndex({ projects: { quill: [{ ...quill, hashes: 'none' }] } });
    return { storage, index, urls: ['-i', index.url, '--extra-index-url', storage.url] };
  }

  it('is taken at its word by name or address, for pin and fetch', async () => {
    const { storage, index, urls } = await twoIndexes();
    await using _one = storage;
    await using _two = index;
    const lines = pin(quill, 'quill');
    expect(await peep('fetch', lines, urls)).toMatchObject({ status: 1 });
    const missing = ['--missing-status', `${storage.url}=403`];
    expect(await peep('fetch', lines, [...urls, ...missing])).toMatchObject({ status: 0 });
    const pinned = await peep('pin', 'quill==1.0\n', [...urls, ...missing]);
    expect(pinned.status).toBe(0);
    const named = ['--index', `s3=${storage.url}`, '--from', 's3:quill', '--missing-status', 's3=403'];
    const alone = await peep('fetch', lines, ['-i', index.url, ...named]);
    expect(alone.text).toContain('no archive of quill==1.0 found at');
  });

  it.each([
    ['https://index.example/simple/=401', 'is not INDEX=STATUS'],
    ['https://index.example/simple/=503', 'is not INDEX=STATUS'],
    ['403', 'is not INDEX=STATUS'],
    ['https://other.example/simple/=403', 'which is not an index of this run'],
  ])('refuses %s', async (text, why) => {
    const ran = await peep('fetch', pin(quill, 'quill'), [
      '-i',
      'https://index.example/simple/',
      '--missing-status',
      text,
    ]);
    expect(ran.text).toContain(why);
    expect(ran.status).toBe(2);
  });
});

it('a cookie that a gateway sets on its redirect comes back to that origin, and to no other', async () => {
  await using other = await startMockIndex({ projects: { quill: [quill] } });
  const gate: Fault = {
    path: '/simple/quill/',
    times: 1,
    redirect: '/simple/quill/?checked=1',
    headers: { 'Set-Cookie': 'gate=open; Path=/; Domain=example.org; HttpOnly' },
  };
  const files = [{ ...quill, href: other.fileUrl('quill', quill.filename) }];
  const { status, requests } = await fetchFrom({ projects: { quill: files }, faults: [gate] });
  expect(status).toBe(0);
  expect(requests.map(({ headers }) => headers.cookie)).toEqual([undefined, 'gate=open']);
  expect(other.requests.map(({ headers }) => headers.cookie)).toEqual([undefined]);
});
