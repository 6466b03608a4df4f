import { posix, win32 } from 'node:path';

/** The facts that decide the location of the cache. */
export interface CacheHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home directory, absolute. */
  readonly home: string;
}

/**
 * The directory of peep's cache when neither `--cache-dir` nor `PEEP_CACHE_DIR` names one: `~/Library/Caches/peep`
 * on macOS, `%LOCALAPPDATA%\peep\Cache` on Windows, `$XDG_CACHE_HOME/peep` or `~/.cache/peep` elsewhere.
 */
export function cacheRoot({ env, platform, home }: CacheHost): string {
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA;
    const base =
      local !== undefined && win32.isAbsolute(local) ? local : win32.join(home, 'AppData', 'Local');
    return win32.join(base, 'peep', 'Cache');
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'peep');
  // XDG base directories: a relative path is ignored.
  const xdg = env.XDG_CACHE_HOME;
  return posix.join(xdg !== undefined && posix.isAbsolute(xdg) ? xdg : posix.join(home, '.cache'), 'peep');
}
