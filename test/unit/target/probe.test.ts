import { execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProbeOptions, probeInterpreter } from '../../../src/target/probe.js';
import type { Interpreter } from '../../../src/target/target.js';
import { isPeepError, type PeepError } from '../../../src/text/errors.js';
import { defaultPython, type Python, pythons } from '../../support/pythons.js';
import { type TempDirectory, tempDirectory } from '../../support/temp-directory.js';
import { makeVenv } from '../../support/venv.js';

const run = promisify(execFile);
const all = await pythons();
const usual = await defaultPython();
if (usual === undefined) console.warn('no Python on this machine: the probe is not tested against real ones');
const basic = { PATH: process.env.PATH, HOME: process.env.HOME };

async function probe(python: string, more: Partial<ProbeOptions> = {}): Promise<Interpreter> {
  return probeInterpreter({ python, env: basic, ...more });
}

async function failure(options: Partial<ProbeOptions> & { python: string }): Promise<PeepError> {
  const error = await probeInterpreter({ env: basic, ...options }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isPeepError(error)) throw new Error(`expected a PeepError, got ${String(error)}`);
  return error;
}

describe.each(all.map((python) => [python.version, python] as const))('the real Python %s', (_, python) => {
  let answer: Interpreter;
  beforeAll(async () => {
    answer = await probe(python.path);
  });

  it('is asked in one start of it', async () => {
    let starts = 0;
    const counting: typeof spawn = ((...args: Parameters<typeof spawn>) => {
      starts += 1;
      return spawn(...args);
    }) as typeof spawn;
    await probe(python.path, { spawn: counting });
    expect(starts).toBe(1);
  });

  it('says its version, path and pip', () => {
    expect(answer.target.environment.python_full_version).toBe(python.version);
    expect(answer.target.pythonVersion.slice(0, 2)).toEqual(python.series);
    expect(answer.executable).toBe(python.path);
    if (python.pip === undefined) expect(answer.pip.kind).not.toBe('present');
    else expect(answer.pip).toMatchObject({ kind: 'present', version: python.pip });
  });

  it('has the marker environment and the tags that its own pip gives', async (context) => {
    const { stdout } = await run(
      python.path,
      [
        '-c',
        'from pip._vendor.packaging.markers import default_environment as e; import json; print(json.dumps(e()))',
      ],
      { env: basic as NodeJS.ProcessEnv },
    ).catch(() => ({ stdout: '' }));
    if (stdout === '') return context.skip('its pip brings no packaging along');
    expect(answer.target.environment).toEqual(JSON.parse(stdout));
    const tags = await run(
      python.path,
      [
        '-c',
        'from pip._internal.utils.compatibility_tags import get_supported; print("\\n".join(map(str, get_supported())))',
      ],
      { env: basic as NodeJS.ProcessEnv },
    ).catch(() => ({ stdout: '' }));
    const theirs = tags.stdout.trim().split('\n');
    // Before PEP 600 (pip 20.3) it did not know all of them.
    if (!theirs.some((tag) => tag.includes('manylinux_2_'))) return context.skip('its pip is too old');
    expect(plainLinuxLast(answer.target.tags)).toEqual(plainLinuxLast(theirs));
  });

  it('searches the directories that it imports from', async () => {
    const { stdout } = await run(
      python.path,
      ['-c', 'import json, sys; print(json.dumps([p for p in sys.path if p]))'],
      {
        env: basic as NodeJS.ProcessEnv,
      },
    );
    expect(answer.sitePaths).toEqual(JSON.parse(stdout));
  });

  it('imports nothing from the working directory, PYTHONPATH or other variables (P5)', async () => {
    using directory = tempDirectory();
    const traces = directory.join('traces');
    mkdirSync(traces);
    const planted = directory.join('planted');
    mkdirSync(planted);
    const modules = [
      'json',
      'os',
      'sysconfig',
      'platform',
      'pip',
      'pkgutil',
      'site',
      'sitecustomize',
      'usercustomize',
      '_manylinux',
      'imp',
      '_imp',
      'struct',
      're',
    ];
    for (const name of modules)
      writeFileSync(join(planted, `${name}.py`), `open(r'${join(traces, name)}', 'w').close()\n`);
    writeFileSync(join(planted, 'startup.py'), `open(r'${join(traces, 'startup')}', 'w').close()\n`);
    const again = await probe(python.path, {
      cwd: planted,
      env: {
        ...basic,
        PYTHONPATH: planted,
        PYTHONHOME: planted,
        PYTHONSTARTUP: join(planted, 'startup.py'),
        PYTHONUSERBASE: 'relative',
        PYTHONINSPECT: '1',
        PYTHONPLATLIBDIR: 'nowhere',
        PYTHONWARNINGS: 'error',
        PYTHONVERBOSE: '1',
      },
    });
    expect(readdirSync(traces)).toEqual([]);
    expect(again).toEqual(answer);
  });

  it('has the tags recorded from packaging 26.3, where they were recorded from such a machine', (context) => {
    const recorded = JSON.parse(
      readFileSync(new URL('../../vectors/interpreters.json', import.meta.url), 'utf8'),
    ) as {
      executableVersion: string;
      glibc: number[];
      environment: Record<string, string>;
      oracles: { oracle: string; tags: string[] }[];
    }[];
    const mine = recorded.find((each) => each.executableVersion === python.version);
    const newest = mine?.oracles.at(-1);
    const glibc = answer.target.tags
      .find((tag) => tag.includes('-manylinux_'))
      ?.match(/manylinux_(\d+)_(\d+)/);
    if (
      mine === undefined ||
      newest === undefined ||
      glibc?.slice(1).map(Number).join() !== mine.glibc.join()
    ) {
      return context.skip('no record of this Python with this C library');
    }
    expect(answer.target.environment).toMatchObject(mine.environment);
    if (newest.oracle === 'packaging 26.3') expect(answer.target.tags).toEqual(newest.tags);
    else
      expect(plainLinuxLast(answer.target.tags)).toEqual(expect.arrayContaining(plainLinuxLast(newest.tags)));
  });
});

