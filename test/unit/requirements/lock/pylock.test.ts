import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defaultSelection } from '../../../../src/requirements/lock/selection.js';
import { cwd, digestsOf, hex, pinOf, read, refusalOf } from '../memory-files.js';

const head = "lock-version = '1.0'\ncreated-by = 'a test'\n";

const lock = (body: string, files: Record<string, string> = {}) => ({
  'locks/pylock.toml': `${head}${body}`,
  ...files,
});

const readLock = (body: string, source = {}) =>
  read(lock(body), { entries: ['locks/pylock.toml'], ...source });

const quill = `
[[packages]]
name = 'quill'
version = '1.0'
index = 'https://index.example/simple/'

[[packages.wheels]]
name = 'quill-1.0-py3-none-any.whl'
url = 'https://files.example/quill-1.0-py3-none-any.whl'
size = 1234
hashes = { sha256 = '${hex('a')}', md5 = '${hex('0', 32)}' }

[packages.sdist]
path = './sdists/quill-1.0.tar.gz'
hashes = { sha512 = '${hex('B', 128)}' }
`;

describe('a lock file', () => {
  it('pins each package by all its archives, and says where they are', async () => {
    const { entries } = await readLock(quill);
    const pin = pinOf(entries[0]);
    expect(pin).toMatchObject({
      source: { kind: 'version', project: 'quill', operator: '==', version: '1.0' },
      requirement: 'quill==1.0',
      place: { file: 'locks/pylock.toml', line: 4 },
    });
    expect(digestsOf(entries[0])).toEqual([`sha256:${hex('a')}`, `sha512:${hex('b', 128)}`]);
    expect(pin.links).toEqual([
      {
        filename: 'quill-1.0-py3-none-any.whl',
        url: 'https://files.example/quill-1.0-py3-none-any.whl',
        size: 1234,
        digests: [{ algorithm: 'sha256', hex: hex('a') }],
      },
      {
        filename: 'quill-1.0.tar.gz',
        url: pathToFileURL(resolve(cwd, 'locks/sdists/quill-1.0.tar.gz')).href,
        size: undefined,
        digests: [{ algorithm: 'sha512', hex: hex('b', 128) }],
      },
    ]);
  });

  it('may stand beside requirements, and be named pylock.NAME.toml', async () => {
    const { entries } = await read({
      'pylock.dev.toml': head + quill,
      'req.txt': '-r pylock.dev.toml\ninkpot==1.0\nquill==2.0\n',
    });
    expect(pinOf(entries[0]).place.file).toBe('pylock.dev.toml');
    expect(pinOf(entries[1]).requirement).toBe('inkpot==1.0');
    expect(refusalOf(entries[2]).error.code).toBe('PIN_CONFLICT');
  });

  it('takes archives, and refuses directories and version control', async () => {
    const { entries } = await readLock(`
[[packages]]
name = 'quill'
marker = "os_name == 'nt'"
archive = { url = 'https://u:p@files.example/q.zip#x', hashes = { sha256 = '${hex('a')}' } }
[[packages]]
name = 'inkpot'
vcs = { type = 'git', url = 'https://git.example/inkpot', commit-id = 'abc' }
[[packages]]
name = 'nib'
directory = { path = '.' }
[[packages]]
name = 'vellum'
archive = { url = 'https://files.example/v.zip', subdirectory = 'x', hashes = { sha256 = '${hex('a')}' } }
[[packages]]
name = 'quire'
version = '1'
wheels = [{ url = 'https://files.example/quire-1-py3-none-any.whl', hashes = { md5 = '${hex('a', 32)}' } }]
`);
    expect(pinOf(entries[0])).toMatchObject({
      source: { kind: 'url', url: 'https://u:p@files.example/q.zip', project: 'quill' },
      requirement: 'quill @ https://****@files.example/q.zip',
      marker: 'os_name == "nt"',
    });
    expect(
      entries
        .slice(1)
        .map((entry) => [refusalOf(entry).status, refusalOf(entry).error.code, refusalOf(entry).place.line]),
    ).toEqual([
      ['refused', 'REQUIREMENT_VCS', 8],
      ['refused', 'REQUIREMENT_FOLDER', 11],
      ['refused', 'REQUIREMENT_URL', 14],
      ['refused', 'HASH_INVALID', 17],
    ]);
  });

  it('chooses no extras and the default groups, and others where they are asked for', async () => {
    const body = (marker: string) =>
      `extras = ['fast']\ndependency-groups = ['docs']\ndefault-groups = ['Dev']\n${quill.replace("version = '1.0'", `version = '1.0'\nmarker = """${marker}"""`)}`;
    const markers = async (marker: string, selection = {}) =>
      (await readLock(body(marker), { selection: { ...defaultSelection, ...selection } })).entries.map(
        (entry) => pinOf(entry).marker,
      );
    expect(await markers("'dev' in dependency_groups")).toEqual([undefined]);
    expect(await markers("'dev' in dependency_groups", { noDev: true })).toEqual([]);
    expect(await markers("'docs' in dependency_groups")).toEqual([]);
    expect(await markers("'docs' in dependency_groups", { groups: ['Docs'] })).toEqual([undefined]);
    expect(await markers("'fast' not in extras")).toEqual([undefined]);
    expect(await markers("'fast' in extras and os_name == 'nt'", { allExtras: true })).toEqual([
      'os_name == "nt"',
    ]);
    await expect(markers("os_name == 'nt'", { extras: ['slow'] })).rejects.toMatchObject({
      code: 'LOCK_SELECTION',
      hint: 'It has: fast.',
    });
  });

  it('names extras as pip does', async () => {
    const files = lock(
      `extras = ['fast']\n${quill.replace("version = '1.0'", "version = '1.0'\nmarker = \"'fast' in extras\"")}`,
    );
    expect((await read(files, { entries: ['locks/pylock.toml'] })).entries).toHaveLength(0);
    expect((await read(files, { entries: ['locks/pylock.toml[fast]'] })).entries).toHaveLength(1);
    await expect(read(files, { entries: ['locks/pylock.toml[slow]'] })).rejects.toMatchObject({
      code: 'LOCK_SELECTION',
    });
  });

  it('limits what others pin, as -c', async () => {
    const files = { ...lock(quill), 'req.txt': 'quill==1.0\ninkpot==1.0\n', 'other.txt': 'quill==2.0\n' };
    const constraints = ['locks/pylock.toml'];
    const { entries } = await read(files, { constraints, markerHolds: () => true });
    expect(digestsOf(entries[0])).toEqual([`sha256:${hex('a')}`, `sha512:${hex('b', 128)}`]);
    expect(digestsOf(entries[1])).toEqual([]);
    const other = await read(files, { constraints, entries: ['other.txt'] });
    expect(refusalOf(other.entries[0]).error.code).toBe('CONSTRAINT_CONFLICT');
  });

  it('is made for some targets', async () => {
    const holds = (marker: string) => marker.includes('nt') || marker.includes('>= "3.9"');
    const body = `environments = ["os_name == 'posix'", "os_name == 'nt'"]\nrequires-python = '>=3.9'\n${quill}`;
    expect((await readLock(body, { markerHolds: holds })).entries).toHaveLength(1);
    await expect(readLock(body, { markerHolds: () => false })).rejects.toMatchObject({ code: 'LOCK_TARGET' });
    const own = quill.replace("version = '1.0'", "version = '1.0'\nrequires-python = '>=3.12'");
    await expect(readLock(own, { markerHolds: () => false })).rejects.toMatchObject({
      code: 'LOCK_TARGET',
      place: { file: 'locks/pylock.toml', line: 4 },
    });
  });

  it.each([
    ['other projects', 'quill-1.0-py3', 'inkpot-1.0-py3', 'LOCK_INVALID'],
    ['other versions', 'quill-1.0-py3', 'quill-1.1-py3', 'LOCK_INVALID'],
    ['short digests', hex('a'), hex('a', 63), 'DIGEST_MALFORMED'],
    ['sizes that are none', '1234', '-1', 'LOCK_INVALID'],
    ['other schemes', 'https://files', 'ftp://files', 'LOCK_INVALID'],
  ])('is refused with %s', async (_, from, to, code) => {
    const { entries } = await readLock(quill.replaceAll(from, to));
    expect(refusalOf(entries[0])).toMatchObject({
      status: 'malformed',
      requirement: 'quill==1.0',
      error: { code },
    });
  });

  it.each([
    ['no TOML', `${head}packages = [`, 'LOCK_INVALID'],
    ['no version', "packages = []\ncreated-by = 'x'", 'LOCK_INVALID'],
    ['another version', "lock-version = '2.0'\npackages = []", 'LOCK_VERSION'],
    ['no packages', head, 'LOCK_INVALID'],
    ['packages of another type', `${head}packages = 'x'`, 'LOCK_INVALID'],
  ])('that has %s is an error as a whole', async (_, text, code) => {
    await expect(read({ 'pylock.toml': text }, { entries: ['pylock.toml'] })).rejects.toMatchObject({ code });
  });

  it.each(['1.1', '1.0.1'])('of version %s is read, with a warning', async (version) => {
    const text = `lock-version = '${version}'\ncreated-by = 'x'\n${quill}`;
    const { entries, warnings } = await read({ 'pylock.toml': text }, { entries: ['pylock.toml'] });
    expect(entries).toHaveLength(1);
    expect(warnings.map(({ message }) => message)).toEqual([
      `'pylock.toml' is a pylock.toml of version ${version}, and peep knows 1.0`,
    ]);
  });

  it('from the web names nothing of this machine', async () => {
    const url = 'https://lock.example/a/pylock.toml';
    const from = (path: string) =>
      read({ [url]: head + quill.replace('./sdists/quill-1.0.tar.gz', path) }, { entries: [url] });
    expect(pinOf((await from('../../s/quill-1.0.tar.gz')).entries[0]).links?.[1]?.url).toBe(
      'https://lock.example/s/quill-1.0.tar.gz',
    );
    for (const path of [
      '/srv/quill-1.0.tar.gz',
      'file:///srv/quill-1.0.tar.gz',
      '//other.example/quill-1.0.tar.gz',
    ]) {
      expect(refusalOf((await from(path)).entries[0]).error.code).toBe('LOCK_INVALID');
    }
  });
});
