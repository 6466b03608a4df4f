import type { Worker } from 'node:worker_threads';
import { PeepError } from '../text/errors.js';
import type { Sha256 } from './digest.js';
import { hashFile } from './hash-file.js';
import type { HashAnswer, HashTask } from './worker.js';

/** Hashes local files, on all cores if there is enough data. */
export interface HashPool {
  /** `size` in bytes, if known: the largest file is hashed first. Throws `FILE_UNREADABLE`. */
  hash(path: string, size: number): Promise<Sha256>;
  close(): Promise<void>;
}

interface Job {
  readonly path: string;
  readonly size: number;
  readonly resolve: (sha256: Sha256) => void;
  readonly reject: (error: unknown) => void;
}

/** Below this size, starting threads costs more than it saves. */
const threadsPayFrom = 48 << 20;

export function createHashPool(
  startWorker: () => Worker,
  threads: number,
  /** When aborted, pending requests reject at once, while threads may still hash a file. */
  signal?: AbortSignal,
): HashPool {
  const unanswered = new Set<(reason: unknown) => void>();
  signal?.addEventListener('abort', () => {
    for (const reject of unanswered) reject(signal.reason);
  });
  const queue: Job[] = [];
  const workers: Worker[] = [];
  let running = 0;
  /** Total size of all requested files. */
  let bytes = 0;
  let isScheduled = false;

  /** Requests of one turn of the event loop are processed together. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      queue.sort((a, b) => b.size - a.size);
      const inThreads = threads > 1 && bytes >= threadsPayFrom && running + queue.length > 1;
      const lanes = Math.min(inThreads ? threads : 1, running + queue.length);
      for (let lane = running; lane < lanes; lane += 1) void work(inThreads ? nextWorker() : undefined);
    });
  }

  function nextWorker(): Worker {
    const worker = startWorker();
    workers.push(worker);
    return worker;
  }

  async function work(worker: Worker | undefined): Promise<void> {
    running += 1;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const { path, resolve, reject } = job;
      await (worker === undefined ? hashHere(path) : ask(worker, { hash: path })).then(resolve, reject);
    }
    running -= 1;
    await worker?.terminate();
  }

  return {
    hash: (path, size) =>
      new Promise((resolve, reject) => {
        bytes += size;
        unanswered.add(reject);
        const answered =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            unanswered.delete(reject);
            settle(value);
          };
        queue.push({ path, size, resolve: answered(resolve), reject: answered(reject) });
        schedule();
      }),
    async close() {
      queue.length = 0;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function hashHere(path: string): Promise<Sha256> {
  return (await hashFile(path)).sha256.hex;
}

function ask(worker: Worker, task: HashTask): Promise<Sha256> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a hashing thread stopped before it answered'));
    worker.once('error', reject);
    worker.once('exit', onExit);
    worker.once('message', (answer: HashAnswer) => {
      worker.removeListener('error', reject);
      worker.removeListener('exit', onExit);
      if ('hex' in answer) resolve(answer.hex);
      else reject(new PeepError('FILE_UNREADABLE', answer.message, { hint: answer.hint }));
    });
    worker.postMessage(task);
  });
}
