import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oldestPip, parsePipVersion, pipAtLeast } from '../../src/install/pip-version.js';
import type { FileSpec } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { built } from '../mock-index/wheel.js';
import { backendModule, sdist, wheel, wheelName } from '../pip/archives.js';
import { installPip, makeEnvironment, newestPipWheel, realPips } from '../pip/environments.js';
import { pythons } from '../support/pythons.js';
import { runPeep } from '../support/run-peep.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';
import { makeVenv, type Venv } from '../support/venv.js';
import { peepHash } from './machine.js';

const found = await pythons();
const pips = await realPips();
const newestPip = await newestPipWheel();
const tooOld = found.filter(({ pip }) => pip !== undefined && !pipAtLeast(parsePipVersion(pip), oldestPip));

/** Contract section 6. */
const promised = ['2.7', '3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13'];
const missing = promised.filter((series) => !found.some((python) => python.series.join('.') === series));

const quill = built(wheelName('quill', '1.0'), wheel('quill', '1.0', { 'quill.py': 'INK = "good"\n' }));
const inkpot = built('inkpot-2.0.tar.gz', sdist('inkpot', '2.0'));
const backend = built(
  wheelName('tinybackend', '1.0'),
  wheel('tinybackend', '1.0', { 'tinybackend.py': backendModule }),
);
const evilQuill = built(quill.filename, wheel('quill', '1.0', { 'quill.py': 'INK = "evil"\n' }));
const evilInkpot = built(inkpot.filename, sdist('inkpot', '2.0', { 'evil.py': '' }));

let directory: TempDirectory;
let index: MockIndex;
beforeAll(async () => {
  directory = tempDirectory();
  // P5: the distutils of Pythons before 3.10 would read this, and put files where it says.
  const elsewhere = directory.join('elsewhere');
  const keys = ['install_purelib', 'install_platlib', 'install_lib', 'install_scripts'];
  writeFileSync(
    directory.join('setup.cfg'),
    `[install]\n${keys.map((key) => `${key}=${elsewhere}\n`).join('')}`,
  );
  index = await startMockIndex();
});
afterAll(async () => {
  directory?.[Symbol.dispose]();
  await index?.close();
});

let runs = 0;

/** Installs `quill` and `inkpot` as pinned, from an index that has these. */
async function install(python: string, wheelFile: FileSpec, sourceFile: FileSpec) {
  index.serve({ projects: { quill: [wheelFile], inkpot: [sourceFile], tinybackend: [backend] } });
  writeFileSync(
    directory.join('r.txt'),
    `${peepHash(quill)}\nquill==1.0\ninkpot==2.0 --hash=sha256:${inkpot.sha256}\n`,
  );
  writeFileSync(directory.join('build.txt'), `${peepHash(backend)}\ntinybackend==1.0\n`);
  runs += 1;
  // What another run stored must not serve this one.
  const files = [
    '-r',
    'r.txt',
    '--build-requirements',
    'build.txt',
    '-i',
    index.url,
    '--cache-dir',
    directory.join(`store-${runs}`),
  ];
  return runPeep(['install', ...files, '--python', python], { home: directory.path, cwd: directory.path });
}

async function expectRefusal(environment: Venv, wheelFile: FileSpec, sourceFile: FileSpec) {
  const { status, stdout } = await install(environment.python, wheelFile, sourceFile);
  expect(stdout).toMatch(/^THE ARCHIVES BELOW DO NOT MATCH THE HASHES/m);
  const listed = [...stdout.matchAll(/^ {4}(\w+): expected /gm)].map(([, name]) => name);
  expect(listed).toEqual(['quill', 'inkpot']);
  expect(stdout).toContain('Not proceeding to installation.');
  expect(status).toBe(1);
  expect(await imported(environment)).toBe('none');
}

async function expectInstall(environment: Venv) {
  const { status, stderr } = await install(environment.python, quill, inkpot);
  expect(stderr).not.toContain('error:');
  expect(status).toBe(0);
  expect(await imported(environment)).toBe('good None');
}

/** What of the two the environment has. */
async function imported({ run }: Venv): Promise<string> {
  const code = `
try:
    import quill, inkpot
    print(quill.INK, inkpot.SETTINGS or None)
except ImportError:
    print('none')`;
  const printed = await run('-c', `from __future__ import print_function${code}`);
  return printed.trim();
}

describe('a wheel and a source archive', () => {
  it.each(pips)(
    'verify and are installed, and neither where they were tampered with: $label',
    async (real) => {
      const environment = await makeEnvironment(real);
      try {
        // One is not what its page says it is, the other is that, but not what is pinned.
        await expectRefusal(
          environment,
          { ...quill, served: evilQuill.bytes },
          { filename: inkpot.filename, bytes: evilInkpot.bytes },
        );
        await expectInstall(environment);
        expect(await environment.freeze()).toEqual(['inkpot==2.0', 'quill==1.0']);
      } finally {
        await environment.remove();
      }
    },
  );
});

describe('a Python whose pip is too old', () => {
  it.for(tooOld)(
    'CPython $version, pip $pip: said with the way out, before anything is asked',
    async (python) => {
      const environment = await makeEnvironment({ label: '', python, pip: [0, 0, 0] });
      try {
        const before = index.requests.length;
        const { status, stderr } = await install(environment.python, quill, inkpot);
        expect(stderr).toContain(`has pip ${python.pip}; peep needs pip ${oldestPip} or newer`);
        expect(stderr).toContain('-m pip install --upgrade pip');
        expect(status).toBe(1);
        expect(index.requests.length).toBe(before);
      } finally {
        await environment.remove();
      }
    },
  );
});

describe('the newest pip', () => {
  it('serves a Python as its own does', async (context) => {
    const real = pips.at(-1);
    if (real === undefined || newestPip === undefined)
      return context.skip('none where pip is set up to look');
    const environment = await makeVenv(real.python, directory.join('newest'), { withPip: false });
    await installPip(environment, newestPip);
    await expectInstall(environment);
  });
});

describe('Pythons that are promised', () => {
  it.for(missing)('%s is not on this machine', (_, { skip }) => skip('there is none'));
  it('are some, at least', () => expect(pips.length).toBeGreaterThan(0));
});
