import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PipVersion, parsePipVersion } from '../../src/install/pip-version.js';

/** A real Python with the pip that it has. */
export interface RealPython {
  /** `CPython 3.11.7, pip 23.2.1`. */
  readonly label: string;
  readonly executable: string;
  readonly python: readonly [major: number, minor: number];
  readonly pip: PipVersion;
  readonly externallyManaged: boolean;
}

/** A throw-away environment of a real Python, and how to look at it. */
export interface Environment {
  readonly python: string;
  readonly prefix: string;
  readonly pip: PipVersion;
  /** Variables and options that an install into it needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  /** Lines of `pip freeze`, of what was installed into this environment. */
  freeze(): string[];
  run(code: string): string;
  remove(): Promise<void>;
}

const describePython = `
import json, os, platform, sys, sysconfig
import pip
marker = os.path.join(sysconfig.get_path('stdlib'), 'EXTERNALLY-MANAGED')
print(json.dumps([platform.python_implementation(), platform.python_version(), sys.version_info[:2], pip.__version__, os.path.exists(marker)]))
`;

/** pyenv's interpreters and those on PATH that have a pip; empty on a machine without any. */
export function realPythons(): RealPython[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(versions)
    ? readdirSync(versions).map((name) => join(versions, name, 'bin', 'python'))
    : [];
  return [...installed, '/usr/bin/python3'].flatMap((executable) => {
    const answer = spawnSync(executable, ['-c', describePython], { encoding: 'utf8' });
    if (answer.status !== 0) return [];
    const [implementation, version, python, pip, externallyManaged] = JSON.parse(answer.stdout);
    const label = `${implementation} ${version}, pip ${pip}`;
    return [{ label, executable, python, pip: parsePipVersion(pip), externallyManaged }];
  });
}

/**
 * An environment that has the pip of its base, made in a fraction of a second: a virtual environment that
 * sees the base's packages, or, for Python 2.7, a user base of its own.
 */
export async function makeEnvironment({ executable, python, pip }: RealPython): Promise<Environment> {
  const prefix = await mkdtemp(join(tmpdir(), 'peep env '));
  if (python[0] === 2) return environment(executable, prefix, pip, { PYTHONUSERBASE: prefix }, ['--user']);
  execFileSync(executable, ['-m', 'venv', '--without-pip', '--system-site-packages', prefix]);
  return environment(join(prefix, 'bin', 'python'), prefix, pip, {}, []);
}

/** A virtual environment without pip. */
export async function makeBareEnvironment({ executable, pip }: RealPython): Promise<Environment> {
  const prefix = await mkdtemp(join(tmpdir(), 'peep env '));
  execFileSync(executable, ['-m', 'venv', '--without-pip', prefix]);
  return environment(join(prefix, 'bin', 'python'), prefix, pip, {}, []);
}

function environment(
  python: string,
  prefix: string,
  pip: PipVersion,
  env: Record<string, string>,
  options: string[],
): Environment {
  const plain = Object.entries(process.env).filter(([name]) => !/^(PIP|PYTHON)/.test(name));
  const ask = (argv: string[]) =>
    execFileSync(python, argv, {
      encoding: 'utf8',
      env: {
        ...Object.fromEntries(plain),
        PIP_CONFIG_FILE: '/dev/null',
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  return {
    python,
    prefix,
    pip,
    env,
    options,
    freeze: () => {
      const lines = ask([
        '-m',
        'pip',
        'freeze',
        '--all',
        ...(options.includes('--user') ? ['--user'] : ['--local']),
      ]);
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .sort();
    },
    run: (code) => ask(['-c', code]).trim(),
    remove: () => rm(prefix, { recursive: true, force: true }),
  };
}

/** The newest wheel of a project in the folders that `pip config list` names; undefined where there are none. */
export function localWheel(project: string): string | undefined {
  const listed = spawnSync('pip', ['config', 'list'], { encoding: 'utf8' });
  if (listed.status !== 0) return undefined;
  const places = [...listed.stdout.matchAll(/(?:index-url|find-links)='([^']*)'/g)].flatMap(([, value]) =>
    (value ?? '').split(/\s+/),
  );
  const wheels = places.flatMap((place) => {
    const folder = place.startsWith('file:') ? fileURLToPath(place) : place;
    return [folder, join(folder, '..', 'files')].filter(existsSync).flatMap((where) =>
      readdirSync(where)
        .filter((name) => name.startsWith(`${project}-`) && name.endsWith('-none-any.whl'))
        .map((name) => join(where, name)),
    );
  });
  return wheels.sort().at(-1);
}
