import { setMaxListeners } from 'node:events';

/**
 * What waits for a free transfer, first things first: pages, then archives, the largest first. But pages leave half of the
 * transfers to archives that wait: they are small, and where each takes its time, bytes come in meanwhile.
 */
export interface Priority {
  readonly kind: 'page' | 'archive';
  /** Bytes, as advertised. An archive of unknown size may be large: it goes before the known ones. */
  readonly size?: number | undefined;
}

/**
 * A task may say that its transfer is over: the next one begins while it goes on with what it got. As many may do so as
 * transfers may run, so that what waits for the disk does not fill the memory.
 */
export type Task<T> = (signal: AbortSignal, transferred: () => void) => Promise<T>;

/**
 * All transfers of a run: at most `jobs` at once. The first fatal error aborts everything; `idle` then says when
 * nothing is left.
 */
export interface Schedule {
  readonly signal: AbortSignal;
  /** Runs `task` in its turn. A task must not wait for another that it schedules. Rejects with the reason after an abort. */
  run<T>(priority: Priority, task: Task<T>): Promise<T>;
  /** Forgets what waits, and signals what runs. */
  abort(reason: unknown): void;
  /** Settles when no task runs any more. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly kind: Priority['kind'];
  readonly rank: number;
  start(): void;
  refuse(reason: unknown): void;
}

export function createSchedule(jobs: number, outer?: AbortSignal): Schedule {
  const controller = new AbortController();
  const { signal } = controller;
  // One listener a transfer is not a leak.
  setMaxListeners(0, signal);
  const waiting: Waiting[] = [];
  const running = new Set<Promise<unknown>>();
  const transfers = { page: 0, archive: 0 };
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
      const next = waiting.splice(indexOfNext(), 1)[0];
      if (next === undefined) return;
      next.start();
    }
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
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise<T>((resolve, reject) => {
      insert(waiting, {
        kind,
        rank: rankOf(priority),
        refuse: reject,
        start() {
          let transferring = true;
          const transferred = () => {
            if (transferring) transfers[kind] -= 1;
            transferring = false;
            fill();
          };
          transfers[kind] += 1;
          const work = Promise.resolve()
            .then(() => task(signal, transferred))
            .then(resolve, reject)
            .finally(() => {
              running.delete(work);
              transferred();
            });
          running.add(work);
        },
      });
      // Those that are asked for in the same turn are compared before the first one starts.
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

/** Highest rank first; among equals, in the order of asking. */
function insert(waiting: Waiting[], task: Waiting): void {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((waiting[middle] as Waiting).rank >= task.rank) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, task);
}
