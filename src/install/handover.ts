import type { Sha256 } from '../hash/digest.js';
import type { ProjectName } from '../packaging/types.js';
import { fileUrl } from './file-url.js';
import type { NameSpecifier } from './name-specifier.js';
import { pipCommand, pipEnvironment } from './pip-environment.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';

/** One verified archive as it lies in staging, and what the requirement says of it. */
export interface StagedArchive {
  /** Absolute. */
  readonly path: string;
  readonly sha256: Sha256;
  /** Without extras: those are pins of their own. */
  readonly name: ProjectName;
  /**
   * `==1.0` or `===2004d`. Undefined where the file name is not a standard one: pip then gets the file itself.
   */
  readonly specifier: NameSpecifier | undefined;
}

export interface HandOverPlan {
  readonly pip: PipVersion;
  /** Set when the pip is another environment's and installs into this interpreter (`pip --python`). */
  readonly foreignTarget: string | undefined;
  readonly archives: readonly StagedArchive[];
  /** Directory of the archives that are installed by name. */
  readonly findLinks: string;
  /** Where `requirementsText` will lie. */
  readonly requirementsFile: string;
  /** Options of pip's that the user gave, as `splitInstallArguments` hands them out. */
  readonly passThrough: readonly string[];
  /** Install what is handed over even where that version is there already. */
  readonly reinstall: boolean;
  /** A directory of programs that are found before those of PATH. */
  readonly programs: string;
  /** -2 (`-qq`) to 2 (`-vv`). */
  readonly verbosity: number;
  readonly color: boolean;
  /** Private and empty: pip neither finds nor leaves anything in the user's cache. */
  readonly cacheDir: string;
  readonly platform: NodeJS.Platform;
  /** What peep itself was started with. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HandOver {
  /** Arguments of the interpreter. */
  readonly argv: readonly string[];
  /** ASCII only. */
  readonly requirementsText: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The one pip run of an install (P5): verified files alone, named by version and digest, nothing inherited.
 * Pure; the caller writes `requirementsText` to `requirementsFile`.
 */
export function handOverArguments(plan: HandOverPlan): HandOver {
  return {
    argv: pipCommand([
      // pip takes `--python` before the command only.
      ...(plan.foreignTarget === undefined ? [] : ['--python', plan.foreignTarget]),
      'install',
      // P5: arguments are in the order in which the promise lists them.
      ...['--no-index', '--no-deps', '--require-hashes', '--isolated'],
      ...['--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '--cache-dir', plan.cacheDir],
      // A pin names its version: pre-releases are as good as any other, for build requirements too.
      '--pre',
      ...['--find-links', plan.findLinks],
      ...(plan.reinstall ? ['--force-reinstall'] : []),
      ...verbosityArguments(plan.verbosity),
      ...(plan.color ? [] : ['--no-color']),
      ...quietAboutRoot(plan),
      ...plan.passThrough,
      ...['-r', plan.requirementsFile],
    ]),
    requirementsText: plan.archives.map((archive) => `${requirementLine(archive, plan)}\n`).join(''),
    env: pipEnvironment(plan.env, {
      platform: plan.platform,
      cacheDir: plan.cacheDir,
      pip: plan.pip,
      programs: plan.programs,
      builds: false,
    }),
  };
}

/** One line of the requirements file that pip gets. */
function requirementLine(archive: StagedArchive, plan: HandOverPlan): string {
  const { name, specifier, sha256 } = archive;
  const what = specifier === undefined ? fileRequirement(name, archive.path, plan) : `${name}${specifier}`;
  return `${what} --hash=sha256:${sha256}`;
}

/** PEP 508's `name @ URL`; pip before 20 rejects a file URL there and reads the name from the fragment. */
export function fileRequirement(
  name: ProjectName,
  path: string,
  { pip, platform }: Pick<HandOverPlan, 'pip' | 'platform'>,
): string {
  const url = fileUrl(path, platform);
  return pipAtLeast(pip, '20.0') ? `${name} @ ${url}` : `${url}#egg=${name}`;
}

/** peep says itself where it installs to. */
function quietAboutRoot({ pip, passThrough }: Pick<HandOverPlan, 'pip' | 'passThrough'>): string[] {
  const isChosen = passThrough.some((option) => option.startsWith('--root-user-action'));
  return isChosen || !pipAtLeast(pip, '22.1') ? [] : ['--root-user-action=ignore'];
}

export function verbosityArguments(verbosity: number): string[] {
  if (verbosity === 0) return [];
  return [`-${(verbosity > 0 ? 'v' : 'q').repeat(Math.min(Math.abs(verbosity), 3))}`];
}
