import { readFile } from 'node:fs/promises';
import type { InstallerRun, PipEnd, RunDependencies } from './run-pip.js';
import type { Staging } from './staging.js';

export interface LogSettings {
  /** Of the files, new in staging. */
  readonly name: string;
  /** From 1 on the installer prints for itself. */
  readonly verbosity: number;
  readonly stdout: 'inherit' | 'stderr';
  /** False: what it wrote to stderr are warnings, which are told in any case. */
  readonly onlyFailures?: boolean;
}

/** What an installer is run with. */
export interface InstallDependencies extends RunDependencies {
  /** Shows what an installer printed. */
  readonly tell: (text: string) => void;
}

/** More is no message. */
const maxShown = 1 << 20;

/**
 * Runs an installer whose words are kept in two files of staging: all of them are told where it fails, else what it wrote to
 * stderr, its warnings.
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
