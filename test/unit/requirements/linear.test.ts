import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Digest, parseHexDigest } from '../../../src/hash/digest.js';
import { editRequirements } from '../../../src/requirements/edit/edit.js';
import { portRequirements } from '../../../src/requirements/edit/port.js';
import { entriesFor, undecidedEntries } from '../../../src/requirements/entries-for.js';
import { defaultSelection } from '../../../src/requirements/lock/selection.js';
import { readRequirements } from '../../../src/requirements/read/read-requirements.js';
import { describeFor } from '../../../src/target/describe.js';
import { isPeepError } from '../../../src/text/errors.js';
import { expectLinearTime } from '../../support/growth.js';

const cwd = resolve('/work-directory');
const env = { V: 'v', W: 'w' };
const { environment } = describeFor('3.11:manylinux_2_28_x86_64');
const hex = (i: number) => i.toString(16).padStart(64, '0');
const digest = (i: number): Digest => parseHexDigest('sha256', hex(i));
const peep = (i: number) => `# sha256: ${Buffer.from(hex(i), 'hex').toString('base64url')}\n`;
const repeated = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join('');
const list = (count: number, part: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(', ');

/** The smaller of two sizes; four times as many lines, and some milliseconds of work each way. */
const lines = 2500;

type Files = Readonly<Record<string, string>>;

async function read(files: Files, entry: string): Promise<void> {
  try {
    const requirements = await readRequirements(
      {
        readFile: async (path) => Buffer.from(files[path.slice(path.lastIndexOf('/') + 1)] ?? ''),
        exists: async (path) => Object.hasOwn(files, path.slice(path.lastIndexOf('/') + 1)),
      },
      { entries: [entry], env, cwd, selection: { ...defaultSelection, allExtras: true } },
    );
    await undecidedEntries(requirements);
    await entriesFor(requirements, environment);
  } catch (error) {
    if (!isPeepError(error)) throw error;
  }
}

/** Files by a number that their size follows. */
const requirements: Readonly<Record<string, (size: number) => string>> = {
  'blanks in a line': (n) => `a==1.0${' '.repeat(20 * n)};`,
  'blanks and tabs': (n) => `a${' \t'.repeat(10 * n)}==1.0 x\n`,
  'hashes on a line': (n) => `a==1.0${repeated(n / 2, (i) => ` --hash=sha256:${hex(i)}`)}`,
  'hashes on continuations': (n) => `a==1.0${repeated(2 * n, (i) => ` \\\n    --hash=sha256:${hex(i)}`)}`,
  'equal hashes': (n) => `a==1.0${repeated(2 * n, () => ` \\\n    --hash=sha256:${hex(1)}`)}`,
  'hash comments': (n) => `${repeated(2 * n, peep)}a==1.0\n`,
  'bad hash comments': (n) => `${repeated(2 * n, () => '# sha256: x\n')}a==1.0\n`,
  'records of publishers': (n) =>
    `${repeated(n, (i) => `# attested-by: github a/b w.yml id=${i}\n`)}${peep(1)}a==1.0\n`,
  'pins in comments': (n) => `${repeated(n, (i) => `${peep(i)}# a==${i}\n`)}a==1.0\n`,
  comments: (n) => repeated(10 * n, () => '# a remark \\\n'),
  continuations: (n) => `a==1.0 ${repeated(10 * n, () => '\\\n')}\n`,
  backslashes: (n) => `a==1.0 ${'\\'.repeat(20 * n)}\n`,
  quotes: (n) => `--find-links ${'"a" '.repeat(10 * n)}`,
  'an open quote': (n) => `--find-links "${'a'.repeat(20 * n)}`,
  variables: (n) => `a==1.0 ; ${'${V} ${X} '.repeat(4 * n)}`,
  'different variables': (n) => `a==1.0 ${repeated(2 * n, (i) => `\${X${i}}`)}`,
  'user info': (n) => `a @ https://h.example/ ${repeated(n, (i) => `https://u${i}:p${i}@h `)}`,
  'digests of a URL': (n) => `a @ https://h.example/a-1.zip#${repeated(n, (i) => `&sha256=${hex(i)}`)}`,
  extras: (n) => `a[${list(2 * n, (i) => `e${i}`)}]==1.0`,
  specifiers: (n) => `a${list(2 * n, (i) => `!=${i}`)}`,
  markers: (n) => `a==1.0 ; ${repeated(2 * n, (i) => `os_name == "${i}" or `)}os_name == "x"`,
  parentheses: (n) => `a==1.0 ; ${'('.repeat(10 * n)}`,
  'long names': (n) => `${'a-'.repeat(10 * n)}==1.0\n`,
  'numbers in a version': (n) => `a==1${'.0'.repeat(10 * n)}x\n`,
  'bad lines': (n) => repeated(n, (i) => `a ${i}\n`),
  'long bad lines': (n) => repeated(n / 100, () => `a ${'https://u:p@h.example/x '.repeat(20)}\n`),
  'editable lines': (n) => repeated(n, (i) => `-e ./a${i} ; os_name == "x"\n`),
  'equal pins': (n) => repeated(n, () => `${peep(1)}a==1.0\n`),
  'equal pins with other digests': (n) => repeated(n, (i) => `${peep(i)}${peep(n)}a==1.0\n`),
  'equal pins with several digests': (n) =>
    repeated(n / 10, (i) => `a==1.0${repeated(20, (j) => ` --hash=sha256:${hex(j + (i % 5))}`)}\n`),
  'one project, other versions': (n) => repeated(n, (i) => `${peep(1)}a==${i}\n`),
  'one project, other markers': (n) => repeated(n, (i) => `a==1.0 ; os_name == "${i}"\n`),
  'one project, other spellings': (n) => repeated(n, (i) => `a==1.0${'.0'.repeat(i % 3)}\n`),
  'other projects': (n) => repeated(n, (i) => `${peep(i)}a${i}==1.0\n`),
  indexes: (n) => repeated(n, (i) => `--extra-index-url https://h${i}.example/\n`),
  hosts: (n) => repeated(n, (i) => `--trusted-host h${i}.example\n`),
  'find-links': (n) => repeated(n, (i) => `--find-links d${i}\n`),
  formats: (n) => repeated(n, (i) => `--no-binary a${i}\n--only-binary a${i}\n`),
  'names of formats': (n) => `--no-binary ${list(2 * n, (i) => `a${i}`).replaceAll(' ', '')}\n`,
};

const included: Readonly<Record<string, (size: number) => Files>> = {
  'files that include': (n) => ({
    'req.txt': repeated(n / 25, () => '-r one.txt\n'),
    'one.txt': 'a==1.0\n',
  }),
  constraints: (n) => ({
    'req.txt': `-c c.txt\n${repeated(n, () => `${peep(1)}a==1.0\n`)}`,
    'c.txt': repeated(n, () => `a==1.0 --hash=sha256:${hex(1)}\n`),
  }),
  'constraints of other projects': (n) => ({
    'req.txt': `-c c.txt\n${repeated(n, (i) => `a${i}==1.0\n`)}`,
    'c.txt': repeated(n, (i) => `a${i}==1.0 --hash=sha256:${hex(1)}\n`),
  }),
  'constraints that lend': (n) => ({
    'req.txt': `-c c.txt\n${repeated(n, () => 'a\n')}`,
    'c.txt': repeated(n, (i) => `a>=0.${i}\n`),
  }),
  'constraints that refuse': (n) => ({
    'req.txt': `-c c.txt\n${repeated(n, (i) => `a==1.0 ; os_name != "${i}"\n`)}`,
    'c.txt': `${repeated(n, () => 'a>=0.1\n')}a==2.0\n`,
  }),
};

describe('requirements files are read in time that follows their length', () => {
  it.each(Object.entries(requirements))('%s', { timeout: 120_000 }, async (_, make) => {
    await expectLinearTime(
      (size) => ({ 'req.txt': make(size) }),
      (files) => read(files, 'req.txt'),
      lines,
    );
  });

  it.each(Object.entries(included))('%s', { timeout: 120_000 }, async (_, make) => {
    await expectLinearTime(make, (files) => read(files, 'req.txt'), lines);
  });
});

describe('and changed so', () => {
  const file = (size: number) =>
    Buffer.from(`a==1.0${repeated(size, (i) => ` \\\n    --hash=sha256:${hex(i)}`)}\n`);

  it.each([
    ['every digest replaced', (n: number) => Array.from({ length: n }, (_, i) => digest(n + i))],
    ['every digest kept', (n: number) => Array.from({ length: n }, (_, i) => digest(n - 1 - i))],
    ['digests added', (n: number) => Array.from({ length: 2 * n }, (_, i) => digest(i))],
    ['digests taken out', () => [digest(0)]],
  ] as const)('%s', { timeout: 120_000 }, async (_, digests) => {
    await expectLinearTime(
      (size) => ({ bytes: file(size), digests: digests(size) }),
      ({ bytes, digests }) => editRequirements(bytes, 'req.txt', [{ line: 1, style: 'pip', digests }]),
      1000,
    );
  });

  it('from one style to the other', { timeout: 120_000 }, async () => {
    await expectLinearTime(
      (size) => ({ bytes: file(size), digests: Array.from({ length: size }, (_, i) => digest(i)) }),
      ({ bytes, digests }) =>
        editRequirements(bytes, 'req.txt', [{ line: 1, style: 'peep', restyle: true, digests }]),
      1000,
    );
  });

  it('many requirements', { timeout: 120_000 }, async () => {
    await expectLinearTime(
      (size) => ({
        bytes: Buffer.from(repeated(size, (i) => `a${i}==1.0 --hash=sha256:${hex(1)}\n`)),
        edits: Array.from({ length: size }, (_, i) => ({
          line: i + 1,
          style: 'pip' as const,
          digests: [digest(2)],
          version: { from: '1.0', to: '1.1' },
        })),
      }),
      ({ bytes, edits }) => editRequirements(bytes, 'req.txt', edits),
      lines,
    );
  });

  it('in another form', { timeout: 120_000 }, async () => {
    await expectLinearTime(
      (size) => repeated(size, (i) => `${peep(i)}${peep(i + 1)}a${i}==1.0\n`),
      (text) =>
        portRequirements(
          { readFile: async () => Buffer.from(text), exists: async () => false },
          { entries: ['req.txt'], env, cwd },
        ),
      lines,
    );
  });
});

const poetry = (version: string, body: string) => `${body}\n[metadata]\nlock-version = "${version}"\n`;
const pdm = (body: string, metadata = '') =>
  `[metadata]\nlock_version = "4.5.0"\nstrategy = ["inherit_metadata"]\ngroups = ["default"]\n${metadata}\n${body}`;
const file = (i: number) => `{file = "a-1.0-py3-none-any.whl", hash = "sha256:${hex(i)}"}`;
const link = (i: number) => `{ url = "https://h.example/a-1.0-py3-none-any.whl", hash = "sha256:${hex(i)}" }`;
const uvHead = 'version = 1\nrequires-python = ">=3.9"\n';
const uvRoot = (dependencies: string) =>
  `[[package]]\nname = "own"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [${dependencies}]\n`;
const registry = 'source = { registry = "https://h.example/simple" }';
const pipfile = (body: object) => JSON.stringify({ _meta: { 'pipfile-spec': 6 }, ...body }, undefined, 4);
const named = (count: number, part: (i: number) => unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, part(i)]));