describe.skipIf(usual === undefined)('environments', () => {
  const python = usual as Python;
  let directory: TempDirectory;
  beforeAll(() => {
    directory = tempDirectory();
  });
  afterAll(() => directory[Symbol.dispose]());

  it('tells a virtual environment, the Python it was made from, and that it has no pip', async () => {
    const venv = await makeVenv(python, directory.join('bare'), { withPip: false });
    const answer = await probe(venv.python);
    expect(answer).toMatchObject({ pip: { kind: 'absent' }, isVirtualEnvironment: true, prefix: venv.path });
    expect(answer.basePrefix).not.toBe(venv.path);
    expect(answer.sitePaths).toContain(venv.sitePackages);
  });

  it.each([
    ['a directory without __init__.py', (site: string) => mkdirSync(join(site, 'pip'))],
    ['a pip without its internals', (site: string) => fakePip(site, '24.0', ['__main__.py'])],
    ['a pip without __main__.py', (site: string) => fakePip(site, '24.0', ['_internal/__init__.py'])],
    ['a pip without a version', (site: string) => fakePip(site, undefined, ['__main__.py'])],
    ['a single file', (site: string) => writeFileSync(join(site, 'pip.py'), '')],
  ])('calls pip broken: %s', async (name, plant) => {
    const venv = await makeVenv(python, directory.join(`broken ${name}`), { withPip: false });
    plant(venv.sitePackages);
    expect((await probe(venv.python)).pip.kind).toBe('broken');
  });

  it('reads pip without importing it', async () => {
    const venv = await makeVenv(python, directory.join('old'), { withPip: false });
    fakePip(venv.sitePackages, '9.0.3', ['__main__.py'], "raise SystemExit('imported')\n");
    expect((await probe(venv.python)).pip).toEqual({
      kind: 'present',
      version: '9.0.3',
      location: join(venv.sitePackages, 'pip'),
    });
  });

  it('is not confused by start-up files that print, nor by names beyond ASCII in the C locale', async () => {
    const venv = await makeVenv(python, directory.join('ünï cödé 💣'), { withPip: false });
    writeFileSync(join(venv.sitePackages, 'noise.pth'), 'import sys; sys.stdout.write("noise {}\\n")\n');
    const answer = await probe(venv.python, { env: { ...basic, LC_ALL: 'C' } });
    expect(answer.prefix).toBe(venv.path);
    expect(answer.executable).toBe(venv.python);
    expect(answer.sitePaths).toContain(venv.sitePackages);
  });

  it("asks the distributor's _manylinux module (PEP 600)", async (context) => {
    const venv = await makeVenv(python, directory.join('declined'), { withPip: false });
    const before = (await probe(venv.python)).target.tags;
    if (!before.some((tag) => tag.includes('manylinux_2_17'))) return context.skip('no manylinux here');
    writeFileSync(
      join(venv.sitePackages, '_manylinux.py'),
      'def manylinux_compatible(major, minor, arch):\n    return False if minor == 17 else None\n',
    );
    const after = (await probe(venv.python)).target.tags;
    expect(after).toEqual(before.filter((tag) => !/manylinux_2_17_|manylinux2014_/.test(tag)));
  });

  it('does not ask one in the working directory, even where that directory is installed as editable (P5)', async () => {
    const venv = await makeVenv(python, directory.join('editable'), { withPip: false });
    const project = directory.join('project');
    mkdirSync(project);
    writeFileSync(join(venv.sitePackages, 'project.pth'), `${project}\n`);
    const trace = directory.join('trace');
    writeFileSync(join(project, '_manylinux.py'), `open(r'${trace}', 'w').close()\n`);
    expect((await probe(venv.python, { cwd: project })).sitePaths).toContain(project);
    expect(existsSync(trace)).toBe(false);
  });

  it('knows the site-packages of the user as pip will see it', async (context) => {
    const base = directory.join('userbase');
    const place = 'import site; print(site.getusersitepackages())';
    const { stdout } = await run(python.path, ['-c', place], {
      env: { ...basic, PYTHONUSERBASE: base } as NodeJS.ProcessEnv,
    });
    const site = stdout.trim();
    if (!site.startsWith(base)) return context.skip('this Python has no user site');
    mkdirSync(site, { recursive: true });
    const env = { ...basic, PYTHONUSERBASE: base };
    expect((await probe(python.path, { env })).sitePaths).toContain(site);
    expect((await probe(python.path, { env: { ...env, PYTHONNOUSERSITE: '1' } })).sitePaths).not.toContain(
      site,
    );
  });
});

