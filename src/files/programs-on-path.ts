import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';

export interface PathOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** True if there is a program at this path; by default asks the file system. */
  readonly isProgram?: ((path: string) => Promise<boolean>) | undefined;
}

/**
 * Programs named `name` in the directories of PATH, in order. Relative and empty entries are skipped: they would
 * run programs from the working directory (P5).
 */
export async function* programsOnPath(
  name: string,
  { env, platform, isProgram = (path) => isProgramFile(path, platform) }: PathOptions,
): AsyncGenerator<string> {
  const windows = platform === 'win32';
  const paths = windows ? win32 : posix;
  const variable = windows ? Object.keys(env).find((key) => key.toUpperCase() === 'PATH') : 'PATH';
  const directories = (env[variable ?? 'PATH'] ?? '')
    .split(paths.delimiter)
    .filter((entry) => paths.isAbsolute(entry));
  // Windows puts stubs for Python into this directory, which open the page of the app store.
  const isStandIn = (entry: string): boolean => windows && /\\Microsoft\\WindowsApps\\?$/i.test(entry);
  const ordered = [...directories.filter((entry) => !isStandIn(entry)), ...directories.filter(isStandIn)];
  const file = windows && !/\.[a-z]+$/i.test(name) ? `${name}.exe` : name;
  for (const directory of new Set(ordered)) {
    const path = paths.join(directory, file);
    if (await isProgram(path)) yield path;
  }
}

/** True for a file that this user may run. */
export async function isProgramFile(path: string, platform: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    if (platform !== 'win32') await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
