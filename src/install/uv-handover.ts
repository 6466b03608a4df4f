import { basename } from 'node:path';
import { parseWheelFilename } from '../packaging/filename.js';
import { lineVersion } from '../packaging/line-version.js';
import { fileUrl } from './file-url.js';
import type { HandOver, StagedArchive } from './handover.js';
import { type RequirementLine, requirementLine, requirementsText } from './requirement-line.js';

export interface UvPlan {
  /** The interpreter to install for. */
  readonly python: string;
  /** Only wheels: uv builds nothing for peep. */
  readonly archives: readonly StagedArchive[];
  /** Directory of the archives that are installed by name. */
  readonly findLinks: string;
  readonly requirementsFile: string;
  /** As returned by `uvArguments`. */
  readonly passThrough: readonly string[];
  readonly reinstall: boolean;
  /** -2 (`-qq`) to 2 (`-vv`). */
  readonly verbosity: number;
  readonly color: boolean;
  /** Private and empty: uv does not verify the contents of its cache again. */
  readonly cacheDir: string;
  /** True if the environment is on the same file system as the cache: files are then linked instead of copied. */
  readonly links: boolean;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The one uv run of an install (P5): only verified wheels, pinned by version and digest; inherits no settings.
 * Pure; the caller writes `requirementsText` to `requirementsFile`.
 */
export function uvHandOver(plan: UvPlan): HandOver {
  return {
    argv: [
      ...['pip', 'install'],
      // P5: arguments are in the order of the promise.
      ...['--no-index', '--no-deps', '--require-hashes', '--no-config', '--offline', '--no-build'],
      ...['--no-progress', '--cache-dir', plan.cacheDir, '--link-mode', plan.links ? 'hardlink' : 'copy'],
      // A pin names its version, so pre-releases are allowed.
      ...['--prerelease', 'allow'],
      ...['--python', plan.python, '--find-links', plan.findLinks],
      ...(plan.reinstall ? ['--reinstall'] : []),
      ...verbosityArguments(plan.verbosity),
      ...(plan.color ? [] : ['--color', 'never']),
      ...plan.passThrough,
      ...['-r', plan.requirementsFile],
    ],
    requirementsText: requirementsText(plan.archives.map((archive) => lineOf(archive, plan.platform))),
    env: uvEnvironment(plan.env),
  };
}

function lineOf(
  { name, specifier, path, sha256 }: StagedArchive,
  platform: NodeJS.Platform,
): RequirementLine {
  // uv looks up digests by the exact version of the file, with its local part: with `==1.0` it would find none for
  // 1.0+cpu.
  const version =
    specifier === undefined ? undefined : lineVersion(parseWheelFilename(basename(path))?.version ?? '');
  return version === undefined
    ? requirementLine({ kind: 'file', name, url: fileUrl(path, platform) }, sha256)
    : requirementLine({ kind: 'version', name, version }, sha256);
}

function verbosityArguments(verbosity: number): string[] {
  if (verbosity === 0) return [];
  return [`-${(verbosity > 0 ? 'v' : 'q').repeat(Math.min(Math.abs(verbosity), 2))}`];
}

/**
 * The environment of the uv that peep starts (P5): without variables that configure uv, or the Python that it
 * probes.
 */
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
