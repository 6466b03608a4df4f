import { readdir } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { isProgramFile, programsOnPath } from '../files/programs-on-path.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

export interface LocateOptions {
  /** `--python` or `PEEP_PYTHON`: a path, the directory of an environment, or a name on PATH. */
  readonly explicit?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Absolute; the base of relative paths. The current directory by default. */
  readonly cwd?: string | undefined;
}

/**
 * Finds the Python to install for (contract section 2): `--python`, `PEEP_PYTHON`, `$VIRTUAL_ENV`, `$CONDA_PREFIX`,
 * then `python3` and `python` on PATH. Starts no program. Throws `PYTHON_NOT_FOUND` with the places that were
 * searched.
 */
export async function locatePython(options: LocateOptions): Promise<string> {
  const { env, platform } = options;
  const explicit = options.explicit ?? filled(env.PEEP_PYTHON);
  if (explicit !== undefined) return locateExplicit(explicit, options);
  const named = filled(env.VIRTUAL_ENV);
  if (named !== undefined) {
    const environment = absolute(named, options);
    const inside = await firstProgram(environmentPythons(environment, platform), platform);
    if (inside !== undefined) return inside;
    // Do not fall back to another Python than the activated one: the user does not expect peep to change it.
    throw notFound(
      `VIRTUAL_ENV names '${printable(environment)}', which has no Python`,
      environmentPythons(environment, platform),
      'Activate an environment that exists, run `unset VIRTUAL_ENV`, or name an interpreter with --python PATH.',
    );
  }
  const looked: string[] = [];
  const condaPrefix = filled(env.CONDA_PREFIX);
  if (condaPrefix !== undefined) {
    const conda = absolute(condaPrefix, options);
    // A conda environment may have no Python.
    const pythons =
      platform === 'win32' ? [win32.join(conda, 'python.exe')] : [posix.join(conda, 'bin', 'python')];
    const inside = await firstProgram(pythons, platform);
    if (inside !== undefined) return inside;
    looked.push(...pythons);
  }
  for await (const path of pythonsOnPath(env, platform)) return path;
  throw notFound(
    'there is no Python to install for',
    [...looked, "'python3' and 'python' on PATH"],
    'Activate a virtual environment, or name an interpreter with --python PATH.',
  );
}

/** Each `python3` and then each `python` in the absolute directories of PATH, in order. */
export async function* pythonsOnPath(
  env: LocateOptions['env'],
  platform: NodeJS.Platform,
): AsyncGenerator<string> {
  for (const name of ['python3', 'python']) yield* programsOnPath(name, { env, platform });
}

/** The possible paths of the Python in an environment's directory. */
export function environmentPythons(directory: string, platform: NodeJS.Platform): string[] {
  if (platform !== 'win32')
    return [posix.join(directory, 'bin', 'python'), posix.join(directory, 'bin', 'python3')];
  return [win32.join(directory, 'Scripts', 'python.exe'), win32.join(directory, 'python.exe')];
}

async function locateExplicit(explicit: string, options: LocateOptions): Promise<string> {
  const { env, platform } = options;
  if (!(platform === 'win32' ? /[\\/:]/ : /\//).test(explicit) && explicit !== '.' && explicit !== '..') {
    for await (const path of programsOnPath(explicit, { env, platform })) return path;
    if (isSeries.test(explicit)) return locateSeries(explicit, options);
    // As in uv: `.venv` is the environment of that name in the working directory. A program there is never used
    // (P5).
    const pythons = environmentPythons(absolute(explicit, options), platform);
    const inside = await firstProgram(pythons, platform);
    if (inside !== undefined) return inside;
    throw notFound(
      `there is no '${printable(explicit)}' on PATH, nor an environment of that name here`,
      [`'${printable(explicit)}' on PATH`, ...pythons],
      'Give the path of an interpreter, or of the directory of a virtual environment.',
    );
  }
  const path = absolute(explicit, options);
  const candidates = [path, ...environmentPythons(path, platform)];
  const found = await firstProgram(candidates, platform);
  if (found !== undefined) return found;
  throw notFound(
    `'${printable(explicit)}' is neither an interpreter nor the directory of an environment with one`,
    candidates,
    'Give the path of an interpreter, or of the directory of a virtual environment.',
  );
}

/** `3.12` or `3.12.4`, as in uv and hatch. */
const isSeries = /^[23]\.\d{1,2}(?:\.\d{1,3})?$/;

/** The Python of a series: `python3.12` on PATH, or one installed by pyenv. */
async function locateSeries(series: string, { env, platform }: LocateOptions): Promise<string> {
  const name = `python${series.split('.').slice(0, 2).join('.')}`;
  const isWhole = series.split('.').length === 3;
  const root = filled(env.PYENV_ROOT) ?? (filled(env.HOME) === undefined ? undefined : `${env.HOME}/.pyenv`);
  const versions = root === undefined ? undefined : posix.join(root, 'versions');
  if (!isWhole) {
    for await (const path of programsOnPath(name, { env, platform })) {
      // A shim of pyenv only starts the versions of `pyenv global`.
      if (root === undefined || !path.startsWith(posix.join(root, 'shims'))) return path;
    }
  }
  if (versions !== undefined && platform !== 'win32') {
    const found = (await readdir(versions).catch(() => []))
      .filter((each) => each === series || (!isWhole && each.startsWith(`${series}.`)))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((each) => posix.join(versions, each, 'bin', 'python'));
    const inside = await firstProgram(found.reverse(), platform);
    if (inside !== undefined) return inside;
  }
  throw notFound(
    `there is no Python ${series}`,
    [...(isWhole ? [] : [`'${name}' on PATH`]), ...(versions === undefined ? [] : [versions])],
    platform === 'win32'
      ? `\`py -${series} -c "import sys; print(sys.executable)"\` prints the path of one; use that.`
      : 'Give the path of an interpreter, or of the directory of a virtual environment.',
  );
}

async function firstProgram(
  paths: readonly string[],
  platform: NodeJS.Platform,
): Promise<string | undefined> {
  for (const path of paths) if (await isProgramFile(path, platform)) return path;
  return undefined;
}

function notFound(message: string, looked: readonly string[], hint: string): PeepError {
  return new PeepError('PYTHON_NOT_FOUND', `${message}; looked for ${looked.map(printable).join(', ')}`, {
    hint,
    facts: { looked },
  });
}

function absolute(path: string, { platform, cwd }: LocateOptions): string {
  const { resolve } = platform === 'win32' ? win32 : posix;
  return cwd === undefined ? resolve(path) : resolve(cwd, path);
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
