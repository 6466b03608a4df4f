import { isActivationScript, isInterpreterName } from '../archive/wheel/scripts.js';
import { pythonName } from '../packaging/python-names.js';
import type { ProjectName } from '../packaging/types.js';
import type { Scheme } from './scheme.js';

const libraryOfPython = new RegExp(`^${pythonName}\\d[\\d.]*t?$`, 'i');

/** Why no wheel may write to a path; each completes "it is …". */
export type Protected = 'a file of the interpreter' | 'a file of the environment itself' | 'a file of pip';

/** Files beside an interpreter that define its library path and start-up code. */
const pythonSetup = /^(?:pyvenv\.cfg|pybuilddir\.txt|.*\._pth)$/i;
/** pip reads a configuration file at the prefix. */
const prefixFile = /^(?:pip\.(?:conf|ini)|pyvenv\.cfg|.*\._pth)$/i;
/** Modules that could be imported as `pip`. */
const pipModule = /^pip\.(?:py|pyc|(?:[\w-]+\.)?(?:so|pyd))$/i;
const siteDirectory = /^(?:site|dist)-packages$/i;

interface DirectoryFacts {
  /** Applies to everything in the directory. */
  readonly always: Protected | undefined;
  readonly isScripts: boolean;
  readonly isData: boolean;
  readonly isSite: boolean;
  readonly isPip: boolean;
}

/**
 * Tests for paths that belong to the interpreter or the environment itself, whether they exist or not. Expects real
 * paths; compares names without case, for case-insensitive file systems. `stdlib`: real path.
 */
export function protectedPlaces(
  { scripts, data, site }: Pick<Scheme, 'scripts' | 'data' | 'site'>,
  stdlib: string | undefined,
  isWindows: boolean,
): {
  /** False if nothing in this directory is protected. */
  concerns(directory: string): boolean;
  whose(directory: string, name: string, project: ProjectName): Protected | undefined;
} {
  const below = (directory: string, root: string): readonly string[] | undefined => {
    if (directory === root) return [];
    return directory.startsWith(root + separator)
      ? directory.slice(root.length + 1).split(separator)
      : undefined;
  };
  const separator = isWindows ? '\\' : '/';
  // Results that depend only on the directory are cached.
  const known = new Map<string, DirectoryFacts>();
  const look = (directory: string): DirectoryFacts => {
    const inSite = below(directory, site);
    const inData = below(directory, data);
    const inStdlib = stdlib === undefined ? undefined : below(directory, stdlib);
    const isStdlib =
      inSite === undefined &&
      ((inStdlib !== undefined && !siteDirectory.test(inStdlib[0] ?? '')) ||
        (inData !== undefined && isLibraryOfPython(inData, isWindows)));
    const always = isStdlib
      ? ('a file of the interpreter' as const)
      : /^conda-meta$/i.test(inData?.[0] ?? '')
        ? ('a file of the environment itself' as const)
        : undefined;
    return {
      always,
      isScripts: directory === scripts,
      isData: directory === data,
      isSite: inSite?.length === 0,
      isPip: /^pip$/i.test(inSite?.[0] ?? ''),
    };
  };
  const factsOf = (directory: string) => {
    const found = known.get(directory) ?? look(directory);
    known.set(directory, found);
    return found;
  };
  return {
    concerns(directory) {
      const { always, isScripts, isData, isPip, isSite } = factsOf(directory);
      return always !== undefined || isScripts || isData || isPip || isSite;
    },
    whose(directory, name, project) {
      const { always, isScripts, isData, isPip, isSite } = factsOf(directory);
      if (always !== undefined) return always;
      if ((isScripts || (isData && isWindows)) && isInterpreterName(name)) return 'a file of the interpreter';
      if (isScripts && (isActivationScript(name) || pythonSetup.test(name)))
        return 'a file of the environment itself';
      if (isData && prefixFile.test(name)) return 'a file of the environment itself';
      // A file in the package pip would run with every later `python -m pip`, and could change what is installed.
      return project !== 'pip' && (isPip || (isSite && pipModule.test(name))) ? 'a file of pip' : undefined;
    },
  };
}

/** `parts`: the path below the prefix. */
function isLibraryOfPython(parts: readonly string[], isWindows: boolean): boolean {
  const [first = '', second = '', third = ''] = parts;
  if (isWindows) return /^DLLs$/i.test(first) || (/^Lib$/i.test(first) && !siteDirectory.test(second));
  return /^lib(?:32|64)?$/i.test(first) && libraryOfPython.test(second) && !siteDirectory.test(third);
}