describe('a Python that is none', () => {
  let directory: TempDirectory;
  beforeAll(() => {
    directory = tempDirectory();
  });
  afterAll(() => directory[Symbol.dispose]());

  function script(name: string, text: string): string {
    const path = directory.join(name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('is not there', async () => {
    const error = await failure({ python: directory.join('nothing') });
    expect(error.code).toBe('PYTHON_NOT_FOUND');
    expect(error.message).toContain('nothing');
    expect(error.hint).toContain('--python');
  });

  it.each([
    ['prints garbage', 'echo hello', 'hello'],
    ['prints nothing', 'exit 0', 'printed nothing'],
    ['fails', 'echo "no module named site" >&2; exit 3', 'status 3: no module named site'],
    ['is killed', 'kill -9 $$', 'SIGKILL'],
    ['prints without end', 'exec cat /dev/zero', 'too much output'],
    [
      'answers with half an answer',
      'printf \'\\001peep-probe\\001{"kind": 1\\001peep-probe\\001\'',
      'cannot be read',
    ],
    [
      'answers with the wrong types',
      'printf \'\\001peep-probe\\001{"kind": 1}\\001peep-probe\\001\'',
      'cannot be read',
    ],
    ['answers with no object', "printf '\\001peep-probe\\001null\\001peep-probe\\001'", 'cannot be read'],
  ])('%s', async (name, text, expected) => {
    const error = await failure({ python: script(name, text) });
    expect(error.code).toBe('PYTHON_BROKEN');
    expect(error.message).toContain(expected);
    expect(error.message).not.toContain('\u0001');
    expect(error.hint).toContain('--python');
  });

  it('does not answer in time', async () => {
    const error = await failure({ python: script('slow', 'exec sleep 60'), timeout: 50 });
    expect(error).toMatchObject({ code: 'PYTHON_BROKEN' });
    expect(error.message).toContain('0.05 seconds');
  });

  it('may not be started', async () => {
    const path = directory.join('closed');
    writeFileSync(path, '');
    expect(await failure({ python: path })).toMatchObject({ code: 'PYTHON_BROKEN' });
  });

  it('is given up when the run is interrupted', async () => {
    const controller = new AbortController();
    const pending = probeInterpreter({
      python: script('endless', 'exec sleep 60'),
      env: basic,
      signal: controller.signal,
    });
    controller.abort(new Error('stop'));
    await expect(pending).rejects.toThrow('stop');
  });
});

/** Older packaging put the plain `linux_*` after the others; the groups are the same. */
function plainLinuxLast(tags: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const tag of tags) {
    const [interpreter, abi, platform = ''] = tag.split('-');
    const key = `${interpreter}-${abi}${platform === 'any' ? '-any' : ''}`;
    groups.set(key, [...(groups.get(key) ?? []), tag]);
  }
  return [...groups.values()].flatMap((group) => [
    ...group.filter((tag) => !/-linux_/.test(tag)),
    ...group.filter((tag) => /-linux_/.test(tag)),
  ]);
}

function fakePip(site: string, version: string | undefined, files: readonly string[], more = ''): void {
  mkdirSync(join(site, 'pip', '_internal'), { recursive: true });
  writeFileSync(
    join(site, 'pip', '__init__.py'),
    `${version === undefined ? '' : `__version__ = "${version}"\n`}${more}`,
  );
  for (const file of files) writeFileSync(join(site, 'pip', file), '');
}
