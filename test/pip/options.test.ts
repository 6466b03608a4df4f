import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Spawn } from '../../src/files/run-program.js';
import { passThroughArguments, splitInstallArguments } from '../../src/install/arguments.js';
import { choosePip } from '../../src/install/choose-pip.js';
import { type InstallRequest, installArchives } from '../../src/install/install-archives.js';
import { otherPips } from '../../src/install/other-pips.js';
import { passThroughToPip } from '../../src/install/passthrough.js';
import { pipAtLeast } from '../../src/install/pip-version.js';
import type { LineOption } from '../../src/packaging/line-option.js';
import { probeInterpreter } from '../../src/target/probe.js';
import { sdist as buildSdist } from '../mock-index/sdist.js';
import { defaultPython } from '../support/pythons.js';
import { realProjects } from '../support/real-index.js';
import { archiveSource, lineOptions } from '../unit/install/verified.js';
import { backendModule, sdist, wheel, wheelName } from './archives.js';
import { buildSource, toInstall, withBuilt } from './builds.js';
import { type Environment, makeEnvironment, realPips } from './environments.js';
import { named } from './named.js';

const pips = await realPips();
/** One that is recent enough for every option, and may serve other environments. */
const recent = pips.findLast(({ pip }) => pipAtLeast(pip, '23.1'));

