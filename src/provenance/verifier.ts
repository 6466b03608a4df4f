import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { threadLimits } from './limits.js';
import type { AttestedArchive } from './statement.js';
import type { ProvenanceVerdict } from './verify.js';
import type { ProvenanceStart, ProvenanceTask, RootFacts } from './worker.js';

/** Verifies provenance in a thread of its own, beside the downloads and within limits of time and memory. */
export interface ProvenanceVerifier {
  verify(bytes: Uint8Array, archive: AttestedArchive): Promise<ProvenanceVerdict>;
  /** Ends the thread. What is still asked for is refused. */
  close(): Promise<void>;
}

export interface VerifierOptions {
  /** Starts a thread that runs `serveProvenanceTasks`, with a heap within `threadLimits`. */
  readonly startThread: () => Worker;
  /** A trusted_root.json in place of the one that is built in; `readRoot` took it before. */
  readonly root: Uint8Array | undefined;
  readonly milliseconds?: number;
  /** Told once, when the first thread is there. */
  readonly onRoot?: (facts: RootFacts) => void;
}

/** No thread is started before the first task: a run without a recorded publisher pays nothing. */
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
    return { status: 'refused', reason: 'too-slow', message: 'it takes more time or memory than it may' };
  };
  return {
    // One after the other: the limit of time is for one file, not for those that wait before it.
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

/** Undefined when the thread took too long or ended: out of memory, or a fault of its own. */
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
