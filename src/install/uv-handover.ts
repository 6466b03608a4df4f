import { basename } from 'node:path';
import { parseWheelFilename } from '../packaging/filename.js';
import { fileUrl } from './file-url.js';
import type { HandOver, StagedArchive } from './handover.js';

export interface UvPlan {
  /** The interpreter to install for. */
  readonly python: string;
  /** Wheels alone: uv builds nothing for peep. */
  readonly archives: readonly StagedArchive[];
  /** Directory of the archives that are installed by name. */
  readonly findLinks: string;
  readonly requirementsFile: string;
  /** As `uvArguments` hands them out. */
  readonly passThrough: readonly string[];
  readonly reinstall: boolean;
  /** -2 (`-qq`) to 2 (`-vv`). */
  readonly verbosity: number;
  readonly color: boolean;
  /** Private and empty: uv never proves again what its cache holds. */
  readonly cacheDir: string;
  /** Is the environment on the file system of the cache? Then files are linked into it in place of a second copy. */
  readonly links: boolean;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The one uv run of an install (P5): verified wheels alone, named by version and digest, nothing inherited. Pure; the caller writes
 * `requirementsText` to `requirementsFile`.
 */
export function uvHandOver(plan: UvPlan): HandOver {
  return {
    argv: [
      ...['pip', 'install'],
      // P5: arguments are in the order in which the promise lists them.
      ...['--no-index', '--no-deps', '--require-hashes', '--no-config', '--offline', '--no-build'],
      ...['--no-progress', '--cache-dir', plan.cacheDir, '--link-mode', plan.links ? 'hardlink' : 'copy'],
      // A pin names its version: pre-releases are as good as any other.
      ...['--prerelease', 'allow'],
      ...['--python', plan.python, '--find-links', plan.findLinks],
      ...(plan.reinstall ? ['--reinstall'] : []),
      ...verbosityArguments(plan.verbosity),
      ...(plan.color ? [] : ['--color', 'never']),
      ...plan.passThrough,
      ...['-r', plan.requirementsFile],
    ],
    requirementsText: plan.archives.map((archive) => `${requirementLine(archive, plan.platform)}\n`).join(''),
    env: uvEnvironment(plan.env),
  };
}

function requirementLine(
  { name, specifier, path, sha256 }: StagedArchive,
  platform: NodeJS.Platform,
): string {
  // uv looks for the digests of the very version that the file has, local part included: `==1.0` would have none for 1.0+cpu.
  const version = specifier === undefined ? undefined : parseWheelFilename(basename(path))?.version;
  const what = version === undefined ? `${name} @ ${fileUrl(path, platform)}` : `${name}==${version}`;
  return `${what} --hash=sha256:${sha256}`;
}

function verbosityArguments(verbosity: number): string[] {
  if (verbosity === 0) return [];
  return [`-${(verbosity > 0 ? 'v' : 'q').repeat(Math.min(Math.abs(verbosity), 2))}`];
}

/** The environment of the uv that peep starts (P5): without what steers uv, or the Python that it asks what it is. */
export function uvEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !/^(?:UV_|_?PYTHON|__PYVENV_LAUNCHER__$)/i.test(name)) env[name] = value;
  }
  env.UV_PYTHON_DOWNLOADS = 'never';
  return env;
}
