import type { Worker } from 'node:worker_threads';
import type { SignalSource } from '../install/run-pip.js';
import type { Output } from '../report/output.js';
import type { RegistryReference } from '../store/oci/reference.js';

/** A stream that peep writes text to. */
export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal, or undefined. */
  readonly columns: number | undefined;
}

/** What a thread of peep does; src/cli.ts has the code of each. */
export type WorkerRole = 'hash' | 'provenance' | 'second-readers';

/** All that reaches peep from the process it runs in; src/cli.ts makes it. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  readonly home: string;
  /** Bytes that this process may still take, limits of its control group included. */
  readonly availableMemory: number;
  /** Directory for temporary files of this user. */
  readonly temp: string;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** What the streams do already, for reports in files: hides user info that was given to peep (P7). */
  readonly hide?: (text: string) => string;
  /** Is any of the standard streams a terminal, which sends Ctrl-C to every process in front of it? */
  readonly isTerminal: boolean;
  /** Asks a question on the terminal, to be answered with y or n; undefined where there is none to ask on. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
  /** Aborted at the first interrupt; the reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  /** Where signals for peep arrive. */
  readonly signals: SignalSource;
  /** Of this process; undefined on Windows. */
  readonly uid: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Starts a thread of peep, for each form in which it is distributed. */
  readonly startWorker: (role: WorkerRole) => Worker;
}

/** Options that every command knows, resolved from command line and environment (contract section 2). */
export interface GlobalOptions {
  readonly python: string | undefined;
  readonly cacheDir: string;
  readonly offline: boolean;
  /** `--store`, in order. */
  readonly stores: readonly RegistryReference[];
  /** -2 (`-qq`) to 2 (`-vv`). */
  readonly verbosity: number;
  readonly color: boolean;
  readonly progressBar: boolean;
  /** Transfers at once. */
  readonly jobs: number;
  /** Bytes that all archives in flight share. */
  readonly memoryBudget: number;
}

export interface CommandContext {
  readonly host: Host;
  readonly options: GlobalOptions;
  readonly output: Output;
}
