import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Python } from './pythons.js';

export interface Venv {
  readonly path: string;
  /** Its interpreter. */
  readonly python: string;
  readonly sitePackages: string;
  /** Runs the interpreter with nothing of the caller's environment but PATH; answers stdout. */
  run(...args: readonly string[]): Promise<string>;
}

export interface VenvOptions {
  /** With a copy of the pip that `python` has, or of another's; true by default. */
  readonly withPip?: boolean | Python;
  /** With a copy of its setuptools and wheel, where it has them. */
  readonly withSetuptools?: boolean;
}

const execute = promisify(execFile);
const pipFiles = /^pip$|^pip-.*(dist|egg)-info$/;
const setuptoolsFiles =
  /^(setuptools|wheel|pkg_resources|_distutils_hack)$|^(setuptools|wheel)-.*(dist|egg)-info$|^distutils-precedence\.pth$/;

/**
 * Makes a virtual environment in `path`. pip is copied from the interpreter it belongs to, which takes a
 * tenth of the time that `ensurepip` needs.
 */
export async function makeVenv(python: Python, path: string, options: VenvOptions = {}): Promise<Venv> {
  if (python.series[0] < 3) await makeOldEnvironment(python, path);
  else await execute(python.path, ['-m', 'venv', '--without-pip', path], { env: environment() });
  const windows = process.platform === 'win32';
  const executable = windows ? join(path, 'Scripts', 'python.exe') : join(path, 'bin', 'python');
  const run = async (...args: readonly string[]) =>
    (await execute(executable, args, { env: environment(), maxBuffer: 1 << 26 })).stdout;
  const sitePackages = await siteOf(executable);
  const { withPip = true, withSetuptools = false } = options;
  if (withPip !== false)
    await copyPackages(withPip === true ? python : withPip, 'pip', pipFiles, sitePackages);
  if (withSetuptools) await copyPackages(python, 'setuptools', setuptoolsFiles, sitePackages);
  await renewRecords(sitePackages);
  return { path, python: executable, sitePackages, run };
}

/** A pip that somebody changed, as distributors and administrators do with its CA bundle, has a RECORD that is no longer true. */
export async function renewRecords(sitePackages: string): Promise<void> {
  for (const name of await readdir(sitePackages)) {
    const record = join(sitePackages, name, 'RECORD');
    const text = name.endsWith('.dist-info') ? await readFile(record, 'utf8').catch(() => '') : '';
    if (text === '') continue;
    const rows = text.split('\n').map(async (row) => {
      const [, path, hash] = /^([^",]+),sha256=([\w-]+),/.exec(row) ?? [];
      const bytes =
        path === undefined ? undefined : await readFile(join(sitePackages, path)).catch(() => undefined);
      const actual = bytes && createHash('sha256').update(bytes).digest('base64url');
      return actual === undefined || actual === hash ? row : `${path},sha256=${actual},${bytes?.length}`;
    });
    await writeFile(record, (await Promise.all(rows)).join('\n'));
  }
}

/** Copies what `names` fits from the directory that `module` lies in; nothing where there is no such module. */
async function copyPackages(python: Python, module: string, names: RegExp, target: string): Promise<void> {
  const code = `
import os
try:
    import ${module}
    print(os.path.dirname(os.path.dirname(${module}.__file__)))
except ImportError:
    pass`;
  const { stdout } = await execute(python.path, ['-W', 'ignore', '-c', code], { env: environment() });
  const source = stdout.trim();
  if (source === '') return;
  const found = (await readdir(source)).filter((name) => names.test(name)).map((name) => join(source, name));
  // Time stamps are kept: Python compares byte-compiled files with them.
  if (process.platform !== 'win32') await execute('cp', ['-Rp', ...found, target]);
  else
    for (const path of found)
      await cp(path, join(target, basename(path)), { recursive: true, preserveTimestamps: true });
}

/** Python 2.7 has no venv: its own binary and standard library, with a site-packages directory of one's own. */
async function makeOldEnvironment(python: Python, path: string): Promise<void> {
  const { stdout } = await execute(python.path, ['-c', 'import os; print(os.__file__)'], {
    env: environment(),
  });
  const library = join(stdout.trim(), '..');
  const series = python.series.join('.');
  const own = join(path, 'lib', `python${series}`);
  await mkdir(join(own, 'site-packages'), { recursive: true });
  await mkdir(join(path, 'bin'));
  await copyFile(python.path, join(path, 'bin', 'python'));
  for (const name of await readdir(library)) {
    if (name !== 'site-packages') await symlink(join(library, name), join(own, name));
  }
  await symlink(join(library, '..', '..', 'include'), join(path, 'include'));
}

async function siteOf(executable: string): Promise<string> {
  const code = "import sysconfig; print(sysconfig.get_path('purelib'))";
  return (await execute(executable, ['-c', code], { env: environment() })).stdout.trim();
}

function environment(): Record<string, string> {
  const { PATH = '', SystemRoot } = process.env;
  return { PATH, LC_ALL: 'C.UTF-8', ...(SystemRoot !== undefined && { SystemRoot }) };
}
