import { accessSync, constants } from 'node:fs';
import { join, sep } from 'node:path';
import type { InstalledDistribution, Interpreter } from '../target/target.js';
import { claimedFiles } from './record.js';
import { type Scheme, schemeOf, targetScheme } from './scheme.js';
import { isBelow, realPath } from './subject.js';

/** The directories that one installer run writes to. */
export interface InstallPlace {
  /**
   * `environment`: the interpreter's own; `user`: the user's directories; `prefix`: below `--prefix` or `--root`;
   * `target`: `--target`.
   */
  readonly kind: 'environment' | 'user' | 'prefix' | 'target';
  /** The directory that contains all written files. */
  readonly root: string;
  /** The layouts that the installer may use: one, or several on systems with two library directories. */
  readonly schemes: readonly Scheme[];
}

export interface PlaceOptions {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** pip's own arguments: `--target=/lib`, `--user`. */
  readonly passThrough: readonly string[];
}

/** Where pip installs for this interpreter with these arguments. */
export function installPlace(interpreter: Interpreter, options: PlaceOptions): InstallPlace {
  const { platform, home, passThrough } = options;
  const { environment, pythonVersion } = interpreter.target;
  const [major, minor] = pythonVersion;
  const python = `${environment.platform_python_implementation === 'PyPy' ? 'pypy' : 'python'}${major}.${minor}`;
  const directory = (option: string): string | undefined =>
    passThrough
      .filter((each) => each.startsWith(`${option}=`))
      .map((each) => each.slice(option.length + 1).replace(/^~(?=$|[/\\])/, () => home))
      .at(-1);
  const target = directory('--target');
  if (target !== undefined) return { kind: 'target', root: target, schemes: [targetScheme(target, python)] };
  const changedRoot = directory('--root');
  const below = (place: InstallPlace): InstallPlace =>
    changedRoot === undefined ? place : relocated(place, changedRoot);
  const prefix = directory('--prefix');
  if (prefix !== undefined) {
    const schemes = sitesBelow(prefix, python, platform).map((site) => schemeAt(site, prefix, platform));
    return below({ kind: 'prefix', root: prefix, schemes });
  }
  const own = ownSites(interpreter);
  if (installsForUser(interpreter, own, passThrough)) {
    const base = userBase(options);
    const site =
      platform === 'win32'
        ? join(base, `Python${major}${minor}`, 'site-packages')
        : join(base, 'lib', python, 'site-packages');
    return below({ kind: 'user', root: base, schemes: [schemeAt(site, base, platform)] });
  }
  const schemes = own.map((site) => schemeAt(site, interpreter.prefix, platform));
  return below({ kind: 'environment', root: interpreter.prefix, schemes });
}

/** The paths that a distribution claims; a directory that is claimed with its contents ends with a separator. */
export function claimedIn(
  { kind, root }: Pick<InstallPlace, 'kind' | 'root'>,
  { metadataPath }: InstalledDistribution,
): string[] {
  return claimedFiles(metadataPath, kind === 'target' ? root : undefined).map(({ path }) => path);
}

/**
 * Directories of the interpreter's own distributions that pip may install to. Debian uses others for its own
 * packages.
 */
function ownSites({ sitePaths, prefix }: Interpreter): string[] {
  const root = realPath(prefix);
  const sites = new Map<string, string>();
  for (const site of sitePaths) {
    const real = realPath(site);
    if (/[/\\](?:site|dist)-packages$/i.test(site) && isBelow(real, root)) sites.set(real, site);
  }
  const own = [...sites.values()];
  const local = own.filter((site) => site.split(sep).includes('local') && site.endsWith('dist-packages'));
  return local.length > 0 ? local : own;
}

/** pip installs into the user's directories if it may not write to the environment. */
function installsForUser(
  { isVirtualEnvironment }: Interpreter,
  own: readonly string[],
  passThrough: readonly string[],
): boolean {
  if (passThrough.includes('--user')) return true;
  if (isVirtualEnvironment || passThrough.includes('--no-user')) return false;
  return own.every((site) => !isWritable(site));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function userBase({ env, platform, home }: PlaceOptions): string {
  const base = env.PYTHONUSERBASE;
  if (base !== undefined && base !== '') return base;
  return platform === 'win32' ? join(env.APPDATA ?? home, 'Python') : join(home, '.local');
}

/** Debian's Python 3.10 and later may insert `local`; only the install shows which path applies. */
function sitesBelow(prefix: string, python: string, platform: NodeJS.Platform): string[] {
  return platform === 'win32'
    ? [join(prefix, 'Lib', 'site-packages')]
    : [
        join(prefix, 'lib', python, 'site-packages'),
        join(prefix, 'lib64', python, 'site-packages'),
        join(prefix, 'local', 'lib', python, 'dist-packages'),
      ];
}

/** PyPy's older layout has its distributions directly below the prefix. */
function schemeAt(site: string, prefix: string, platform: NodeJS.Platform): Scheme {
  const known = schemeOf(site, platform);
  if (known !== undefined) return known;
  const scripts = join(prefix, platform === 'win32' ? 'Scripts' : 'bin');
  return { site, scripts, data: prefix, headers: [join(prefix, 'include')] };
}

function relocated({ root, schemes }: InstallPlace, changedRoot: string): InstallPlace {
  const moved = (path: string) => join(changedRoot, path.replace(/^[a-z]:/i, ''));
  return {
    kind: 'prefix',
    root: moved(root),
    schemes: schemes.map(({ site, scripts, data, headers: [first, ...more] }) => ({
      ...{ site: moved(site), scripts: moved(scripts), data: moved(data) },
      headers: [moved(first), ...more.map(moved)],
    })),
  };
}
