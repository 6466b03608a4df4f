import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import { isPeepError, PeepError, systemReason } from '../text/errors.js';
import { type InstallDependencies, runWithLog } from './captured.js';
import { type ArchiveToInstall, byName, type InstallRequest, stageArchives } from './install-archives.js';
import { type PipEnd, runInstaller } from './run-pip.js';
import { createStaging, type Staging } from './staging.js';
import type { Uv } from './uv.js';
import { uvHandOver } from './uv-handover.js';

type Shared = 'passThrough' | 'reinstall' | 'verbosity' | 'color' | 'env' | 'platform' | 'temp' | 'uid';

export interface UvInstallRequest extends Pick<InstallRequest, Shared | 'stdout' | 'terminal'> {
  readonly uv: Uv;
  /** The interpreter to install for. */
  readonly python: string;
  /** The directory of the store for temporary files. */
  readonly storeTemp: string;
  /** P6: all wheels that the run installs; every one is verified. */
  readonly wheels: readonly [ArchiveToInstall, ...ArchiveToInstall[]];
}

/**
 * Stages the wheels, runs uv once, and always removes the staging directory with uv's cache in it. Throws the
 * errors of `createStaging`, and `UV_BROKEN` if uv does not start; a failure of uv is returned as its status.
 */
export async function installWithUv(request: UvInstallRequest, deps: InstallDependencies): Promise<PipEnd> {
  const staging = await openStaging(request);
  try {
    const archives = await stageArchives(staging, request.wheels);
    const requirementsFile = join(staging.root, 'requirements.txt');
    const { argv, env, requirementsText } = uvHandOver({
      ...request,
      ...{ archives, requirementsFile },
      findLinks: await staging.addDirectory(byName),
      cacheDir: await staging.addDirectory('cache'),
      links: await isOneFileSystem(staging.root, destination(request)),
    });
    await staging.addText('requirements.txt', requirementsText);
    const { uv, stdout, terminal, verbosity } = request;
    // P5: not the user's directory, so no pyproject.toml and no .python-version apply.
    const run = { argv, env, cwd: staging.root, stdin: 'ignore', terminal } as const;
    // uv prints both progress and warnings to stderr.
    return await runWithLog(
      staging,
      { name: 'log', verbosity, stdout, onlyFailures: true },
      deps,
      (streams) =>
        runInstaller(uv.path, { ...run, ...streams }, deps).catch((error: unknown) => {
          throw uvBroken(uv, error);
        }),
    );
  } finally {
    await staging.remove();
  }
}

export function uvBroken({ path }: Uv, cause: unknown): PeepError {
  return new PeepError('UV_BROKEN', `cannot start '${path}': ${systemReason(cause)}`, {
    hint: 'Put a working uv first on PATH, or leave out --installer and PEEP_INSTALLER.',
    cause,
  });
}

/**
 * Below the store, which is mostly on the same disk as the environments, so that uv can link files from its cache.
 * If other users could change that directory, the directory for temporary files is used.
 */
async function openStaging({ storeTemp, temp, uid }: UvInstallRequest): Promise<Staging> {
  try {
    makeDirectory(storeTemp, 0o700);
    return await createStaging({ parent: storeTemp, uid });
  } catch (error) {
    if (!isPeepError(error, 'STAGING_UNSAFE')) throw error;
    return createStaging({ parent: temp, uid });
  }
}

function destination({ passThrough, python }: UvInstallRequest): string {
  const elsewhere = passThrough.find((option) => /^--(?:target|prefix)=/.test(option));
  return elsewhere?.slice(elsewhere.indexOf('=') + 1) ?? dirname(python);
}

/** `wanted` may not exist yet. */
async function isOneFileSystem(root: string, wanted: string): Promise<boolean> {
  const own = await stat(root).catch(() => undefined);
  for (let path = wanted; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) return found.dev === own?.dev;
    if (dirname(path) === path) return false;
  }
}

/** The message for a failed uv: the archives are not the cause. */
export function uvFailure({ status }: PipEnd): PeepError | undefined {
  if (status === 0) return undefined;
  return new PeepError(
    'UV_FAILED',
    `uv ended with status ${status} after every archive verified; uv's output above shows the error`,
    { hint: "Run again with -v to see more of uv's output, or install with pip.", facts: { status } },
  );
}
