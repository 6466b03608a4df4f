import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { oldestPip, type PipVersion, parsePipVersion, pipAtLeast } from '../../src/install/pip-version.js';
import { type Python, pythons } from '../support/pythons.js';
import { realProjects } from '../support/real-index.js';
import { makeVenv, type Venv, type VenvOptions } from '../support/venv.js';

/** A real Python with a pip that peep hands over to. */
export interface RealPip {
  /** `CPython 3.11.7, pip 23.2.1`. */
  readonly label: string;
  readonly python: Python;
  readonly pip: PipVersion;
}

export interface Environment extends Venv {
  readonly pip: PipVersion;
  /** Lines of `pip freeze`, less options. */
  freeze(): Promise<string[]>;
  remove(): Promise<void>;
}

/** One of each version of Python and pip on the machine; empty where there is none. */
export async function realPips(): Promise<RealPip[]> {
  const found = new Map<string, RealPip>();
  for (const python of await pythons()) {
    if (python.pip === undefined) continue;
    const pip = parsePipVersion(python.pip);
    const label = `${python.implementation} ${python.version}, pip ${python.pip}`;
    if (pipAtLeast(pip, oldestPip)) found.set(label, { label, python, pip });
  }
  return [...found.values()];
}

/** The path of the newest pip's wheel where the user's pip looks for archives; undefined where there is none. */
export async function newestPipWheel(): Promise<string | undefined> {
  const wheels = (await realProjects())?.pip?.flatMap(({ bytes }) => ('path' in bytes ? [bytes.path] : []));
  const version = (path: string) => parsePipVersion(basename(path).split('-')[1] ?? '');
  return wheels?.sort((a, b) => (pipAtLeast(version(a), version(b).join('.')) ? 1 : -1)).at(-1);
}

/** Installs a pip from its wheel, which runs as it is: none need be there before. */
export async function installPip(venv: Venv, wheelPath: string): Promise<void> {
  await venv.run(`${wheelPath}/pip`, 'install', '--no-index', '--no-deps', '--force-reinstall', wheelPath);
}

/** A virtual environment with the pip of its base, unless `options` say otherwise. */
export async function makeEnvironment({ python, pip }: RealPip, options?: VenvOptions): Promise<Environment> {
  const path = await mkdtemp(join(tmpdir(), 'peep env '));
  const venv = await makeVenv(python, path, options);
  return {
    ...venv,
    pip,
    freeze: async () => {
      const lines = await venv.run('-m', 'pip', '--disable-pip-version-check', 'freeze');
      return lines
        .split(/\r?\n/)
        .filter((line) => line !== '' && !line.startsWith('-'))
        .sort();
    },
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
