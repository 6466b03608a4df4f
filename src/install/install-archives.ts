import { basename, join } from 'node:path';
import type { Sha256 } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { LineOption } from '../packaging/line-option.js';
import type { ProjectName } from '../packaging/types.js';
import { PeepError } from '../text/errors.js';
import { optionUse } from './build/wheel-command.js';
import { type InstallDependencies, openRunLog, type RunLog } from './captured.js';
import type { ChosenPip } from './choose-pip.js';
import { handOverArguments, handOverEnvironment, type StagedArchive } from './handover.js';
import { linksPage, type StagedLink } from './links-page.js';
import type { NameSpecifier } from './name-specifier.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';
import { type PipEnd, runPip } from './run-pip.js';
import { createStaging, type Staging } from './staging.js';
import { startWaitingPip, type WaitingPip } from './waiting-pip.js';

/** A verified archive that is opened when it is staged: a process cannot keep a thousand open. */
export interface ArchiveSource {
  readonly filename: string;
  readonly sha256: Sha256;
  open(): Promise<VerifiedArchive>;
}

/** A wheel for pip to install. */
export interface ArchiveToInstall {
  readonly archive: ArchiveSource;
  readonly name: ProjectName;
  /** `==1.0`; undefined if pip gets the path of the file. */
  readonly specifier: NameSpecifier | undefined;
}

/** How to run pip. */
export interface InstallSettings {
  readonly pip: ChosenPip;
  /** pip's options from the user. */
  readonly passThrough: readonly LineOption[];
  /** -2 to 2. */
  readonly verbosity: number;
  readonly color: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Directory for temporary files, and the user of this process (undefined on Windows). */
  readonly temp: string;
  readonly uid: number | undefined;
  readonly stdout: 'inherit' | 'stderr';
  readonly terminal: boolean;
}

export interface InstallRequest extends InstallSettings {
  /** P6: all archives that the run installs: wheels that verified, or that were built from verified files. */
  readonly archives: readonly [ArchiveToInstall, ...ArchiveToInstall[]];
  readonly reinstall: boolean;
}

/** Maximum number of archives that are written at the same time. */
const writers = 8;

/** From this number of archives, pip is faster with a page of links than with a directory. */
const pagePaysFrom = 64;

/**
 * The staging directory and the log of a pip run, opened before the archives are known. `waiting` is a pip that
 * already imports itself.
 */
export interface PipStart {
  readonly staging: Staging;
  readonly programs: string;
  readonly cacheDir: string;
  readonly log: RunLog;
  readonly waiting: WaitingPip | undefined;
  /** Ends the waiting pip and removes the staging directory. Safe to call twice. */
  close(): Promise<void>;
}

/** Starts a pip that imports itself and then waits for its arguments: the imports take as long as a small install. */
export function startPip(settings: InstallSettings, deps: InstallDependencies): Promise<PipStart> {
  return openPipStart(settings, deps, settings.pip.foreignTarget === undefined);
}

async function openPipStart(
  settings: InstallSettings,
  deps: InstallDependencies,
  waits: boolean,
): Promise<PipStart> {
  const staging = await createStaging({ parent: settings.temp, uid: settings.uid });
  try {
    const programs = await stagePrograms(staging, [...fetchers, ...describers]);
    const cacheDir = await staging.addDirectory('cache');
    const log = await openRunLog(staging, { ...settings, name: 'log' }, deps);
    const { pip } = settings;
    const env = handOverEnvironment({ ...settings, pip: pip.version, programs, cacheDir });
    const start = { ...log.streams, python: pip.python, env, cwd: staging.root };
    const waiting = waits ? startWaitingPip(start, deps) : undefined;
    const close = async () => {
      await waiting?.dismiss();
      await log.close();
      await staging.remove();
    };
    return { staging, programs, cacheDir, log, waiting, close };
  } catch (error) {
    await staging.remove();
    throw error;
  }
}

/**
 * Stages the archives, runs pip once with them, and always removes the staging directory. `start`: the result of
 * `startPip`, if it was called. Throws the errors of `createStaging` and `runPip`; a failure of pip is returned as
 * its status.
 */
