import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectWishes } from '../../src/compile/pyproject.js';
import { openBuilder } from '../../src/install/build/builder.js';
import { checkPip } from '../../src/install/pip-version.js';
import { runPip } from '../../src/install/run-pip.js';
import { findUv } from '../../src/install/uv.js';
import { openVerified } from '../../src/prepare/open-verified.js';
import { refuseChanged } from '../../src/run/install-chosen.js';
import type { Interpreter } from '../../src/target/target.js';
import { planFix, removeAdded } from '../../src/verify/fix-environment.js';
import { verifySubject } from '../../src/verify/subject.js';
import { sdist } from '../mock-index/sdist.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { buildSource } from '../pip/builds.js';
import { defaultPython } from '../support/pythons.js';
import { makeVenv } from '../support/venv.js';
import { hash, quill } from './archives.js';
import type { Case, RunOptions, Shown, World } from './world.js';

interface FakePip {
  /** The text of pip/__init__.py; `__version__ = …` by default. */
  readonly init?: string;
  readonly main?: string;
}

/**
 * `peep install` of these lines into an environment with such a pip, or with none. Nothing else is on PATH, so
 * that no other pip can serve it.
 */
async function install(
  world: World,
  lines: readonly string[],
  pip: FakePip | undefined,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Shown> {
  const python = await defaultPython();
  if (python === undefined) throw new Error('these tests need a Python on PATH');
  const venv = await makeVenv(python, world.path('../venv'), { withPip: false });
  if (pip !== undefined) {
    const { init = "__version__ = '25.0'\n", main = '' } = pip;
    const files = { 'pip/__init__.py': init, 'pip/__main__.py': main, 'pip/_internal/__init__.py': '' };
    for (const [name, text] of Object.entries(files)) {
      const path = join(venv.sitePackages, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  world.write('requirements.txt', lines.map((line) => `${line}\n`).join(''));
  const all = ['install', '-r', 'requirements.txt', '--python', venv.python, ...args];
  return world.peep(all, { ...options, env: { ...options.env, PATH: world.work } });
}

async function installQuill(world: World, pip: FakePip | undefined, options?: RunOptions): Promise<Shown> {
  world.write(quill.filename, quill.bytes);
  return install(world, [`quill==1.0 ${hash}`], pip, ['--no-index', '-f', '.'], options);
}

/** By a uv that does as `script` says. */
async function installByUv(world: World, script: string): Promise<Shown> {
  chmodSync(world.write('uv', `#!/bin/sh\n${script}\n`), 0o755);
  return installQuill(world, undefined, { env: { PEEP_INSTALLER: 'uv' } });
}

/** `peep compile` of these lines, with a uv that does as `script` says; `$out` is the file that it answers in. */
async function compileByUv(world: World, input: string, script: string): Promise<Shown> {
  const python = await defaultPython();
  if (python === undefined) throw new Error('these tests need a Python on PATH');
  const venv = await makeVenv(python, world.path('../venv'), { withPip: false });
  const find = 'while [ $# -gt 0 ]; do [ "$1" = --output-file ] && out=$2; shift; done';
  const body = `#!/bin/sh\n[ "$1" = --version ] && { echo uv 0.13.9; exit; }\n${find}\n${script}\n`;
  chmodSync(world.write('uv', body), 0o755);
  world.write('requirements.in', `${input}\n`);
  for (const archive of [quill, inkpot]) world.write(archive.filename, archive.bytes);
  const args = ['requirements.in', '-o', 'requirements.txt', '--no-index', '-f', '.', '-q'];
  return world.peep(['compile', ...args, '--python', venv.python], { env: { PATH: world.work } });
}

const inkpot = wheel({ name: 'inkpot', version: '2.0' });
const nib = sdist({ name: 'nib', version: '1.0', build: 'setuptools' });

/** A source archive whose back end, in the archive itself, is asked what it needs. */
function ownBackend(hook: string, requires = '[]'): BuiltArchive {
  return sdist({
    ...{ name: 'nib', version: '1.0', build: 'none' },
    pyproject: `[build-system]\nrequires = ${requires}\nbuild-backend = "own"\nbackend-path = ["."]\n`,
    files: { 'own.py': `def get_requires_for_build_wheel(settings):\n    ${hook}\n` },
  });
}

function installBuilt(world: World, archive: BuiltArchive, args: readonly string[] = []): Promise<Shown> {
  world.write(archive.filename, archive.bytes);
  const lines = [`nib==1.0 --hash=sha256:${archive.sha256}`];
  return install(world, lines, {}, ['--no-index', '-f', '.', ...args]);
}

const unnamed = sdist({ name: 'flit', version: '1.0', filename: 'flit.tar.gz', pkgInfo: null });

/** pip, and what lies between the verified archives and pip. */
export const installCases: readonly Case[] = [
  {
    code: 'PIP_ABSENT',
    cause:
      'The environment was made without pip, and there is no other pip on PATH that can install into it.',
    run: ({ thrown, path }) => thrown(() => checkPip({ kind: 'absent' }, path('venv/bin/python'))),
  },
  {
    code: 'PIP_BROKEN',
    cause: 'Files of pip are missing or damaged, often after an upgrade that was interrupted.',
    run: ({ thrown, path }) =>
      thrown(() =>
        checkPip({ kind: 'broken', reason: 'its __main__.py is missing' }, path('venv/bin/python')),
      ),
  },
  {
    code: 'PIP_TOO_OLD',
    cause: 'The environment has a pip from before 2019.',
    run: ({ thrown, path }) =>
      thrown(() =>
        checkPip({ kind: 'present', version: '9.0.1', location: path('venv/lib') }, path('venv/bin/python')),
      ),
  },
  {
    code: 'PIP_OPTION_UNKNOWN',
    cause: 'A requirement line has --config-settings, which this pip does not take there.',
    run: (world) =>
      install(world, [`quill==1.0 ${hash} --config-settings=a=b`], { init: "__version__ = '22.3'\n" }, [
        '--no-index',
      ]),
  },
  {
    code: 'PIP_FAILED',
    cause:
      "Every archive was what its pin says; pip failed at something else: a build, a disk, permissions. pip's own lines say what.",
    run: (world) => installQuill(world, { main: 'raise SystemExit(1)\n' }),
  },
  {
    code: 'PIP_NOT_STARTED',
    cause: 'The interpreter went away, or lost its permission to run, while archives were fetched.',
    run: async ({ thrown, path }) => {
      const signals = { on: () => undefined, removeListener: () => undefined };
      const run = { python: path('venv/bin/python'), argv: [], env: {}, cwd: path('.') };
      return thrown(() =>
        runPip({ ...run, stdin: 'ignore', stdout: 'inherit', terminal: false }, { spawn, signals }),
      );
    },
  },
  {
    code: 'COMPILE_INPUT',
    cause:
      'A pyproject.toml leaves its dependencies to its build, or has no such extra or group; or the input is a lock file.',
    run: ({ thrown }) =>
      thrown(() =>
        projectWishes({ project: { name: 'mine', dynamic: ['dependencies'] } }, 'pyproject.toml', {
          ...{ extras: [], allExtras: false, groups: [], allGroups: false },
        }),
      ),
  },
  {
    code: 'RESOLUTION_FAILED',
    cause:
      "No versions fit together, the index has no wheel of a project, or it cannot be reached. The lines below the message are the resolver's own.",
    run: (world) => compileByUv(world, 'quill<1', 'echo "No solution found" >&2; exit 1'),
  },
  {
    code: 'PROJECT_UNKNOWN',
    cause:
      'The name is misspelled, it is the name of a module and not of the project that has it, or the index that has the project is not among those of the run.',
    run: (world) => compileByUv(world, 'quill\nqiull', 'echo "qiull was not found" >&2; exit 1'),
  },
  {
    code: 'RESOLUTION_UNREADABLE',
    cause: 'The uv or pip of this machine answers in a form that this peep does not know.',
    run: (world) => compileByUv(world, 'quill', `echo 'quill>=1' > "$out"`),
  },
  {
    code: 'RESOLUTION_UNEXPLAINED',
    cause:
      'The index says that an archive needs a project which the archive itself does not name, or the resolver is not what it should be.',
    run: (world) => compileByUv(world, 'quill', `echo 'inkpot==2.0\nquill==1.0' > "$out"`),
  },
  {
    code: 'UV_ABSENT',
    cause: '--installer or PEEP_INSTALLER says uv, and no directory of PATH has one.',
    run: (world) => installQuill(world, undefined, { env: { PEEP_INSTALLER: 'uv' } }),
  },
  {
    code: 'UV_BROKEN',
    cause: 'The uv on PATH is another program, is damaged, or is for another machine.',
    run: (world) => installByUv(world, 'echo hello'),
  },
  {
    code: 'UV_TOO_OLD',
    cause: 'The uv on PATH is from before November 2024.',
    run: (world) => installByUv(world, 'echo uv 0.4.30'),
  },
  {
    code: 'UV_TARGET',
    cause: 'The environment is one of Python 2.7 or 3.5.',
    run: ({ thrown, path }) => {
      const interpreter = { executable: path('venv/bin/python'), target: { pythonVersion: [2, 7, 18] } };
      const search = { env: {}, platform: 'linux', signal: undefined, spawn } as const;
      return thrown(() => findUv(interpreter as unknown as Interpreter, search));
    },
  },
  {
    code: 'UV_FAILED',
    cause:
      "Every archive was what its pin says; uv failed at something else: a disk, permissions. uv's own lines say what.",
    run: (world) => installByUv(world, '[ "$1" = --version ] && echo uv 0.13.9'),
  },
  {
    code: 'STAGING_UNSAFE',
    cause:
      'Other users may write to the directory for temporary files, and it is not sticky as /tmp is: they could swap archives before pip reads them.',
    run: (world) => {
      mkdirSync(world.path('tmp'));
      chmodSync(world.path('tmp'), 0o777);
      return installQuill(world, {}, { temp: world.path('tmp') });
    },
  },
  {
    code: 'STAGING_FAILED',
    cause: 'The directory for temporary files is not there, cannot be written to, or its disk is full.',
    run: (world) => installQuill(world, {}, { temp: world.path('tmp') }),
  },
  {
    code: 'BUILD_REQUIREMENTS_MISSING',
    cause:
      'A source archive is built by something (setuptools, hatchling) that no file pins; peep lets nothing unverified into a build.',
    run: (world) => {
      world.write(nib.filename, nib.bytes);
      return install(world, [`nib==1.0 --hash=sha256:${nib.sha256}`], {}, ['--no-index', '-f', '.']);
    },
  },
  {
    code: 'BUILD_REQUIREMENT_MALFORMED',
    cause:
      'The pyproject.toml of a source archive, or its back end, asks for a path, or for what is not a requirement.',
    run: (world) => installBuilt(world, ownBackend('return []', '["./evil.whl"]')),
  },
  {
    code: 'BUILD_REQUIREMENTS_CIRCULAR',
    cause: 'Two source archives of the file of --build-requirements are built with each other.',
    run: (world) => {
      const tool = sdist({ name: 'wheel', version: '1.0', build: 'setuptools' });
      const setuptools = sdist({ name: 'setuptools', version: '80.0', build: 'legacy' });
      for (const { filename, bytes } of [tool, setuptools]) world.write(filename, bytes);
      const pins = [tool, setuptools].map(
        ({ filename, sha256 }) => `${filename.replace(/-(.*)\.tar\.gz/, '==$1')} --hash=sha256:${sha256}`,
      );
      world.write('build.txt', `${pins.join('\n')}\n`);
      return installBuilt(world, nib, ['--build-requirements', 'build.txt']);
    },
  },
  {
    code: 'BUILD_BACKEND_FAILED',
    cause: 'The back end raises an error, for want of a compiler or of a file, before anything is built.',
    run: (world) => installBuilt(world, ownBackend("raise SystemExit('no compiler')")),
  },
  {
    code: 'BUILD_WHEEL_REFUSED',
    cause:
      'The version of what was built is not the pinned one, often because a tool made it up from the date or a tag.',
    run: async ({ thrown, write, work }) => {
      const { spawn } = await import('node:child_process');
      // As a pip that builds nothing.
      const python = write('python', '#!/bin/sh\n');
      chmodSync(python, 0o755);
      const settings = {
        pip: { python, version: [25, 0, 0], foreignTarget: undefined },
        ...{ passThrough: [], verbosity: 0, color: false, env: {}, temp: work },
        platform: 'linux',
        stdout: 'inherit',
        ...{ uid: process.getuid?.(), terminal: false },
      } as const;
      const builder = await openBuilder(settings, {
        ...{ spawn, signals: process, throwIfInterrupted: () => undefined, tell: () => undefined },
      });
      return thrown(async () => builder.build(await buildSource("'nib'", nib.bytes), []));
    },
  },
  {
    code: 'BUILD_REQUIREMENT_UNNAMED',
    cause: 'A line of --build-requirements names a source archive without PKG-INFO by URL or path.',
    run: (world) => {
      for (const { filename, bytes } of [nib, unnamed]) world.write(filename, bytes);
      world.write('build.txt', `./${unnamed.filename} --hash=sha256:${unnamed.sha256}\n`);
      const lines = [`nib==1.0 --hash=sha256:${nib.sha256}`];
      return install(world, lines, {}, ['--no-index', '-f', '.', '--build-requirements', 'build.txt']);
    },
  },
  {
    code: 'OVERWRITE_REFUSED',
    cause:
      'A wheel brings a script, a configuration file or a module in the place of one that belongs to others.',
    run: (world) => {
      const nib = wheel({ name: 'nib', version: '1.0', scripts: { activate: '' } });
      world.write(nib.filename, nib.bytes);
      return install(world, [`nib==1.0 --hash=sha256:${nib.sha256}`], {}, ['--no-index', '-f', '.']);
    },
  },
  {
    code: 'ENVIRONMENT_CHANGED',
    cause:
      'Two installs into one environment ran at once, and the second found a pinned version gone when its turn came.',
    run: ({ thrown, path }) => {
      const pin = { requirement: 'quill==1.0', source: { name: 'quill' } } as never;
      const outcomes = [{ status: 'satisfied', pin, installedVersion: '1.0' }] as const;
      const place = { kind: 'environment', root: path('venv'), schemes: [] } as const;
      return thrown(() => refuseChanged(outcomes, () => undefined, place));
    },
  },
  {
    code: 'NEEDS_UNMET',
    cause:
      'A pinned distribution needs another, which has no pin and is not installed, and --check-needs was given.',
    run: async (world) => {
      const needy = wheel({ name: 'quill', version: '1.0', requiresDist: ['ink>=2'] });
      world.write(needy.filename, needy.bytes);
      const lines = [`quill==1.0 --hash=sha256:${needy.sha256}`];
      return install(world, lines, {}, ['--no-index', '-f', '.', '--check-needs']);
    },
  },
  {
    code: 'SYNC_EMPTY',
    cause: 'The files of `peep sync` are empty, or all of their markers are false for the target.',
    run: async (world) => {
      const python = await defaultPython();
      if (python === undefined) throw new Error('these tests need a Python on PATH');
      world.write('requirements.txt', '');
      const venv = await makeVenv(python, world.path('../venv'));
      return world.peep(['sync', '-r', 'requirements.txt', '--no-index', '--python', venv.python]);
    },
  },
  {
    code: 'UNINSTALL_FAILED',
    cause: 'pip stopped while it uninstalled, with an error of its own, which is shown above.',
    run: async (world) => {
      const python = await defaultPython();
      if (python === undefined) throw new Error('these tests need a Python on PATH');
      const venv = await makeVenv(python, world.path('../venv'), { withPip: false });
      const files = {
        'pip/__init__.py': "__version__ = '25.0'\n",
        'pip/_internal/__init__.py': '',
        'pip/__main__.py': "raise SystemExit('permission denied')\n",
        'rogue-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: rogue\nVersion: 1.0\n',
        'rogue-1.0.dist-info/RECORD': 'rogue-1.0.dist-info/METADATA,,\nrogue-1.0.dist-info/RECORD,,\n',
        'quill-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: quill\nVersion: 1.0\n',
        'quill-1.0.dist-info/RECORD': 'quill-1.0.dist-info/METADATA,,\nquill-1.0.dist-info/RECORD,,\n',
      };
      for (const [name, text] of Object.entries(files)) {
        const path = join(venv.sitePackages, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
      world.write('requirements.txt', `quill==1.0 ${hash}\n`);
      return world.peep(['sync', '-r', 'requirements.txt', '--no-index', '--yes', '--python', venv.python], {
        env: { PATH: world.work },
      });
    },
  },
  {
    code: 'TARGET_OCCUPIED',
    cause:
      'The directory of --target has another version, or files in the place of those that would be installed.',
    run: (world) => {
      for (const name of ['METADATA', 'RECORD']) world.write(`lib/quill-0.9.dist-info/${name}`, '');
      world.write(quill.filename, quill.bytes);
      const lines = [`quill==1.0 ${hash}`];
      return install(world, lines, {}, ['--no-index', '-f', '.', '--target', 'lib']);
    },
  },
  {
    code: 'ENVIRONMENT_UNWRITABLE',
    cause: 'The environment belongs to somebody else, or lies on a file system that cannot be written.',
    run: ({ thrown, write, work }) => {
      const path = `${write('site-packages', 'a file where a directory was')}/evil.pth`;
      return thrown(() => removeAdded([path], realpathSync(work), []));
    },
  },
  {
    code: 'ENVIRONMENT_MANAGED',
    cause:
      "`peep verify --fix` or `peep sync` was run for the system's own Python, without a virtual environment.",
    run: ({ thrown, write, work }) => {
      write('lib/EXTERNALLY-MANAGED', '');
      const interpreter = {
        ...{ prefix: '/usr', isVirtualEnvironment: false, stdlib: `${work}/lib` },
        target: { pythonVersion: [3, 11, 2] },
      } as unknown as Interpreter;
      const options = { platform: 'linux', target: undefined, paths: [] } as const;
      const result = {
        outcomes: [],
        differences: [],
        notes: [],
        installed: new Map(),
        proven: new Map(),
        files: 0,
      };
      return thrown(async () => planFix(result, verifySubject(interpreter, options)));
    },
  },
  {
    code: 'PLAN_UNCONFIRMED',
    cause: 'A plan was shown, and no terminal is there to agree to it, or the answer was no.',
    run: async (world) => {
      const python = await defaultPython();
      if (python === undefined) throw new Error('these tests need a Python on PATH');
      const venv = await makeVenv(python, world.path('../venv'), { withPip: false });
      writeFileSync(join(venv.sitePackages, 'evil.py'), '');
      world.write('requirements.txt', '');
      const args = ['verify', '-r', 'requirements.txt', '--no-index', '--python', venv.python, '--fix'];
      return world.peep(args);
    },
  },
  {
    code: 'STORE_CHANGED',
    cause:
      'Somebody removed or changed an archive of the store in the moment between its verification and its use.',
    run: async ({ thrown, path }) => {
      const { createStore } = await import('../../src/store/store.js');
      const { asDigests, link, pin } = await storedQuill();
      const store = createStore(path('cache'), () => undefined);
      return thrown(() => openVerified(store, pin(asDigests), { link, size: 1, sha256: asDigests[0].hex }));
    },
  },
];

async function storedQuill() {
  const { sha256Digest } = await import('../../src/hash/digest.js');
  const digest = sha256Digest(quill.sha256 as never);
  const link = { filename: quill.filename } as never;
  const pin = (digests: readonly [typeof digest]) => ({ hashed: true, digests }) as never;
  return { asDigests: [{ ...digest, hex: quill.sha256 as never }] as const, link, pin };
}
