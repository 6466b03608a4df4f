import { execFile } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { defaultPython, type Python } from '../support/pythons.js';
import { type RealVirtualenv, realVirtualenv } from '../support/real-virtualenv.js';
import { runPeep } from '../support/run-peep.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';
import { treeChanges, treeOf } from '../support/tree.js';
import { renewRecords } from '../support/venv.js';

const execute = promisify(execFile);
const quill = wheel({
  name: 'quill',
  version: '1.0',
  files: { 'quill/__init__.py': 'def main():\n    pass\n', 'quill/ink.py': 'colour = "blue"\n' },
  entryPoints: { console_scripts: { quill: 'quill:main' } },
  data: { 'data/share/quill/nib.txt': 'nib\n' },
});
const inkpot = wheel({ name: 'inkpot', version: '2.0', files: { 'inkpot.py': 'full = True\n' } });
const pins = [quill, inkpot]
  .map(({ filename, sha256 }) => `${filename.split('-').slice(0, 2).join('==')} --hash=sha256:${sha256}\n`)
  .join('');

let directory: TempDirectory;
let index: MockIndex;
let python: Python;
let virtualenv: RealVirtualenv | undefined;
beforeAll(async () => {
  const found = await defaultPython();
  if (found === undefined) throw new Error('these tests need a Python with pip on PATH');
  python = found;
  directory = tempDirectory();
  virtualenv = await realVirtualenv(directory.join('virtualenv'));
  index = await startMockIndex({ projects: { quill: [quill], inkpot: [inkpot] } });
});
afterAll(async () => {
  directory?.[Symbol.dispose]();
  await index?.close();
});

/** Trees around one environment: its base Python, the user's directories, and what nobody named. */
interface World {
  readonly root: string;
  /** A copy of the base Python: a prefix of its own with a standard library, pip, and distributions of its own. */
  readonly base: string;
  readonly baseSite: string;
  readonly user: string;
  readonly userSite: string;
  run(program: string, ...args: string[]): Promise<void>;
  peep(executable: string, ...args: string[]): ReturnType<typeof runPeep>;
}

let worlds = 0;

