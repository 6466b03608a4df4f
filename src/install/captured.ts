import { readFile } from 'node:fs/promises';
import type { InstallerRun, PipEnd, RunDependencies } from './run-pip.js';
import type { Staging } from './staging.js';

export interface LogSettings {
  /** Names of the output files in staging. */
  readonly name: string;
  /** From this verbosity on, the installer prints directly. */
  readonly verbosity: number;
  readonly stdout: 'inherit' | 'stderr';
  /** False if its stderr contains only warnings, which are always shown. */
  readonly onlyFailures?: boolean;
}

/** The settings of an installer run. */
export interface InstallDependencies extends RunDependencies {
  /** Shows output of the installer. */
  readonly tell: (text: string) => void;
}

/** Maximum bytes to show. */
const maxShown = 1 << 20;

/**
 * Runs an installer with its output in two files of staging. Shows all of it if the installer fails, otherwise only
 * stderr, which has the warnings.
 */
export async function runWithLog(
  staging: Staging,
  { name, verbosity, stdout, onlyFailures = false }: LogSettings,
  { tell }: Pick<InstallDependencies, 'tell'>,
  start: (streams: Pick<InstallerRun, 'stdout' | 'stderr'>) => Promise<PipEnd>,
): Promise<PipEnd> {
  if (verbosity > 0) return start({ stdout });
  const [out, err] = [await staging.openLog(name), await staging.openLog(`${name}-warnings`)];
  let end: PipEnd;
  try {
    end = await start({ stdout: out.descriptor, stderr: err.descriptor });
  } finally {
    await Promise.all([out.close(), err.close()]);
  }
  if (end.interrupted !== undefined) return end;
  const shown = end.status !== 0 ? [out, err] : onlyFailures ? [] : [err];
  for (const { path } of shown) {
    const text = await readFile(path, 'utf8');
    if (text.trim() !== '') tell(text.slice(-maxShown));
  }
  return end;
}
