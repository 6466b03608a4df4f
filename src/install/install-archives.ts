import { basename, join } from 'node:path';
import type { Sha256 } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { LineVersion } from '../packaging/line-version.js';
import type { ProjectName } from '../packaging/types.js';
import { PeepError } from '../text/errors.js';
import type { ChosenPip } from './choose-pip.js';
import { type BuildPlan, handOverArguments, type StagedArchive } from './handover.js';
import { linksPage, type StagedLink } from './links-page.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';
import { type PipEnd, type RunDependencies, runPip } from './run-pip.js';
import { createStaging, type Staging } from './staging.js';

/** A verified archive that is opened when its turn comes: a thousand at once are more than a process may hold. */
export interface ArchiveSource {
  readonly filename: string;
  readonly sha256: Sha256;
  open(): Promise<VerifiedArchive>;
}

/** A verified archive that pip shall install. */
export interface ArchiveToInstall {
  readonly archive: ArchiveSource;
  /** The project's name as pip shall show it, without extras. */
  readonly name: string;
  /** See `nameSpecifier`: `==1.0`, or undefined when pip is to get the file itself. */
  readonly specifier: string | undefined;
  readonly pipOptions: readonly string[];
}

/** A verified archive that builds may use. */
export interface BuildRequirement {
  readonly archive: ArchiveSource;
  readonly project: ProjectName;
  /** Both become a line of the constraints that pip reads. */
  readonly version: LineVersion;
}

export interface InstallRequest {
  readonly pip: ChosenPip;
  /** P6: everything that the run installs, all of it verified. */
  readonly archives: readonly [ArchiveToInstall, ...ArchiveToInstall[]];
  /** Verified archives of `--build-requirements`; empty when nothing is built in isolation. */
  readonly buildRequirements: readonly BuildRequirement[];
  readonly passThrough: readonly string[];
  readonly reinstall: boolean;
  /** -2 to 2. */
  readonly verbosity: number;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Directory for temporary files, and this process's user (undefined on Windows). */
  readonly temp: string;
  readonly uid: number | undefined;
  readonly stdout: 'inherit' | 'stderr';
  readonly terminal: boolean;
}

/** Archives written at once. */
const writers = 8;

/** Archives from which on a page of links is quicker for pip than a directory. */
const pagePaysFrom = 64;

/**
 * Stages the archives, runs pip over them once, and removes the staging directory, whatever happens. Throws the
 * errors of `createStaging` and `runPip`; that pip fails is not an error but a status.
 */
export async function installArchives(request: InstallRequest, deps: RunDependencies): Promise<PipEnd> {
  const staging = await createStaging({ parent: request.temp, uid: request.uid });
  try {
    const archives = await stageArchives(staging, request.archives);
    const builds = request.archives.some(({ archive }) => !archive.filename.endsWith('.whl'));
    const isolated = builds && !request.passThrough.includes('--no-build-isolation');
    const build = isolated ? await stageBuild(staging, request.buildRequirements) : undefined;
    const requirementsFile = join(staging.root, 'requirements.txt');
    const { pip } = request;
    const { argv, env, requirementsText } = handOverArguments({
      ...request,
      pip: pip.version,
      foreignTarget: pip.foreignTarget,
      archives,
      findLinks: await stageFindLinks(staging, archives, pip.version),
      requirementsFile,
      build,
      programs: await stagePrograms(staging, builds),
      cacheDir: await staging.addDirectory('cache'),
    });
    await staging.addText('requirements.txt', requirementsText);
    // P5: in the user's directory, pips on Pythons before 3.10 would read its setup.cfg and put files where it says.
    const cwd = staging.root;
    return await runPip({ ...request, cwd, python: pip.python, argv, env, stdin: 'ignore' }, deps);
  } finally {
    await staging.remove();
  }
}

