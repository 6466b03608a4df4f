import type { Sha256 } from '../hash/digest.js';
import type { ProjectName } from '../packaging/types.js';
import { fileUrl } from './file-url.js';
import type { NameSpecifier } from './name-specifier.js';
import { pipCommand, pipEnvironment } from './pip-environment.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';
import {
  type LineSubject,
  type RequirementLine,
  requirementLine,
  requirementsText,
} from './requirement-line.js';

/** A verified archive in staging, and the options of its requirement. */
export interface StagedArchive {
  /** Absolute. */
  readonly path: string;
  readonly sha256: Sha256;
  /** Without extras: each extra is a requirement of its own. */
  readonly name: ProjectName;
  /** `==1.0` or `===2004d`. Undefined if the file name is not a standard one: pip then gets the path of the file. */
  readonly specifier: NameSpecifier | undefined;
}

export interface HandOverPlan {
  readonly pip: PipVersion;
  /** Set if pip runs in another environment and installs into this interpreter (`pip --python`). */
  readonly foreignTarget: string | undefined;
  readonly archives: readonly StagedArchive[];
  /** Directory of the archives that are installed by name. */
  readonly findLinks: string;
  /** Path of the file with `requirementsText`. */
  readonly requirementsFile: string;
  /** pip's options from the user, as returned by `splitInstallArguments`. */
  readonly passThrough: readonly string[];
  /** Install the archives even if the same version is already installed. */
  readonly reinstall: boolean;
  /** A directory of programs that takes precedence over PATH. */
  readonly programs: string;
  /** -2 (`-qq`) to 2 (`-vv`). */
  readonly verbosity: number;
  readonly color: boolean;
  /** Private and empty: pip neither reads nor writes the user's cache. */
  readonly cacheDir: string;
  readonly platform: NodeJS.Platform;
  /** The environment of peep itself. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HandOver {
  /** Arguments of the program; for pip, the arguments of the interpreter. */
  readonly argv: readonly string[];
  /** ASCII only. */
  readonly requirementsText: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface PipHandOver extends HandOver {
  /** pip's own arguments, which end `argv`. */
  readonly pipArguments: readonly string[];
}

/**
 * The one pip run of an install (P5): only verified files, pinned by version and digest; inherits no settings.
 * Pure; the caller writes `requirementsText` to `requirementsFile`.
 */
export function handOverArguments(plan: HandOverPlan): PipHandOver {
  const pipArguments = [
    // pip accepts `--python` only before the command.
    ...(plan.foreignTarget === undefined ? [] : ['--python', plan.foreignTarget]),
    'install',
    // P5: arguments are in the order of the promise.
    ...['--no-index', '--no-deps', '--require-hashes', '--isolated'],
    ...['--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '--cache-dir', plan.cacheDir],
    // A pin names its version, so pre-releases are allowed, for build requirements too.
    '--pre',
    ...['--find-links', plan.findLinks],
    ...(plan.reinstall ? ['--force-reinstall'] : []),
    ...verbosityArguments(plan.verbosity),
    ...(plan.color ? [] : ['--no-color']),
    ...quietAboutRoot(plan),
    ...plan.passThrough,
    ...['-r', plan.requirementsFile],
  ];
  return {
    pipArguments,
    argv: pipCommand(pipArguments),
    requirementsText: requirementsText(plan.archives.map((archive) => lineOf(archive, plan))),
    env: handOverEnvironment(plan),
  };
}

/** The environment variables of the pip run. */
export function handOverEnvironment({
  env,
  ...settings
}: Pick<HandOverPlan, 'env' | 'platform' | 'cacheDir' | 'pip' | 'programs'>): Record<string, string> {
  const { platform, cacheDir, pip, programs } = settings;
  return pipEnvironment(env, { platform, cacheDir, pip, programs, builds: false });
}

function lineOf({ name, specifier, path, sha256 }: StagedArchive, plan: HandOverPlan): RequirementLine {
  const subject =
    specifier === undefined
      ? fileSubject(name, path, plan)
      : ({ kind: 'specifier', name, specifier } as const);
  return requirementLine(subject, sha256);
}

/** PEP 508's `name @ URL`; pip before 20 rejects a file URL there and reads the name from the fragment. */
export function fileSubject(
  name: ProjectName,
  path: string,
  { pip, platform }: Pick<HandOverPlan, 'pip' | 'platform'>,
): LineSubject {
  const url = fileUrl(path, platform);
  return { kind: pipAtLeast(pip, '20.0') ? 'file' : 'egg', name, url };
}

/** Silences pip's warning about a run as root, unless the user gave `--root-user-action`. */
function quietAboutRoot({ pip, passThrough }: Pick<HandOverPlan, 'pip' | 'passThrough'>): string[] {
  const isChosen = passThrough.some((option) => option.startsWith('--root-user-action'));
  return isChosen || !pipAtLeast(pip, '22.1') ? [] : ['--root-user-action=ignore'];
}

export function verbosityArguments(verbosity: number): string[] {
  if (verbosity === 0) return [];
  return [`-${(verbosity > 0 ? 'v' : 'q').repeat(Math.min(Math.abs(verbosity), 3))}`];
}
