import type { ChildProcess, StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import type { Spawn } from '../files/run-program.js';
import { PeepError, systemReason } from '../text/errors.js';

/** Receives signals for peep; `process` is one. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  removeListener(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** How to start an installer. */
export interface InstallerRun {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's directory: relative paths in options refer to it. */
  readonly cwd: string;
  readonly stdin: 'inherit' | 'ignore';
  /** `stderr` if peep's own stdout carries data. Both streams go to a file if its descriptor is given. */
  readonly stdout: 'inherit' | 'stderr' | number;
  /** The file for stderr, if it differs from that for stdout. */
  readonly stderr?: number | undefined;
  /**
   * True if the child is in the foreground group of a terminal, which sends Ctrl-C to it directly; peep then does
   * not forward it.
   */
  readonly terminal: boolean;
}

export interface PipRun extends InstallerRun {
  /** The interpreter, which gets `argv`. */
  readonly python: string;
}

export interface PipEnd {
  /** Exit status of the installer; 128+n if signal n killed it. */
  readonly status: number;
  /** The first signal for peep during the run. */
  readonly interrupted: NodeJS.Signals | undefined;
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export interface RunDependencies {
  readonly spawn: Spawn;
  readonly signals: SignalSource;
}

/** Runs pip and waits for its end. Throws `PIP_NOT_STARTED` if the interpreter cannot be started. */
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

/**
 * Runs a program and waits for its end; passes output through, forwards signals and returns the status. Throws
 * system errors if it does not start.
 */
export async function runInstaller(
  program: string,
  run: InstallerRun,
  deps: RunDependencies,
): Promise<PipEnd> {
  return follow(
    () => {
      const child = deps.spawn(program, run.argv, {
        ...{ cwd: run.cwd, env: { ...run.env }, windowsHide: true },
        stdio: stdio(run),
      });
      return { child, status: statusOf(child) };
    },
    run.terminal,
    deps,
  );
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** The result of `statusOf(child)`. */
  readonly status: Promise<number>;
}

/** Forwards signals to a program until it ends. */
export async function follow(
  start: () => RunningProgram,
  terminal: boolean,
  deps: RunDependencies,
): Promise<PipEnd> {
  let interrupted: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    interrupted ??= signal;
    const fromTerminal = terminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!fromTerminal) child?.kill(signal);
  };
  // Listen before the start: otherwise a signal right after it would end only peep.
  for (const signal of forwarded) deps.signals.on(signal, onSignal);
  try {
    const running = start();
    child = running.child;
    return { status: await running.status, interrupted };
  } finally {
    for (const signal of forwarded) deps.signals.removeListener(signal, onSignal);
  }
}

/** The `stdio` option of `spawn` for an installer. */
export function stdio({
  stdin,
  stdout,
  stderr,
}: Pick<InstallerRun, 'stdout' | 'stderr'> & {
  readonly stdin: InstallerRun['stdin'] | 'pipe';
}): StdioOptions {
  return [
    stdin,
    stdout === 'stderr' ? 2 : stdout,
    stderr ?? (typeof stdout === 'number' ? stdout : 'inherit'),
  ];
}

/**
 * The exit status; 128+n if signal n killed the program. Rejects with the system error if the program does not
 * start.
 */
export function statusOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
