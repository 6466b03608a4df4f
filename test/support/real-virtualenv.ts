import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pythons } from './pythons.js';
import { realProjects } from './real-index.js';

const execute = promisify(execFile);

/** Makes environments with the virtualenv of the machine. */
export interface RealVirtualenv {
  /** False where it makes none for this Python. */
  make(python: string, path: string): Promise<boolean>;
}

/** Installs virtualenv from where the user's pip looks into `directory`; undefined where there is none. */
export async function realVirtualenv(directory: string): Promise<RealVirtualenv | undefined> {
  const runner = (await pythons()).findLast(({ pip }) => pip !== undefined)?.path;
  const projects = await realProjects();
  const needed = ['virtualenv', 'distlib', 'filelock', 'packaging', 'platformdirs', 'python-discovery'];
  const paths = needed.flatMap((name) =>
    (projects?.[name] ?? []).slice(0, 1).flatMap(({ bytes }) => ('path' in bytes ? [bytes.path] : [])),
  );
  if (runner === undefined || paths.length < needed.length) return undefined;
  const env = { PATH: process.env.PATH, HOME: directory };
  const pip = ['-m', 'pip', '--isolated', 'install', '-q', '--no-index', '--no-deps', '--no-compile'];
  const done = (args: readonly string[], more = {}) =>
    execute(runner, args, { env: { ...env, ...more } }).then(
      () => true,
      () => false,
    );
  if (!(await done([...pip, '--target', directory, ...paths]))) return undefined;
  const options = ['--no-download', '--no-periodic-update', '--python'];
  return {
    make: (python, path) => done(['-m', 'virtualenv', ...options, python, path], { PYTHONPATH: directory }),
  };
}
