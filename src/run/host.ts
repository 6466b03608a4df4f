import type { Worker } from 'node:worker_threads';
import type { SignalSource } from '../install/run-pip.js';
import type { Output } from '../report/output.js';
import type { RegistryReference } from '../store/oci/reference.js';

/** An output stream for text. */
export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal, or undefined. */
  readonly columns: number | undefined;
}

/** The kinds of threads; src/cli.ts has the code of each. */
export type WorkerRole = 'hash' | 'provenance' | 'second-readers' | 'toml';

/** Everything that peep uses from its process; src/cli.ts creates it. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  readonly home: string;
  /** Bytes of memory that this process may still use, within the limits of its control group. */
  readonly availableMemory: number;
  /** The user's directory for temporary files. */
  readonly temp: string;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Hides user info that was given to peep (P7). The streams already do this; reports in files use it. */
  readonly hide?: (text: string) => string;
  /** True if a standard stream is a terminal, which sends Ctrl-C to every process in the foreground. */
  readonly isTerminal: boolean;
  /** Asks a yes-or-no question on the terminal; undefined if there is no terminal. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
  /** Aborted at the first interrupt; the reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  /** Receives signals for peep. */
  readonly signals: SignalSource;
  /** User of this process; undefined on Windows. */
  readonly uid: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Starts a thread; depends on the form in which peep is distributed. */
  readonly startWorker: (role: WorkerRole) => Worker;
}

/** Global options, resolved from command line and environment (contract section 2). */
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
  /** Memory in bytes for all archives in flight. */
  readonly memoryBudget: number;
}

export interface CommandContext {
  readonly host: Host;
  readonly options: GlobalOptions;
  readonly output: Output;
}
