import { sample, sdist } from '../projects.js';
import { buildZip } from '../zip-builder.js';
import type { Case } from './case.js';

const good = () => sdist();
const url = { origin: 'url' } as const;
const pyproject = (text: string) => sdist({ pyproject: text });
const system = (text: string) => pyproject(`[build-system]\n${text}\n`);
const zip = (...names: string[]) =>
  sample(
    'demo-1.0.zip',
    buildZip(
      names.map((name) => ({
        name,
        content: name.endsWith('PKG-INFO')
          ? 'Name: demo\nVersion: 1.0\n'
          : name.endsWith('.toml')
            ? '[build-system]\nrequires = []\n'
            : '',
      })),
    ),
  );

export const sdistCases: readonly Case[] = [
  {
    rule: 'sdist-root',
    what: 'a file outside the root directory',
    hostile: () => sdist({ add: [{ name: 'evil.py', content: 'x' }] }),
    inside: () => sdist({ add: [{ name: 'demo-1.0/fine.py', content: 'x' }] }),
  },
  {
    rule: 'sdist-root',
    what: 'two root directories',
    hostile: () => sdist({ add: [{ name: 'other/evil.py', content: 'x' }] }),
    inside: good,
  },
  {
    rule: 'sdist-root',
    what: 'a ZIP without a root directory',
    hostile: () => zip('PKG-INFO', 'pyproject.toml'),
    inside: () => zip('demo-1.0/PKG-INFO', 'demo-1.0/pyproject.toml'),
  },
  { rule: 'sdist-root', what: 'an empty archive', hostile: () => sdist({ members: () => [] }), inside: good },
  {
    rule: 'sdist-root-name',
    what: 'a root directory of another name',
    hostile: () => sdist({ root: 'stuff' }),
    inside: () => sdist({ root: 'Demo-1.0' }),
  },
  {
    rule: 'sdist-pkg-info',
    what: 'no PKG-INFO',
    hostile: () => sdist({ pkgInfo: undefined, pyproject: undefined }),
    inside: () => sdist({ pkgInfo: undefined }),
  },
  {
    rule: 'sdist-no-pkg-info',
    what: 'no PKG-INFO beside a pyproject.toml',
    hostile: () => sdist({ pkgInfo: undefined }),
    inside: () => sdist({ pkgInfo: undefined, expected: url }),
  },
  {
    rule: 'sdist-pkg-info',
    what: 'PKG-INFO as a symbolic link',
    hostile: () => sdist({ pkgInfo: undefined, add: [{ name: 'demo-1.0/PKG-INFO', type: '2', link: 'x' }] }),
    inside: () =>
      sdist({
        pkgInfo: undefined,
        add: [
          { name: 'demo-1.0/demo.egg-info/PKG-INFO', content: 'Name: demo\nVersion: 1.0\n' },
          { name: 'demo-1.0/PKG-INFO', type: '1', link: 'demo-1.0/demo.egg-info/PKG-INFO' },
        ],
      }),
  },
  {
    rule: 'sdist-pkg-info',
    what: 'PKG-INFO deeper in the tree only',
    hostile: () =>
      sdist({
        pkgInfo: undefined,
        pyproject: undefined,
        add: [{ name: 'demo-1.0/demo/PKG-INFO', content: 'Name: demo\nVersion: 1.0\n' }],
      }),
    inside: good,
  },
  {
    rule: 'sdist-pkg-info',
    what: 'PKG-INFO as a link',
    hostile: () =>
      sdist({ pkgInfo: undefined, add: [{ name: 'demo-1.0/PKG-INFO', type: '2', link: 'demo/x' }] }),
    inside: good,
  },
  {
    rule: 'sdist-metadata',
    what: 'no Version',
    hostile: () => sdist({ pkgInfo: 'Name: demo\n' }),
    inside: good,
  },
  {
    rule: 'sdist-metadata',
    what: 'two names',
    hostile: () => sdist({ pkgInfo: 'Name: demo\nName: other\nVersion: 1.0\n' }),
    inside: good,
  },
  {
    rule: 'sdist-project',
    what: 'another project in PKG-INFO',
    hostile: () => sdist({ pkgInfo: 'Name: requests\nVersion: 1.0\n' }),
    inside: () => sdist({ pkgInfo: 'Name: Demo\nVersion: 1.0\n' }),
  },
  {
    rule: 'sdist-project',
    what: 'another project in the pin',
    hostile: () => sdist({ expected: { project: 'requests' as never } }),
    inside: () => sdist({ expected: { project: 'demo' as never } }),
  },
  {
    rule: 'sdist-version',
    what: 'another version in PKG-INFO',
    hostile: () => sdist({ pkgInfo: 'Name: demo\nVersion: 2.0\n' }),
    inside: () => sdist({ pkgInfo: 'Name: demo\nVersion: 1.0.0\n' }),
  },
  {
    rule: 'sdist-version',
    what: 'another version in the pin',
    hostile: () => sdist({ expected: { version: '1.1' } }),
    inside: () => sdist({ expected: { version: '1.0' } }),
  },
  {
    rule: 'sdist-no-project',
    what: 'an archive URL without a project',
    hostile: () => sdist({ pkgInfo: undefined, pyproject: undefined, expected: url }),
    inside: () => sdist({ pkgInfo: undefined, pyproject: undefined, setup: '', expected: url }),
  },
  {
    rule: 'sdist-no-build',
    what: 'nothing to build with',
    hostile: () => sdist({ pyproject: undefined }),
    inside: () => sdist({ pyproject: undefined, setup: '' }),
  },
  {
    rule: 'sdist-pyproject',
    what: 'invalid TOML',
    hostile: () => pyproject('[build-system'),
    inside: () => pyproject(''),
  },
  {
    rule: 'sdist-pyproject',
    what: 'a build system without requires',
    hostile: () => system('build-backend = "x"'),
    inside: () => system('requires = []'),
  },
  {
    rule: 'sdist-pyproject',
    what: 'requires that is not a list of strings',
    hostile: () => system('requires = ["a", 1]'),
    inside: () => system('requires = ["a", "b>1"]'),
  },
  {
    rule: 'sdist-pyproject',
    what: 'pyproject.toml as a link',
    hostile: () =>
      sdist({ pyproject: undefined, add: [{ name: 'demo-1.0/pyproject.toml', type: '2', link: 'demo/x' }] }),
    inside: good,
  },
  {
    rule: 'sdist-backend-path',
    what: 'a build backend outside the tree',
    hostile: () => system('requires = []\nbackend-path = ["../evil"]'),
    inside: () => system('requires = []\nbackend-path = ["tools"]'),
  },
  {
    rule: 'sdist-backend-path',
    what: 'a build backend that leaves the tree in the middle of its path',
    hostile: () => system('requires = []\nbackend-path = ["tools/../../evil"]'),
    inside: () => system('requires = []\nbackend-path = ["tools/..evil"]'),
  },
  {
    rule: 'sdist-encoding',
    what: 'PKG-INFO in Latin-1',
    hostile: () =>
      sdist({
        members: (all) =>
          all.map((member) =>
            String(member.name).endsWith('PKG-INFO')
              ? { ...member, content: Buffer.from('Name: demo\nVersion: 1.0\nAuthor: caf\xe9\n', 'latin1') }
              : member,
          ),
      }),
    inside: good,
  },
  {
    rule: 'name-duplicate',
    what: 'a source ZIP with two setup.py',
    hostile: () => zip('demo-1.0/PKG-INFO', 'demo-1.0/setup.py', 'demo-1.0/setup.py'),
    inside: () => zip('demo-1.0/PKG-INFO', 'demo-1.0/setup.py'),
  },
];
