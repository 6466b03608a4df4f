import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Interpreter } from '../target/target.js';
import { type Scheme, schemeOf, targetScheme } from './scheme.js';

/** The environment to compare: an interpreter's own, or the directory of `--target` or `--path`. */
export interface Subject {
  readonly interpreter: Interpreter;
  /** Real path. Nothing outside of it is removed, written or reported as added. */
  readonly root: string;
  /** The directories of distributions in the environment itself, without duplicates. */
  readonly sites: readonly string[];
  /**
   * Directories of distributions outside of the environment that its Python also uses: those of the base Python,
   * the user and the system.
   */
  readonly others: readonly string[];
  /** The scripts directory, if only the environment puts files there; undefined if other programs may. */
  readonly scripts: string | undefined;
  /** PEP 668: true if a package manager of the system manages it. */
  readonly isManaged: boolean;
  /** Undefined if the layout around a directory is unknown. */
  schemeOf(site: string): Scheme | undefined;
  /** The directory itself if its layout is that of `--target`. */
  targetOf(site: string): string | undefined;
}

export interface SubjectOptions {
  readonly platform: NodeJS.Platform;
  /** A directory of `pip install --target`, absolute. */
  readonly target: string | undefined;
  /** Directories of distributions, absolute; empty for those of the interpreter. */
  readonly paths: readonly string[];
}

/** `interpreter` must come from an isolated probe. */
export function verifySubject(
  interpreter: Interpreter,
  { platform, target, paths }: SubjectOptions,
): Subject {
  const [major, minor] = interpreter.target.pythonVersion;
  const targeted = (directory: string) => targetScheme(directory, `python${major}.${minor}`);
  if (target !== undefined) {
    const scheme = targeted(target);
    return subject(interpreter, target, [target], [], () => scheme);
  }
  const [first] = paths;
  if (first !== undefined) {
    const scheme = (site: string) => schemeOf(site, platform) ?? targeted(site);
    return subject(interpreter, scheme(first).data, paths, [], scheme);
  }
  const { layout, prefix } = interpreter;
  const isManaged = isExternallyManaged(interpreter);
  const own = onePerPlace(layout?.own ?? []);
  // Debian's own packages and those of an administrator are side by side.
  const isSystem = (site: string) => isManaged && !site.split(sep).includes('local');
  return {
    ...subject(
      interpreter,
      prefix,
      own.filter((site) => !isSystem(site)),
      onePerPlace([...own.filter(isSystem), ...(layout?.others ?? [])]),
      (site) => schemeOf(site, platform),
    ),
    // On Windows it also contains libraries of Python.
    scripts:
      interpreter.isVirtualEnvironment && platform !== 'win32' && own[0] !== undefined
        ? schemeOf(own[0], platform)?.scripts
        : undefined,
    isManaged,
  };
}

/** PEP 668. Virtual environments are never managed. */
export function isExternallyManaged({ isVirtualEnvironment, stdlib }: Interpreter): boolean {
  return !isVirtualEnvironment && stdlib !== undefined && existsSync(join(stdlib, 'EXTERNALLY-MANAGED'));
}

/** True if `path` is below the directory `root`. Both are compared as text. */
export function isBelow(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The path with links resolved; unchanged if it does not exist. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Creates a test whether a path is below `root`, a real path; links to directories in the path are resolved, but
 * not the last component. Results are cached, so create one per check.
 */
export function withinRoot(root: string): (path: string) => boolean {
  const known = new Map<string, string>();
  return (path) => {
    const directory = dirname(path);
    let real = known.get(directory);
    real ??= realPath(directory);
    known.set(directory, real);
    return isBelow(join(real, basename(path)), root);
  };
}

function subject(
  interpreter: Interpreter,
  root: string,
  sites: readonly string[],
  others: readonly string[],
  scheme: Subject['schemeOf'],
): Subject {
  return {
    ...{ interpreter, root: realPath(root), sites: onePerPlace(sites), others },
    ...{ scripts: undefined, isManaged: false, schemeOf: scheme },
    targetOf: (site) => (scheme(site)?.data === site ? site : undefined),
  };
}

/** `lib64` is often a link to `lib`. */
function onePerPlace(sites: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const site of sites) {
    const real = realPath(site);
    if (!seen.has(real)) seen.set(real, site);
  }
  return [...seen.values()];
}
