import { setMaxListeners } from 'node:events';

/**
 * The order of waiting transfers: pages first, then archives, the largest first. But pages leave half of the
 * transfers to waiting archives: pages are small and mostly latency, and archives can use the bandwidth meanwhile.
 */
export interface Priority {
  readonly kind: 'page' | 'archive';
  /** Size in bytes, as advertised. An archive of unknown size may be large, so it starts before those of known size. */
  readonly size?: number | undefined;
}

/**
 * A task calls this when its transfer is over: the next task starts while this one processes its bytes. At most
 * `jobs` tasks may do so at once, so that archives waiting for the disk do not fill the memory.
 */
export type Task<T> = (signal: AbortSignal, transferred: () => void) => Promise<T>;

/**
 * All transfers of a run: at most `jobs` at once. The first fatal error aborts all of them; `idle` then settles
 * when none is left.
 */
export interface Schedule {
  readonly signal: AbortSignal;
  /**
   * Runs `task` when a transfer is free. A task must not wait for another one that it schedules. Rejects with the
   * reason after an abort.
   */
  run<T>(priority: Priority, task: Task<T>): Promise<T>;
  /** Discards waiting tasks, and aborts running ones. */
  abort(reason: unknown): void;
  /** Settles when no task is running. */
  idle(): Promise<void>;
}

/**
 * Archives stay in memory until they are stored. More large ones at once do not arrive sooner, and the memory that
 * they fill takes as long as hashing them: from this many bytes on, only `fewArchives` run at once.
 */
const manyBytes = 48 << 20;
const fewArchives = 3;

interface Waiting {
  readonly kind: Priority['kind'];
  readonly rank: number;
  /** Bytes, 0 if unknown. */
  readonly size: number;
  start(): void;
  refuse(reason: unknown): void;
}

export function createSchedule(jobs: number, outer?: AbortSignal): Schedule {
  const controller = new AbortController();
  const { signal } = controller;
  // One listener per transfer is expected; raise Node's leak warning limit.
  setMaxListeners(0, signal);
  const waiting: Waiting[] = [];
  const running = new Set<Promise<unknown>>();
  const transfers = { page: 0, archive: 0 };
  /** Archives that run, and their bytes. */
  const held = { archives: 0, bytes: 0 };
  const limit = Math.max(1, Math.floor(jobs));

  const abort = (reason: unknown): void => {
    if (signal.aborted) return;
    outer?.removeEventListener('abort', onOuterAbort);
    controller.abort(reason);
    for (const task of waiting.splice(0)) task.refuse(signal.reason);
  };
  const onOuterAbort = () => abort(outer?.reason);
  if (outer?.aborted) abort(outer.reason);
  else outer?.addEventListener('abort', onOuterAbort, { once: true });

  function fill(): void {
    while (transfers.page + transfers.archive < limit && running.size < 2 * limit) {
      const [index, first] = [indexOfNext(), waiting[0]];
      const next = waiting[index];
      if (next === undefined) return;
      // Pages come first in the list, and never wait for archives.
      const chosen = mustWait(next) ? first : next;
      if (chosen === undefined || mustWait(chosen)) return;
      waiting.splice(chosen === first ? 0 : index, 1);
      chosen.start();
    }
  }

  function mustWait({ kind, size }: Waiting): boolean {
    return kind === 'archive' && held.archives >= fewArchives && held.bytes + size > manyBytes;
  }

  function indexOfNext(): number {
    if (transfers.page < limit / 2) return 0;
    return Math.max(
      0,
      waiting.findIndex(({ kind }) => kind === 'archive'),
    );
  }

  function run<T>(priority: Priority, task: Task<T>): Promise<T> {
    const { kind } = priority;
    const size = kind === 'archive' ? (priority.size ?? 0) : 0;
    const hold = (by: 1 | -1): void => {
      if (kind !== 'archive') return;
      held.archives += by;
      held.bytes += by * size;
    };
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise<T>((resolve, reject) => {
      insert(waiting, {
        kind,
        rank: rankOf(priority),
        size,
        refuse: reject,
        start() {
          let transferring = true;
          const transferred = () => {
            if (transferring) transfers[kind] -= 1;
            transferring = false;
            fill();
          };
          transfers[kind] += 1;
          hold(1);
          const work = Promise.resolve()
            .then(() => task(signal, transferred))
            .then(resolve, reject)
            .finally(() => {
              running.delete(work);
              hold(-1);
              transferred();
            });
          running.add(work);
        },
      });
      // Start in the next microtask, so that tasks that are scheduled together are sorted before one starts.
      queueMicrotask(fill);
    });
  }

  return {
    signal,
    run,
    abort,
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

function rankOf({ kind, size }: Priority): number {
  return kind === 'page' ? Number.POSITIVE_INFINITY : (size ?? Number.MAX_SAFE_INTEGER);
}

/** Highest rank first; equal ranks in the order of scheduling. */
function insert(waiting: Waiting[], task: Waiting): void {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waiting[middle] as Waiting).rank >= task.rank) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, task);
}