let directory: string;
let output: string;
beforeEach(async () => {
  output = '';
  directory = await mkdtemp(join(tmpdir(), "peep it's ü "));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const kept: Spawn = (command, argv, options) => {
  const child = spawn(command, argv, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  return child;
};

async function request(
  environment: Pick<Environment, 'python' | 'pip'>,
  argv: readonly string[],
): Promise<InstallRequest> {
  const alpha = wheel('alpha', '1.0', { 'alpha.py': '' });
  return {
    pip: { python: environment.python, version: environment.pip, foreignTarget: undefined },
    archives: [await toInstall('alpha', '1.0', alpha, wheelName('alpha', '1.0'))],
    passThrough: passThroughArguments(splitInstallArguments(argv).passed, environment.pip, directory),
    reinstall: false,
    verbosity: 0,
    color: false,
    env: process.env,
    platform: process.platform,
    temp: directory,
    uid: process.getuid?.(),
    stdout: 'inherit',
    terminal: false,
  };
}

const install = async (wanted: InstallRequest) => {
  const end = await installArchives(wanted, { spawn: kept, signals: process, tell: () => undefined });
  return { ...end, output };
};

describe.skipIf(recent === undefined)('options that pip gets', () => {
  let environment: Environment;
  beforeAll(async () => {
    if (recent !== undefined) environment = await makeEnvironment(recent);
  });
  afterAll(() => environment?.remove());

  test.each([
    ["a b'ü", "a b'ü"],
    ['-dash', '-dash'],
    ['$HOME', '$HOME'],
  ])('keep paths as they are, relative ones meaning the user’s directory: %s', async (given, expected) => {
    expect(await install(await request(environment, ['-t', given]))).toMatchObject({ status: 0 });
    expect(await readdir(join(directory, expected))).toContain('alpha.py');
  });

  test.each([['--prefix'], ['--root']])('say where to: %s', async (option) => {
    expect(await install(await request(environment, [option, 'there']))).toMatchObject({ status: 0 });
    const files = await readdir(join(directory, 'there'), { recursive: true });
    expect(files.some((file) => file.endsWith('alpha.py'))).toBe(true);
  });

  test('reach the build, from the command line and from a requirement’s own line', async () => {
    const build = {
      archive: await archiveSource(
        wheelName('tinybackend', '1.0'),
        wheel('tinybackend', '1.0', { 'tinybackend.py': backendModule }),
      ),
      ...named('tinybackend', '1.0'),
    };
    const source = (name: string, pipOptions: LineOption[]) =>
      buildSource(name, sdist(name, '1.0'), { pipOptions });
    const wanted = await request(environment, ['-t', 'lib', '-C', 'key=from the line']);
    const sources = [
      await source('one', []),
      await source('two', lineOptions("--config-settings=own=it's $HOME")),
    ];
    const end = await withBuilt(wanted, kept, sources, [build], ([one, two]) =>
      install({ ...wanted, archives: [one, two] as InstallRequest['archives'] }),
    );
    expect(end).toMatchObject({ status: 0 });
    expect(await readFile(join(directory, 'lib', 'one.py'), 'utf8')).toContain("'key': 'from the line'");
    expect(await readFile(join(directory, 'lib', 'two.py'), 'utf8')).toContain(`'own': "it's $HOME"`);
  });

  test('end in pip’s own status and words', async () => {
    const end = await install(await request(environment, ['--user', '--target', 'lib']));
    expect(end.status).toBe(1);
    expect(end.output).toContain("Can not combine '--user' and '--target'");
    expect(await readdir(directory)).toEqual([]);
  });

  test('are many: 300 archives in one run', async () => {
    const wanted = await request(environment, ['-t', 'lib', '--no-compile']);
    const [first] = wanted.archives;
    const more = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => {
        const name = `many${i}`;
        const bytes = wheel(name, '1.0', { [`${name}.py`]: '' });
        return toInstall(name, '1.0', bytes, wheelName(name, '1.0'));
      }),
    );
    expect(await install({ ...wanted, archives: [first, ...more] })).toMatchObject({ status: 0 });
    expect((await readdir(join(directory, 'lib'))).filter((name) => name.endsWith('.py'))).toHaveLength(301);
  });
});

describe.skipIf(recent === undefined)('an environment without pip', () => {
  test('is served by the pip of the Python that it was made from', async () => {
    if (recent === undefined) return;
    const bare = await makeEnvironment(recent, { withPip: false });
    try {
      const target = await probeInterpreter({ python: bare.python, env: process.env });
      expect(target.pip).toEqual({ kind: 'absent' });
      const pip = await choosePip(
        target,
        otherPips({ target, env: { PATH: '' }, platform: process.platform }),
      );
      expect(pip.foreignTarget).toBe(target.executable);
      const end = await install({ ...(await request(bare, [])), pip });
      expect(end).toMatchObject({ status: 0 });
      expect(await readdir(bare.sitePackages)).toContain('alpha.py');
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await bare.remove();
    }
  });
});

describe('the newest pip on the machine', async () => {
  const projects = await realProjects();
  const path = projects?.pip?.flatMap(({ bytes }) => ('path' in bytes ? [bytes.path] : [])).at(-1);

  test.skipIf(path === undefined || recent === undefined)(
    'installs a wheel and builds a source archive',
    async () => {
      if (path === undefined || recent === undefined) return;
      const newestPython = pips.at(-1) ?? recent;
      const environment = await makeEnvironment(newestPython);
      try {
        await environment.run('-m', 'pip', 'install', '--no-index', '--no-deps', '--force-reinstall', path);
        const { pip } = await probeInterpreter({ python: environment.python, env: process.env });
        if (pip.kind !== 'present') throw new Error('pip is gone');
        const version = pip.version.split('.').map(Number) as [number, number, number];
        const wanted = await request({ ...environment, pip: version }, []);
        const [first] = wanted.archives;
        const build = wheel('tinybackend', '1.0', { 'tinybackend.py': backendModule });
        const beta = await buildSource('beta', sdist('beta', '2.0'));
        const tool = {
          archive: await archiveSource(wheelName('tinybackend', '1.0'), build),
          ...named('tinybackend', '1.0'),
        };
        const end = await withBuilt(wanted, kept, [beta], [tool], (built) =>
          install({ ...wanted, archives: [first, ...built] }),
        );
        expect(end).toMatchObject({ status: 0 });
        expect(await environment.freeze()).toEqual(['alpha==1.0', 'beta==2.0']);
      } finally {
        await environment.remove();
      }
    },
  );
});

describe('a legacy source archive', async () => {
  const projects = await realProjects();
  const real = (project: string) =>
    projects?.[project]?.find(({ filename }) => filename.endsWith('-py3-none-any.whl'));
  const tools = [real('setuptools'), real('wheel'), real('packaging')];
  const found = tools.filter((tool) => tool !== undefined && 'path' in tool.bytes);
  const python = await defaultPython().then((usual) =>
    pips.find((pip) => pip.python.version === usual?.version),
  );

  test.skipIf(found.length < 3 || python === undefined)(
    'is built by setuptools from verified wheels',
    async () => {
      if (python === undefined) return;
      const environment = await makeEnvironment(python);
      try {
        const buildRequirements = await Promise.all(
          found.map(async (tool) => {
            const { filename = '', bytes } = tool ?? {};
            const [project = '', version = ''] = filename.split('-');
            const content =
              bytes !== undefined && 'path' in bytes ? await readFile(bytes.path) : Buffer.alloc(0);
            return { archive: await archiveSource(filename, content), ...named(project, version) };
          }),
        );
        const legacy = buildSdist({ name: 'legacy', version: '1.0', build: 'legacy' });
        const wanted = await request(environment, []);
        const source = await buildSource('legacy', legacy.bytes, { backend: undefined });
        const end = await withBuilt(wanted, kept, [source], buildRequirements, (archives) =>
          install({ ...wanted, archives: archives as InstallRequest['archives'] }),
        );
        expect(end).toMatchObject({ status: 0 });
        expect(await environment.freeze()).toEqual(['legacy==1.0']);
      } finally {
        await environment.remove();
      }
    },
  );
});

describe('an externally managed Python', () => {
  const managed = pips.find(({ python, pip }) => {
    const library = join(python.path, '..', '..', 'lib', `python${python.series.join('.')}`);
    return pipAtLeast(pip, '23.0') && existsSync(join(library, 'EXTERNALLY-MANAGED'));
  });

  test.skipIf(managed === undefined)('is left alone, with the reason in pip’s own words', async () => {
    if (managed === undefined) return;
    const base = join(directory, 'base');
    const wanted = await request({ python: managed.python.path, pip: managed.pip }, ['--user']);
    const end = await install({ ...wanted, env: { ...process.env, PYTHONUSERBASE: base } });
    expect(end.status).toBe(1);
    expect(end.output).toContain('externally-managed-environment');
    const again = await request({ python: managed.python.path, pip: managed.pip }, [
      '--user',
      '--break-system-packages',
    ]);
    const allowed = await install({ ...again, env: { ...process.env, PYTHONUSERBASE: base } });
    expect(allowed.status).toBe(0);
    const files = await readdir(base, { recursive: true });
    expect(files.some((file) => file.endsWith('alpha.py'))).toBe(true);
  });
});

describe.skipIf(recent === undefined)('everything else of pip', () => {
  test('has pip’s own status, and imports nothing from the working directory (P5)', async () => {
    if (recent === undefined) return;
    await mkdir(join(directory, 'pip'));
    const run = { python: recent.python.path, env: process.env, cwd: directory, terminal: false };
    const ask = (...argv: string[]) => passThroughToPip({ ...run, argv }, { spawn: kept, signals: process });
    expect(await ask('--version')).toEqual({ status: 0, interrupted: undefined });
    expect(output).toMatch(/^pip \d.* from (?!.*peep it's)/);
    expect(await ask('no-such-command')).toMatchObject({ status: 1 });
    expect(output).toContain('unknown command "no-such-command"');
  });
});

test.skipIf(recent !== undefined)(
  'options of real pips: skipped, as no Python with pip 23.1 or newer was found',
  () => {},
);
