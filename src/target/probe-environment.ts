import { posix, win32 } from 'node:path';
import type { Environment } from '../config/environment.js';

/**
 * How the target Python is started so that nothing of the user's steers its imports (P5): no variable of
 * Python reaches it. Only the place of the user's own site-packages stays, as in the hand-over, when it does
 * not depend on the working directory. `isolated`: not even start-up files of the environment run.
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
  // macOS 11 and later call themselves 10.16 to programs built for older versions, unless told not to.
  clean.SYSTEM_VERSION_COMPAT = '0';
  // -E: a second lock on the same door. -B: asking a Python what it is leaves no files behind.
  // Python 2 has no -I: with what the script does first to sys.path, -E and -s are the same.
  const shut = isolated ? ['-s', '-S'] : userSite ? [] : ['-s'];
  return { argv: ['-E', '-B', ...shut, '-c', script(userSite)], env: clean };
}

function isKept(name: string, value: string, platform: NodeJS.Platform): boolean {
  if (placesUserSite(name)) return isFixedPlace(value, platform);
  return !/^_?PYTHON/.test(name) && name !== '__PYVENV_LAUNCHER__';
}

/** Python's own site module reads the user's site-packages, and what runs in it, from below these. Upper case. */
export function placesUserSite(name: string): boolean {
  return ['PYTHONUSERBASE', 'HOME', 'USERPROFILE', 'APPDATA'].includes(name);
}

/** Python takes such a path as it is, `~` included: one that is not absolute is a directory below the working directory (P5). */
export function isFixedPlace(path: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32'
    ? win32.isAbsolute(path) && !/^[\\/](?![\\/])/.test(path)
    : posix.isAbsolute(path);
}
