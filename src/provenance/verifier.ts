import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { threadLimits } from './limits.js';
import type { AttestedArchive } from './statement.js';
import type { ProvenanceVerdict } from './verify.js';
import type { ProvenanceStart, ProvenanceTask, RootFacts } from './worker.js';

/** Verifies provenance in its own thread, in parallel with downloads and within limits of time and memory. */
export interface ProvenanceVerifier {
  verify(bytes: Uint8Array, archive: AttestedArchive): Promise<ProvenanceVerdict>;
  /** Ends the thread. Pending requests are refused. */
  close(): Promise<void>;
}

export interface VerifierOptions {
  /** Starts a thread that runs `serveProvenanceTasks`, with its heap limited by `threadLimits`. */
  readonly startThread: () => Worker;
  /** The text of a trusted_root.json to use instead of the built-in one; `readRoot` has accepted it. */
  readonly root: Uint8Array | undefined;
  readonly milliseconds?: number;
  /** Called once, when the first thread is ready. */
  readonly onRoot?: (facts: RootFacts) => void;
}

/** No thread starts before the first task, so a run without recorded publishers has no cost. */
export function startVerifier({
  startThread,
  root,
  milliseconds,
  onRoot,
}: VerifierOptions): ProvenanceVerifier {
  let worker: Promise<Worker> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const start = async (): Promise<Worker> => {
    const started = startThread();
    started.postMessage({ root } satisfies ProvenanceStart);
    const [facts] = (await once(started, 'message')) as [RootFacts];
    onRoot?.(facts);
    return started;
  };
  const ask = async (task: ProvenanceTask): Promise<ProvenanceVerdict> => {
    worker ??= start();
    const asked = await worker;
    const verdict = await answer(asked, task, milliseconds ?? threadLimits.milliseconds);
    if (verdict !== undefined) return verdict;
    worker = undefined;
    await asked.terminate();
    return {
      status: 'refused',
      reason: 'too-slow',
      message: 'verification exceeds its time or memory limit',
    };
  };
  return {
    // One task after the other: the time limit is for one file, without the time that it waits for others.
    verify: (bytes, archive) => {
      const verdict = last.then(() => ask({ bytes, archive }));
      last = verdict.catch(() => undefined);
      return verdict;
    },
    close: async () => {
      const open = worker;
      worker = undefined;
      await (await open?.catch(() => undefined))?.terminate();
    },
  };
}

/** Undefined if the thread took too long or ended: out of memory, or an internal error. */
function answer(
  worker: Worker,
  task: ProvenanceTask,
  milliseconds: number,
): Promise<ProvenanceVerdict | undefined> {
  return new Promise((resolve) => {
    const finish = (verdict: ProvenanceVerdict | undefined) => {
      clearTimeout(timer);
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      resolve(verdict);
    };
    const timer = setTimeout(finish, milliseconds, undefined);
    worker.once('message', finish);
    worker.once('error', () => finish(undefined));
    worker.once('exit', () => finish(undefined));
    worker.postMessage(task);
  });
}
