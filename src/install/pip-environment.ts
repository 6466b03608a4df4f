import { posix, win32 } from 'node:path';
import { isFixedPlace, placesUserSite } from '../target/probe-environment.js';
import { packagesDirectory, startDirectory } from './build/scripts.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';

/** `-c` and `-m` look in the working directory first (P5); this removes that entry before any import. */
export const dropWorkingDirectory = 'import sys; sys.path[:] = [entry for entry in sys.path if entry]';

/** Does the same as `-m pip`, including the error message if there is no pip. For Python 2.7 and later. */
export const runPipModule = "import runpy; runpy._run_module_as_main('pip')";

/** Python code that starts pip without the working directory on its path. */
const startPip = `${dropWorkingDirectory}; ${runPipModule}`;

/**
 * Python code that starts pip for a build: the processes that pip starts, such as the back end, find the packages
 * of the build environment.
 */
const startPipForBuilds = `import os; [os.environ.__setitem__(name[5:], os.environ.pop(name)) for name in list(os.environ) if name.startswith('PEEP_')]; ${startPip}`;

/** Interpreter arguments that run pip with `argv` and import nothing from the working directory (P5). */
export function pipCommand(argv: readonly string[], hasBuildEnvironment = false): string[] {
  return ['-c', hasBuildEnvironment ? startPipForBuilds : startPip, ...argv];
}

/** Python variables that affect neither imports nor what pip installs. */
const harmless = new Set([
  'PYTHONCOERCECLOCALE',
  'PYTHONDONTWRITEBYTECODE',
  'PYTHONHASHSEED',
  'PYTHONIOENCODING',
  'PYTHONLEGACYWINDOWSFSENCODING',
  'PYTHONLEGACYWINDOWSSTDIO',
  'PYTHONNOUSERSITE',
  'PYTHONUNBUFFERED',
  'PYTHONUTF8',
]);

export interface HandOverEnvironment {
  readonly platform: NodeJS.Platform;
  /** Directory for pip's cache; private and empty. */
  readonly cacheDir: string;
  readonly pip: PipVersion;
  /** A directory of programs that takes precedence over PATH. */
  readonly programs: string;
  /** True if pip builds a source archive. */
  readonly builds: boolean;
}

/** Variables with which a Python and its child processes use a build environment. */
export function buildVariables(
  env: Readonly<Record<string, string>>,
  environment: string,
  platform: NodeJS.Platform,
): Record<string, string> {
  const path = pathVariable(env);
  const { join, delimiter } = platform === 'win32' ? win32 : posix;
  return {
    [path]: [join(environment, packagesDirectory, 'bin'), env[path]].join(delimiter),
    PYTHONPATH: join(environment, startDirectory),
    PYTHONNOUSERSITE: '1',
  };
}

function pathVariable(env: Readonly<Record<string, string>>): string {
  return Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
}

/**
 * The environment of the pip that peep starts (P5): without variables that configure pip or Python's imports. It
 * also isolates pips that a build starts, which do not inherit `--isolated`.
 */
export function pipEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  settings: HandOverEnvironment,
): Record<string, string> {
  const env = withoutPipSettings(inherited, settings.platform);
  // Python's os.devnull: as PIP_CONFIG_FILE it keeps pip from reading any configuration file, global ones too.
  env.PIP_CONFIG_FILE = settings.platform === 'win32' ? 'nul' : '/dev/null';
  env.PIP_NO_INDEX = '1';
  env.PIP_NO_INPUT = '1';
  env.PIP_DISABLE_PIP_VERSION_CHECK = '1';
  env.PIP_CACHE_DIR = settings.cacheDir;
  // A build may request a URL, which `--no-index` does not prevent: point its proxy to an address without a server.
  env.PIP_PROXY = 'http://127.0.0.1:9';
  env.PIP_RETRIES = '0';
  // Forbid all protocols of git: it does not use PIP_PROXY.
  env.GIT_ALLOW_PROTOCOL = 'none';
  const path = pathVariable(env);
  // Without PATH, use the default directories; an empty entry would mean the working directory.
  const usual = settings.platform === 'win32' ? '' : '/usr/local/bin:/usr/bin:/bin';
  const directories = [settings.programs, env[path] || usual].filter((each) => each !== '');
  env[path] = directories.join(settings.platform === 'win32' ? ';' : ':');
  if (settings.builds && !pipAtLeast(settings.pip, '22.1')) ignoreProxies(env);
  return env;
}

/** The variables without those that configure pip or Python's imports. */
export function withoutPipSettings(
  inherited: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && isInherited(name.toUpperCase(), value, platform)) env[name] = value;
  }
  return env;
}

function ignoreProxies(env: Record<string, string>): void {
  // In older pips, proxy variables have precedence over PIP_PROXY.
  for (const name of Object.keys(env)) if (/^no_proxy$/i.test(name)) delete env[name];
  env.NO_PROXY = '*';
  env.no_proxy = '*';
}

function isInherited(name: string, value: string, platform: NodeJS.Platform): boolean {
  // These variables also decide where `--user` installs.
  if (placesUserSite(name)) return isFixedPlace(value, platform);
  if (/^_?PYTHON/.test(name)) return harmless.has(name);
  return !/^_?PIP_/.test(name) && name !== '__PYVENV_LAUNCHER__';
}
