#!/usr/bin/env node
import { homedir, tmpdir, userInfo } from 'node:os';
import { getAsset, isSea } from 'node:sea';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Interrupted, main } from './cli/main.js';
import { threadLimits } from './provenance/limits.js';
import type { Host, TextSink, WorkerRole } from './run/host.js';
import { endWorkOn } from './text/turns.js';

const roles: Readonly<Record<WorkerRole, () => Promise<void>>> = {
  hash: async () => (await import('./hash/worker.js')).serveHashTasks(),
  'second-readers': async () => (await import('./archive/second/worker.js')).serveSecondReaders(),
  toml: async () => (await import('./requirements/lock/toml-worker.js')).serveToml(),
  provenance: async () => (await import('./provenance/worker.js')).serveProvenanceTasks(),
};

if (isMainThread) void run();
else void roles[workerData as WorkerRole]();

async function run(): Promise<void> {
  let isDone = false;
  // Node exits when its event loop is empty: a stuck run must not exit with status 0.
  process.on('exit', () => {
    if (isDone || process.exitCode !== undefined) return;
    process.stderr.write('error: internal error; peep stopped. Please report this with the command line.\n');
    process.exitCode = 3;
  });
  const interruption = new AbortController();
  endWorkOn(interruption.signal);
  let interrupts = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      interrupts += 1;
      // A third interrupt exits without cleaning up; a second one may come from npm.
      if (interrupts > 2) process.kill(process.pid, 'SIGKILL');
      interruption.abort(new Interrupted(name));
    });
  }
  // Not an error: the reader closed the pipe (`peep hash … | head -1`).
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      // Exit with an error when stdout is redirected to a full disk: the output is incomplete.
      if (stream === process.stdout) process.stderr.write(`error: cannot write to stdout: ${error.code}\n`);
      process.exit(1);
    });
  }
  const cwd = workingDirectory();
  if (cwd === undefined) {
    process.stderr.write(
      'error: the working directory no longer exists\nhint: Change to an existing directory and run the command again.\n',
    );
    process.exitCode = 1;
    return;
  }
  const host: Host = {
    env: process.env,
    cwd,
    platform: process.platform,
    nodeVersion: process.version,
    // Treat an empty HOME as unset: the store must not move into the working directory.
    home: homedir() || userInfo().homedir,
    availableMemory: process.availableMemory(),
    temp: tmpdir(),
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    isTerminal:
      process.stdin.isTTY === true || process.stdout.isTTY === true || process.stderr.isTTY === true,
    ask: process.stdin.isTTY === true && process.stderr.isTTY === true ? ask : undefined,
    signal: interruption.signal,
    signals: process,
    uid: process.getuid?.(),
    now: Date.now,
    startWorker,
  };
  process.exitCode = await main(process.argv.slice(2), host);
  isDone = true;
}

/** Starts the program again, from its own file or from the single binary. */
function startWorker(role: WorkerRole): Worker {
  const options = {
    workerData: role,
    // Limits the memory of a thread: it reads files from an index, which may be hostile.
    ...(role === 'provenance' && { resourceLimits: { maxOldGenerationSizeMb: threadLimits.heapMegabytes } }),
  };
  return isSea()
    ? new Worker(getAsset('program', 'utf8'), { eval: true, ...options })
    : new Worker(new URL(import.meta.url), options);
}

async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^\s*y(?:es)?\s*$/i.test(await terminal.question(`${question} [y/N] `));
  } finally {
    terminal.close();
  }
}

/** Undefined when the working directory was removed: relative paths then have no meaning. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

function sink(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
    },
  };
}