const locks: Readonly<Record<string, (size: number) => Files>> = {
  'poetry: packages': (n) => ({
    'poetry.lock': poetry(
      '2.1',
      repeated(
        n,
        (i) =>
          `[[package]]\nname = "a${i}"\nversion = "1.0"\ngroups = ["main"]\nmarkers = "os_name == '${i}'"\n`,
      ),
    ),
  }),
  'poetry: files': (n) => ({
    'poetry.lock': poetry(
      '2.1',
      `[[package]]\nname = "a"\nversion = "1.0"\nfiles = [${list(2 * n, file)}]\n`,
    ),
  }),
  'poetry: groups': (n) => ({
    'poetry.lock': poetry(
      '2.1',
      repeated(n, (i) => `[[package]]\nname = "a${i}"\nversion = "1.0"\ngroups = ["main", "g${i}"]\n`),
    ),
  }),
  'poetry: markers by group': (n) => ({
    'poetry.lock': poetry(
      '2.1',
      `[[package]]\nname = "a"\nversion = "1.0"\ngroups = [${list(n, (i) => `"g${i}"`)}]\nmarkers = { ${list(n, (i) => `g${i} = "os_name == '${i}'"`)} }\n`,
    ),
  }),
  'poetry 1.1: files of all': (n) => ({
    'poetry.lock': poetry(
      '1.1',
      repeated(n, (i) => `[[package]]\nname = "a${i}"\nversion = "1.0"\n`),
    ).concat(
      `\n[metadata.files]\n${repeated(n, (i) => `a${i} = [{file = "a${i}-1.0.tar.gz", hash = "sha256:${hex(i)}"}]\n`)}`,
    ),
  }),
  'poetry 1.1: versions of one': (n) => ({
    'poetry.lock': poetry(
      '1.1',
      repeated(n / 5, (i) => `[[package]]\nname = "a"\nversion = "${i}"\n`),
    ).concat(
      `\n[metadata.files]\na = [${list(n / 5, (i) => `{file = "a-${i}.tar.gz", hash = "sha256:${hex(i)}"}`)}]\n`,
    ),
  }),
  'pdm: packages': (n) => ({
    'pdm.lock': pdm(
      repeated(n, (i) => `[[package]]\nname = "a${i}"\nversion = "1.0"\ngroups = ["default"]\nfiles = []\n`),
    ),
  }),
  'pdm: one package with many extras': (n) => ({
    'pdm.lock': pdm(
      repeated(
        n,
        (i) =>
          `[[package]]\nname = "a"\nversion = "1.0"\nextras = ["e${i}"]\ngroups = ["default"]\nmarker = "os_name == '${i}'"\n`,
      ),
    ),
  }),
  'pdm: groups': (n) => ({
    'pdm.lock': pdm(repeated(n, (i) => `[[package]]\nname = "a${i}"\nversion = "1.0"\ngroups = ["g${i}"]\n`)),
    'pyproject.toml': `[dependency-groups]\n${repeated(n, (i) => `g${i} = []\n`)}`,
  }),
  'pdm: files': (n) => ({
    'pdm.lock': pdm(
      `[[package]]\nname = "a"\nversion = "1.0"\ngroups = ["default"]\nfiles = [${list(2 * n, file)}]\n`,
    ),
  }),
  'pdm: targets': (n) => ({
    'pdm.lock': pdm(
      '',
      repeated(n, (i) => `[[metadata.targets]]\nrequires_python = "==3.${i + 20}"\n`),
    ),
  }),
  'pylock: packages': (n) => ({
    'pylock.toml': `lock-version = "1.0"\n${repeated(n, (i) => `[[packages]]\nname = "a${i}"\nversion = "1.0"\nmarker = "os_name == '${i}' or 'x' in extras"\nrequires-python = ">=3.9"\n`)}`,
  }),
  'pylock: wheels': (n) => ({
    'pylock.toml': `lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1.0"\nwheels = [${list(n, (i) => `{ url = "https://h.example/a-1.0-py3-none-any.whl", hashes = { sha256 = "${hex(i)}" } }`)}]\n`,
  }),
  'pylock: extras': (n) => ({
    'pylock.toml': `lock-version = "1.0"\nextras = [${list(n, (i) => `"e${i}"`)}]\n${repeated(n, (i) => `[[packages]]\nname = "a${i}"\nmarker = "'e${i}' in extras"\n`)}`,
  }),
  'uv: a chain': (n) => ({
    'uv.lock':
      uvHead +
      uvRoot('{ name = "a0" }') +
      repeated(
        n,
        (i) =>
          `[[package]]\nname = "a${i}"\nversion = "1.0"\n${registry}\ndependencies = [{ name = "a${Math.min(i + 1, n - 1)}", marker = "os_name != '${i}'" }]\n`,
      ),
  }),
  'uv: edges of one package': (n) => ({
    'uv.lock':
      uvHead +
      uvRoot(list(n, (i) => `{ name = "a${i}" }`)) +
      repeated(n, (i) => `[[package]]\nname = "a${i}"\nversion = "1.0"\n${registry}\n`),
  }),
  'uv: versions of one project': (n) => ({
    'uv.lock':
      uvHead +
      uvRoot(list(n, (i) => `{ name = "a", version = "${i}", ${registry}, marker = "os_name == '${i}'" }`)) +
      repeated(n, (i) => `[[package]]\nname = "a"\nversion = "${i}"\n${registry}\n`),
  }),
  'uv: extras': (n) => ({
    'uv.lock': `${uvHead}${uvRoot('')}[package.optional-dependencies]\n${repeated(n, (i) => `e${i} = [{ name = "a", marker = "extra == 'extra-3-own-e${i}'" }]\n`)}[[package]]\nname = "a"\nversion = "1.0"\n${registry}\n`,
  }),
  'uv: extras of an edge': (n) => ({
    'uv.lock': `${uvHead}${uvRoot(list(n, (i) => `{ name = "a", extra = ["e${i}"], marker = "extra == 'extra-1-a-e${i}'" }`))}[[package]]\nname = "a"\nversion = "1.0"\n${registry}\n`,
  }),
  'uv: conflicts': (n) => ({
    'uv.lock': `${uvHead}conflicts = [${list(n, (i) => `[{ package = "own", extra = "e${i}" }, { package = "own", extra = "f${i}" }]`)}]\n${uvRoot('{ name = "a" }')}[[package]]\nname = "a"\nversion = "1.0"\n${registry}\n`,
  }),
  'uv: members': (n) => ({
    'uv.lock': `${uvHead}[manifest]\nmembers = [${list(n, (i) => `"a${i}"`)}]\n${repeated(n, (i) => `[[package]]\nname = "a${i}"\nversion = "1.0"\nsource = { editable = "d${i}" }\n`)}`,
  }),
  'uv: wheels': (n) => ({
    'uv.lock': `${uvHead}${uvRoot('{ name = "a" }')}[[package]]\nname = "a"\nversion = "1.0"\n${registry}\nwheels = [${list(n, link)}]\n`,
  }),
  'Pipfile: packages': (n) => ({
    'Pipfile.lock': pipfile({
      default: named(n, (i) => ({ version: '==1.0', hashes: [`sha256:${hex(i)}`] })),
    }),
  }),
  'Pipfile: hashes': (n) => ({
    'Pipfile.lock': pipfile({
      default: {
        a: { version: '==1.0', hashes: Array.from({ length: 2 * n }, (_, i) => `sha256:${hex(i)}`) },
      },
    }),
  }),
  'Pipfile: categories': (n) => ({
    'Pipfile.lock': pipfile(named(n, () => ({ a: { version: '==1.0', hashes: [] } }))),
  }),
  'Pipfile: sources': (n) => ({
    'Pipfile.lock': pipfile({
      _meta: {
        'pipfile-spec': 6,
        sources: Array.from({ length: n }, (_, i) => ({ name: `s${i}`, url: `https://h${i}.example/` })),
      },
      default: named(n, () => ({ version: '==1.0', hashes: [] })),
    }),
  }),
};

describe('lock files are read in time that follows their length', () => {
  it.each(Object.entries(locks))('%s', { timeout: 120_000 }, async (_, make) => {
    await expectLinearTime(make, (files) => read(files, Object.keys(files)[0] ?? ''), 1500);
  });

  it('what is generated is a lock file that can be read', async () => {
    for (const make of Object.values(locks)) {
      const files = make(5);
      const entry = Object.keys(files)[0] ?? '';
      const { written } = await readRequirements(
        {
          readFile: async (path) => Buffer.from(files[path.slice(path.lastIndexOf('/') + 1)] ?? ''),
          exists: async (path) => Object.hasOwn(files, path.slice(path.lastIndexOf('/') + 1)),
        },
        { entries: [entry], env, cwd },
      );
      expect(written.filter(({ kind }) => kind === 'pin' || kind === 'refused')).toBeInstanceOf(Array);
    }
  });
});
