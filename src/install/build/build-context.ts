import { type InstallDependencies, runWithLog } from '../captured.js';
import { fetchers, type InstallSettings, stage, stagePrograms } from '../install-archives.js';
import { pipEnvironment } from '../pip-environment.js';
import { type PipEnd, runPip } from '../run-pip.js';
import { createStaging, type Staging } from '../staging.js';
import type { BuildSource } from './types.js';

export interface BuilderDependencies extends InstallDependencies {
  /** Throws if peep was interrupted. */
  readonly throwIfInterrupted: () => void;
}

/** The inputs of every step of a build: the staging directory of all builds, and the environment of their pip. */
export interface BuildContext {
  readonly settings: InstallSettings;
  readonly deps: BuilderDependencies;
  readonly staging: Staging;
  readonly cacheDir: string;
  readonly programs: string;
  readonly env: Readonly<Record<string, string>>;
  /** A new name for a file or directory in staging; `what` is its first part. */
  readonly nextName: (what: string) => string;
  /** Writes a source archive into staging, once per archive. */
  readonly stageSource: (source: BuildSource) => Promise<string>;
}

/** Throws the errors of `createStaging`. */
export async function openBuildContext(
  settings: InstallSettings,
  deps: BuilderDependencies,
): Promise<BuildContext> {
  const { pip, platform } = settings;
  const staging = await createStaging({ parent: settings.temp, uid: settings.uid });
  const cacheDir = await staging.addDirectory('cache');
  const programs = await stagePrograms(staging, fetchers);
  const env = pipEnvironment(settings.env, { platform, cacheDir, pip: pip.version, programs, builds: true });
  const sources = new Map<string, Promise<string>>();
  let count = 0;
  const nextName = (what: string): string => `${what}-${++count}`;
  return {
    ...{ settings, deps, staging, cacheDir, programs, env, nextName },
    stageSource: ({ archive }) =>
      once(sources, archive.sha256, () => stage(staging, archive, nextName('source'))),
  };
}

/** Runs pip with `argv` and additional environment variables; shows its output if it fails. */
export async function runBuildPip(
  { settings, deps, staging, env, nextName }: BuildContext,
  argv: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<PipEnd> {
  const log = { ...settings, name: nextName('log'), onlyFailures: true };
  const end = await runWithLog(staging, log, deps, (streams) =>
    runPip(
      {
        ...settings,
        ...streams,
        ...{ python: settings.pip.python, argv, env: { ...env, ...more } },
        // P5: the same arguments as for the install.
        ...{ cwd: staging.root, stdin: 'ignore' },
      },
      deps,
    ),
  );
  if (end.interrupted !== undefined) deps.throwIfInterrupted();
  return end;
}

/** The value of `key`, made once by `make`. */
export function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