async function makeWorld(): Promise<World> {
  worlds += 1;
  const root = directory.join(`world-${worlds}`);
  const [base, user, home] = ['base', 'user', 'home'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const series = `python${python.series.join('.')}`;
  const [baseSite, userSite] = [base, user].map((prefix) => join(prefix, 'lib', series, 'site-packages')) as [
    string,
    string,
  ];
  for (const path of [join(base, 'bin'), baseSite, userSite, home, join(root, 'tmp')])
    mkdirSync(path, { recursive: true });
  const asked = await execute(python.path, ['-c', 'import os, pip; print(os.__file__); print(pip.__file__)']);
  const [library = '', pip = ''] = asked.stdout
    .trim()
    .split('\n')
    .map((path) => join(path, '..'));
  for (const name of ['python3', series]) copyFileSync(python.path, join(base, 'bin', name));
  for (const name of readdirSync(library)) {
    if (name === 'site-packages' || name === 'EXTERNALLY-MANAGED') continue;
    // The files of pip's own RECORD must be there; the library may be any.
    symlinkSync(join(library, name), join(base, 'lib', series, name));
  }
  const ofPip = readdirSync(join(pip, '..')).filter((name) => /^pip$|^pip-.*info$/.test(name));
  await execute('cp', ['-Rp', ...ofPip.map((name) => join(pip, '..', name)), baseSite]);
  await renewRecords(baseSite);
  writeFileSync(join(root, 'pins.txt'), pins);
  writeFileSync(join(root, 'precious.txt'), 'precious\n');
  const env = { HOME: home, PYTHONUSERBASE: user };
  return {
    ...{ root, base, baseSite, user, userSite },
    run: async (program, ...args) => {
      await execute(program, args, { cwd: root, env: { PATH: process.env.PATH, ...env } });
    },
    peep: (executable, command = '', ...args) =>
      runPeep([command, '-r', 'pins.txt', '-i', index.url, '--python', executable, ...args], {
        ...{ cwd: root, home: directory.join(`peep-${worlds}`), timeout: 120_000 },
        env: { PYTHONUSERBASE: user },
      }),
  };
}

/** Puts the two distributions into a directory that is not the environment's, changed, with a file more. */
async function plant(world: World, site: string): Promise<void> {
  const files = directory.join('archives');
  mkdirSync(files, { recursive: true });
  for (const { filename, bytes } of [quill, inkpot]) writeFileSync(join(files, filename), bytes);
  const args = [
    '-m',
    'pip',
    'install',
    '-q',
    '--no-index',
    '--no-deps',
    '--no-compile',
    '-f',
    files,
    '--target',
    site,
  ];
  await world.run(python.path, ...args, 'quill', 'inkpot');
  writeFileSync(join(site, 'quill/ink.py'), 'colour = "gray"\n');
  writeFileSync(join(site, 'stray.py'), '');
  writeFileSync(join(site, 'stray.pth'), '# nothing\n');
}

/** What somebody did to the environment: a file changed, one gone, four more, and a RECORD that names others' files. */
function damage({ root }: World, site: string, scripts?: string): void {
  writeFileSync(join(site, 'quill/ink.py'), 'colour = "gray"\n');
  rmSync(join(site, 'inkpot.py'));
  writeFileSync(join(site, 'quill/evil.py'), '');
  writeFileSync(join(site, 'evil.pth'), 'import os\n');
  symlinkSync(join(root, 'precious.txt'), join(site, 'link.txt'));
  symlinkSync(root, join(site, 'way'));
  const rows = `${join(root, 'precious.txt')},,\n../../../../precious.txt,,\nway/precious.txt,,\n`;
  appendFileSync(join(site, 'quill-1.0.dist-info/RECORD'), rows);
  if (scripts !== undefined) writeFileSync(join(scripts, 'evil'), '');
}

/** Verifies, mends, verifies; answers the changes that are not below `own`. */
async function mended(world: World, executable: string, own: readonly string[]) {
  const { status, stdout, stderr } = await world.peep(executable, 'verify');
  expect(status, stdout + stderr).toBe(1);
  const skip = (path: string) => basename(path) === 'tmp' || basename(path) === 'home';
  const before = treeOf([world.root], skip);
  const fixed = await world.peep(executable, 'verify', '--fix', '--yes');
  const after = treeOf([world.root], skip);
  const changes = treeChanges(before, after);
  const foreign = changes.filter((line) => !own.some((path) => line.slice(2).startsWith(path)));
  return { ...fixed, changes, foreign };
}

/** Below an environment, `--fix` changes what is installed there and nothing else. */
function expectOwnFiles(changes: readonly string[], site: string, prefix: string): void {
  const allowed = [
    `${site}/quill`,
    `${site}/inkpot`,
    `${site}/evil.pth`,
    `${site}/link.txt`,
    `${site}/way`,
    `${site}/__pycache__`,
    `${prefix}/bin/quill`,
    `${prefix}/bin/evil`,
    `${prefix}/share`,
  ];
  // The environment's own pip keeps what it compiles of itself: in virtualenv's it comes without.
  const ofPip = `${site}/pip/`;
  const others = changes.filter((line) => !allowed.some((path) => line.slice(2).startsWith(path)));
  expect(
    others.filter((line) => !(line.slice(2).startsWith(ofPip) && line.includes('/__pycache__'))),
  ).toEqual([]);
  expect(changes).toEqual(expect.arrayContaining([`* ${site}/quill/ink.py`, `+ ${site}/inkpot.py`]));
  expect(changes).toEqual(expect.arrayContaining([`- ${site}/quill/evil.py`, `- ${site}/evil.pth`]));
}

/** Makes an environment from the base Python at `path`; false where that cannot be. */
type Maker = (world: World, path: string) => Promise<boolean>;

const venv =
  (...options: readonly string[]): Maker =>
  async ({ base, baseSite, run }, path) => {
    await run(join(base, 'bin/python3'), '-m', 'venv', '--without-pip', ...options, path);
    const site = siteOf(baseSite, path);
    for (const name of readdirSync(baseSite).filter((each) => /^pip(?:-|$)/.test(each)))
      await execute('cp', ['-Rp', join(baseSite, name), site]);
    return true;
  };

const siteOf = (baseSite: string, path: string) =>
  join(path, 'lib', basename(join(baseSite, '..')), 'site-packages');

const environments: readonly (readonly [string, Maker])[] = [
  ['a plain venv', venv()],
  ['a venv that sees the base Python and the user site', venv('--system-site-packages')],
  [
    "virtualenv's",
    async ({ base }, path) => (await virtualenv?.make(join(base, 'bin/python3'), path)) === true,
  ],
];

describe('verify --fix changes not one file that is not the environment’s own', () => {
  it.for(environments)('in %s', async ([, make], context) => {
    const world = await makeWorld();
    await plant(world, world.baseSite);
    await plant(world, world.userSite);
    const path = join(world.root, 'environment');
    if (!(await make(world, path))) return context.skip('there is no virtualenv where pip is set up to look');
    const site = siteOf(world.baseSite, path);
    const executable = join(path, 'bin/python');
    const installed = await world.peep(executable, 'install', '--force-reinstall');
    expect(installed.status, installed.stderr).toBe(0);
    damage(world, site, join(path, 'bin'));
    const { status, stdout, stderr, changes, foreign } = await mended(world, executable, [`${path}/`]);
    expect(status, stdout + stderr).toBe(0);
    expect(foreign).toEqual([]);
    expectOwnFiles(changes, site, path);
  });

  it('in a copy of a base Python', async () => {
    const world = await makeWorld();
    await plant(world, world.userSite);
    const executable = join(world.base, 'bin/python3');
    const installed = await world.peep(executable, 'install', '--force-reinstall');
    expect(installed.status, installed.stderr).toBe(0);
    damage(world, world.baseSite);
    const { status, stdout, stderr, changes, foreign } = await mended(world, executable, [`${world.base}/`]);
    expect(status, stdout + stderr).toBe(0);
    expect(foreign).toEqual([]);
    expectOwnFiles(changes, world.baseSite, world.base);
  });

  it('where the distributions lie in the user site: it leaves them, and says so', async () => {
    const world = await makeWorld();
    await plant(world, world.userSite);
    const executable = join(world.base, 'bin/python3');
    const { status, stdout, changes } = await mended(world, executable, []);
    expect(status).toBe(1);
    expect(changes).toEqual([]);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('outside of the environment');
  });

  it('in a Python that a package manager looks after: it refuses', async () => {
    const world = await makeWorld();
    const executable = join(world.base, 'bin/python3');
    const installed = await world.peep(executable, 'install', '--force-reinstall');
    expect(installed.status, installed.stderr).toBe(0);
    writeFileSync(join(world.baseSite, '..', 'EXTERNALLY-MANAGED'), '[externally-managed]\nError=no\n');
    damage(world, world.baseSite);
    const { status, stderr, changes } = await mended(world, executable, []);
    expect(status).toBe(1);
    expect(stderr).toContain('PEP 668');
    expect(changes).toEqual([]);
    expect(readFileSync(join(world.baseSite, 'quill/ink.py'), 'utf8')).toContain('gray');
  });
});
