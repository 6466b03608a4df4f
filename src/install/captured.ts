import { readFile } from 'node:fs/promises';
import type { InstallerRun, PipEnd, RunDependencies } from './run-pip.js';
import type { Staging } from './staging.js';

export interface LogSettings {
  /** Names of the output files in staging. */
  readonly name: string;
  /** From verbosity 1 on, the installer prints directly. */
  readonly verbosity: number;
  readonly stdout: 'inherit' | 'stderr';
  /** True if stderr is shown only after a failure; otherwise it is always shown, because it has the warnings. */
  readonly onlyFailures?: boolean;
}

/** What an installer run uses of its surroundings. */
export interface InstallDependencies extends RunDependencies {
  /** Shows output of the installer. */
  readonly tell: (text: string) => void;
}

/** Maximum bytes to show. */
const maxShown = 1 << 20;

/** The output of one run of an installer, in two files of staging. */
export interface RunLog {
  readonly streams: Pick<InstallerRun, 'stdout' | 'stderr'>;
  /** Closes peep's descriptors; the installer has its own. */
  close(): Promise<void>;
  /** Shows the whole output if the installer failed, otherwise only stderr, which has the warnings. */
  tell(end: PipEnd): Promise<void>;
}

export async function openRunLog(
  staging: Staging,
  { name, verbosity, stdout, onlyFailures = false }: LogSettings,
  { tell }: Pick<InstallDependencies, 'tell'>,
): Promise<RunLog> {
  if (verbosity > 0)
    return { streams: { stdout }, close: async () => undefined, tell: async () => undefined };
  const [out, err] = [await staging.openLog(name), await staging.openLog(`${name}-warnings`)];
  return {
    streams: { stdout: out.descriptor, stderr: err.descriptor },
    async close() {
      await Promise.all([out.close(), err.close()]);
    },
    async tell({ status, interrupted }) {
      if (interrupted !== undefined) return;
      for (const { path } of status !== 0 ? [out, err] : onlyFailures ? [] : [err]) {
        const text = await readFile(path, 'utf8');
        if (text.trim() !== '') tell(text.slice(-maxShown));
      }
    },
  };
}

/** Runs an installer with a new log, and closes the log afterwards. */
export async function runWithLog(
  staging: Staging,
  settings: LogSettings,
  deps: Pick<InstallDependencies, 'tell'>,
  start: (streams: RunLog['streams']) => Promise<PipEnd>,
): Promise<PipEnd> {
  const log = await openRunLog(staging, settings, deps);
  try {
    const end = await start(log.streams);
    await log.tell(end);
    return end;
  } finally {
    await log.close();
  }
}