export async function installArchives(
  request: InstallRequest,
  deps: InstallDependencies,
  start?: PipStart,
): Promise<PipEnd> {
  const { pip } = request;
  const { staging, programs, cacheDir, log, waiting, close } =
    start ?? (await openPipStart(request, deps, false));
  try {
    const archives = await stageArchives(staging, request.archives);
    const requirementsFile = join(staging.root, 'requirements.txt');
    const { pipArguments, argv, env, requirementsText } = handOverArguments({
      ...request,
      pip: pip.version,
      foreignTarget: pip.foreignTarget,
      archives,
      findLinks: await stageFindLinks(staging, archives, pip.version),
      requirementsFile,
      passThrough: request.passThrough.filter((option) => optionUse(option) !== 'build'),
      ...{ programs, cacheDir },
    });
    await staging.addText('requirements.txt', requirementsText);
    // P5: not the user's directory: on Pythons before 3.10, pip would read its setup.cfg and install to the paths
    // in it.
    const cwd = staging.root;
    const run = { ...request, ...log.streams, cwd, python: pip.python, argv, env, stdin: 'ignore' } as const;
    const end = await (waiting?.run(pipArguments, request) ?? runPip(run, deps));
    await log.tell(end);
    return end;
  } finally {
    await close();
  }
}

/** The message for a failed pip: the archives are not the cause. `built`: the source archive that pip was building. */
export function pipFailure(end: PipEnd, built?: string): PeepError | undefined {
  if (end.status === 0) return undefined;
  const said = "after every archive verified; pip's output above shows the error";
  return new PeepError(
    'PIP_FAILED',
    built === undefined
      ? `pip ended with status ${end.status} ${said}`
      : `pip could not build ${built} (status ${end.status}) ${said}`,
    {
      hint:
        built === undefined
          ? "Run again with -v to see more of pip's output."
          : "Nothing was installed. Run again with -v to see more of pip's output, or pin a wheel instead.",
      facts: { status: end.status },
    },
  );
}

/** The directory of the archives that pip finds by name. */
export const byName = 'archives';

/** Archives that pip finds by name share a directory; others, whose names may be equal, get one each. */
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

/** Writes an archive into a staging directory. Returns its absolute path. */
export async function stage(staging: Staging, source: ArchiveSource, directory: string): Promise<string> {
  const archive = await source.open();
  try {
    return await staging.addArchive(archive, directory);
  } finally {
    await archive.release();
  }
}

/**
 * pip 20.1 to 23 scan a directory again for each requirement, but read a page once: with a thousand archives that
 * halves the run time.
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

/** A program that replaces another one on PATH. */
interface StandIn {
  readonly name: string;
  readonly text: string;
}

const refuses = '#!/bin/sh\necho "$0: not for the pip that peep starts" >&2\nexit 1\n';
const saysNothing = '#!/bin/sh\n';
/** Programs with which pip fetches a repository if a build asks for one; git has its own switch. */
export const fetchers: readonly StandIn[] = ['bzr', 'hg', 'svn'].map((name) => ({ name, text: refuses }));
/**
 * Programs that pip runs to describe the machine to an index. No index is used, and each program takes a twentieth
 * of a small run.
 */
const describers: readonly StandIn[] = ['lsb_release', 'rustc'].map((name) => ({ name, text: saysNothing }));

/** Writes a directory of replacement programs. A build may need the real compiler, so that is not replaced. */
export async function stagePrograms(staging: Staging, programs: readonly StandIn[]): Promise<string> {
  const directory = await staging.addDirectory('programs');
  await Promise.all(programs.map(({ name, text }) => staging.addProgram(name, text, 'programs')));
  return directory;
}

function linkTo(directory: string, { path, sha256 }: Pick<StagedArchive, 'path' | 'sha256'>): StagedLink {
  return { relativePath: `${directory}/${basename(path)}`, sha256 };
}

/** Waits for all tasks before it returns or throws, so that none writes files afterwards. */
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
