import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export interface Python {
  /** The interpreter's own path, not a shim's. */
  readonly path: string;
  /** As in `3.11.7`. */
  readonly version: string;
  /** Major and minor, for comparisons: `[3, 11]`. */
  readonly series: readonly [number, number];
  readonly implementation: string;
  /** Of the pip that it runs, or undefined. */
  readonly pip: string | undefined;
}

const run = promisify(execFile);

const question = `
import platform, sys
try:
    from pip import __version__ as pip
except Exception:
    pip = ''
print('%s|%s|%s|%s' % (sys.executable, platform.python_version(), platform.python_implementation(), pip))`;

let found: Promise<readonly Python[]> | undefined;
let usual: Promise<Python | undefined> | undefined;

/** The interpreters on PATH and in pyenv's directory, one per real path, oldest first. Asked once per test file. */
export function pythons(): Promise<readonly Python[]> {
  found ??= findAll();
  return found;
}

/** The interpreter that tests use when any will do: the first `python3` on PATH, with a pip. */
export function defaultPython(): Promise<Python | undefined> {
  usual ??= ask('python3').then(async (first) =>
    first?.pip === undefined ? (await pythons()).findLast((python) => python.pip !== undefined) : first,
  );
  return usual;
}

async function findAll(): Promise<readonly Python[]> {
  const paths = new Set([...candidates()].map((path) => realpathSync(path)));
  const answers = await Promise.all([...paths].map(ask));
  return answers
    .filter((python) => python !== undefined)
    .sort(
      (a, b) => a.series[0] - b.series[0] || a.series[1] - b.series[1] || a.version.localeCompare(b.version),
    );
}

function* candidates(): Generator<string> {
  const root = pyenvRoot();
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    // A shim is a script that starts one of the interpreters below.
    if (directory.startsWith(root)) continue;
    for (const name of namesIn(directory))
      if (/^(python|pypy)(\d(\.\d+)?)?$/.test(name) && existsSync(join(directory, name)))
        yield join(directory, name);
  }
  for (const version of namesIn(join(root, 'versions'))) {
    const path = join(root, 'versions', version, 'bin', 'python');
    if (existsSync(path)) yield path;
  }
}

function pyenvRoot(): string {
  try {
    return execFileSync('pyenv', ['root'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return process.env.PYENV_ROOT ?? join(homedir(), '.pyenv');
  }
}

async function ask(path: string): Promise<Python | undefined> {
  try {
    const { stdout } = await run(path, ['-c', question], { timeout: 20_000 });
    const [executable = path, version = '', implementation = '', pip = ''] = stdout.trim().split('|');
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return {
      path: executable,
      version,
      series: [major, minor],
      implementation,
      pip: pip === '' ? undefined : pip,
    };
  } catch {
    return undefined;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