/** What peep says when pip failed: the archives are not to blame. `built`: were there source archives? */
export function pipFailure(end: PipEnd, built = false): PeepError | undefined {
  if (end.status === 0) return undefined;
  const hint = built
    ? 'If a build needs more than its pyproject.toml lists, pin that in the --build-requirements file as well.'
    : "Run again with -v to see more of pip's output.";
  return new PeepError(
    'PIP_FAILED',
    `pip ended with status ${end.status}after every archive verified; pip's output above shows the error`,
    { hint, facts: { status: end.status } },
  );
}

/** The directory of those archives that are found by name. */
export const byName = 'archives';
const buildDirectory = 'build';

/** Archives that pip finds by name share a directory; the others, whose names may be equal, have one each. */
export async function stageArchives(
  staging: Staging,
  wanted: readonly ArchiveToInstall[],
): Promise<StagedArchive[]> {
  const names = new Set<string>();
  return inParallel(wanted, async ({ archive, ...requirement }, i) => {
    const shared = requirement.specifier !== undefined && !names.has(archive.filename);
    if (shared) names.add(archive.filename);
    const path = await stage(staging, archive, shared ? byName : `direct-${i}`);
    return {
      ...requirement,
      specifier: shared ? requirement.specifier : undefined,
      path,
      sha256: archive.sha256,
    };
  });
}

async function stage(staging: Staging, source: ArchiveSource, directory: string): Promise<string> {
  const archive = await source.open();
  try {
    return await staging.addArchive(archive, directory);
  } finally {
    await archive.release();
  }
}

/**
 * pip 20.1 to 23 scan a directory anew for each requirement, but read a page once: with a thousand archives that
 * halves the time of the run.
 */
async function stageFindLinks(
  staging: Staging,
  archives: readonly StagedArchive[],
  pip: PipVersion,
): Promise<string> {
  const directory = await staging.addDirectory(byName);
  if (archives.length < pagePaysFrom || !pipAtLeast(pip, '20.1') || pipAtLeast(pip, '24.0')) return directory;
  const named = archives.filter(({ specifier }) => specifier !== undefined);
  return staging.addText('archives.html', linksPage(named.map((archive) => linkTo(byName, archive))));
}

/** Programs with which pip fetches a repository that a build asks for; git has a switch of its own. */
const fetchers = ['bzr', 'hg', 'svn'];
/** Programs that pip asks who it runs on, to tell an index; there is none, and each takes a twentieth of a small run. */
const describers = ['lsb_release', 'rustc'];
const refuses = '#!/bin/sh\necho "$0: not for the pip that peep starts" >&2\nexit 1\n';
const saysNothing = '#!/bin/sh\n';

/** A directory of programs that stand in for others. A build may need the real compiler. */
async function stagePrograms(staging: Staging, builds: boolean): Promise<string> {
  const directory = await staging.addDirectory('programs');
  const programs = [
    ...fetchers.map((name) => [name, refuses] as const),
    ...(builds ? [] : describers.map((name) => [name, saysNothing] as const)),
  ];
  await Promise.all(programs.map(([name, text]) => staging.addProgram(name, text, 'programs')));
  return directory;
}

async function stageBuild(staging: Staging, requirements: readonly BuildRequirement[]): Promise<BuildPlan> {
  const links = await inParallel(requirements, async ({ archive }) => {
    const path = await stage(staging, archive, buildDirectory);
    return linkTo(buildDirectory, { path, sha256: archive.sha256 });
  });
  // Build environments get the pinned versions, even where another one is to be installed.
  const constraints = requirements.map(({ project, version }) => `${project}==${version}\n`).join('');
  return {
    linksPage: await staging.addText('build-requirements.html', linksPage(links)),
    constraintsFile: await staging.addText('build-constraints.txt', constraints),
  };
}

function linkTo(directory: string, { path, sha256 }: Pick<StagedArchive, 'path' | 'sha256'>): StagedLink {
  return { relativePath: `${directory}/${basename(path)}`, sha256 };
}

/** All work has ended when this returns or throws: nothing is written any more. */
async function inParallel<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) results[i] = await work(item, i);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(writers, items.length) }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
