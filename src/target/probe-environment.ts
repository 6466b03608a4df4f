import { posix, win32 } from 'node:path';
import type { Environment } from '../config/environment.js';

/**
 * The environment and arguments for starting the target Python so that the user's settings do not affect its
 * imports (P5): it gets no variables of Python. As in an install, it only gets the location of the user's own
 * site-packages, if that does not depend on the working directory. `isolated`: do not run start-up files of the
 * environment either.
 */
export function probeStart(
  env: Environment,
  script: (userSite: boolean) => string,
  platform: NodeJS.Platform,
  isolated = false,
): { readonly argv: readonly string[]; readonly env: Record<string, string> } {
  const clean: Record<string, string> = {};
  let userSite = true;
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    const upper = name.toUpperCase();
    if (upper === 'PYTHONNOUSERSITE' && value !== '') userSite = false;
    if (isKept(upper, value, platform)) clean[name] = value;
  }
  // Without this, macOS 11 and later report version 10.16 to programs built for older versions.
  clean.SYSTEM_VERSION_COMPAT = '0';
  // -E: a second protection against variables. -B: write no byte-compiled files. Python 2 has no -I: -E, -s and the
  // script's own change of sys.path have the same effect.
  const shut = isolated ? ['-s', '-S'] : userSite ? [] : ['-s'];
  return { argv: ['-E', '-B', ...shut, '-c', script(userSite)], env: clean };
}

function isKept(name: string, value: string, platform: NodeJS.Platform): boolean {
  if (placesUserSite(name)) return isFixedPlace(value, platform);
  return !/^_?PYTHON/.test(name) && name !== '__PYVENV_LAUNCHER__';
}

/**
 * True for a variable that decides where Python's site module looks for the user's site-packages and start-up
 * files. `name` is in upper case.
 */
export function placesUserSite(name: string): boolean {
  return ['PYTHONUSERBASE', 'HOME', 'USERPROFILE', 'APPDATA'].includes(name);
}

/**
 * True if the value of such a variable does not depend on the working directory (P5): Python uses it unchanged,
 * including `~`.
 */
export function isFixedPlace(path: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32'
    ? win32.isAbsolute(path) && !/^[\\/](?![\\/])/.test(path)
    : posix.isAbsolute(path);
}
