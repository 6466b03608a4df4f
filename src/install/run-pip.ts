import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Spawn } from '../files/run-program.js';
import { PeepError, systemReason } from '../text/errors.js';

/** Where signals for peep arrive; `process` is one. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** How an installer is started. */
export interface InstallerRun {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's directory: relative paths in options mean it. */
  readonly cwd: string;
  readonly stdin: 'inherit' | 'ignore';
  /** `stderr` where peep's own stdout carries data; both streams go to a file where its descriptor is given. */
  readonly stdout: 'inherit' | 'stderr' | number;
  /** The file that stderr goes to, where it is another one. */
  readonly stderr?: number | undefined;
  /** A terminal sends Ctrl-C to every process of its foreground group: it is not sent a second time. */
  readonly terminal: boolean;
}

export interface PipRun extends InstallerRun {
  /** The interpreter; `argv` is for it. */
  readonly python: string;
}

export interface PipEnd {
  /** The installer's own; 128+n when signal n killed it. */
  readonly status: number;
  /** The first signal that peep got while it ran. */
  readonly interrupted: NodeJS.Signals | undefined;
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export interface RunDependencies {
  readonly spawn: Spawn;
  readonly signals: SignalSource;
}

/** Runs pip to its end. Throws `PIP_NOT_STARTED` when the interpreter cannot be started. */
export async function runPip({ python, ...run }: PipRun, deps: RunDependencies): Promise<PipEnd> {
  try {
    return await runInstaller(python, run, deps);
  } catch (error) {
    throw new PeepError('PIP_NOT_STARTED', `cannot start '${python}' to run pip: ${systemReason(error)}`, {
      hint: 'Name a working interpreter with --python PATH.',
      cause: error,
    });
  }
}

/** Runs a program to its end: output as it comes, signals forwarded, status passed on. Throws what the system says when it does not start. */
export async function runInstaller(
  program: string,
  run: InstallerRun,
  deps: RunDependencies,
): Promise<PipEnd> {
  let interrupted: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    interrupted ??= signal;
    const fromTerminal = run.terminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!fromTerminal) child?.kill(signal);
  };
  // Listening starts first: a signal between the start of the program and its handling here would end peep alone.
  for (const signal of forwarded) deps.signals.on(signal, onSignal);
  try {
    child = deps.spawn(program, run.argv, {
      cwd: run.cwd,
      env: { ...run.env },
      stdio: [
        run.stdin,
        run.stdout === 'stderr' ? 2 : run.stdout,
        run.stderr ?? (typeof run.stdout === 'number' ? run.stdout : 'inherit'),
      ],
      windowsHide: true,
    });
    return { status: await statusOf(child), interrupted };
  } finally {
    for (const signal of forwarded) deps.signals.removeListener(signal, onSignal);
  }
}

function statusOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
