import { setMaxListeners } from 'node:events';

/** What waits for a free transfer, first things first: pages, then archives, the largest first. */
export interface Priority {
  readonly kind: 'page' | 'archive';
  /** Bytes, as advertised. An archive of unknown size may be large: it goes before the known ones. */
  readonly size?: number | undefined;
}

/**
 * All transfers of a run: at most `jobs` at once. The first fatal error aborts everything; `idle` then says when
 * nothing is left.
 */
export interface Schedule {
  readonly signal: AbortSignal;
  /** Runs `task` in its turn. A task must not wait for another that it schedules. Rejects with the reason after an abort. */
  run<T>(priority: Priority, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Like `run`, but two with the same key share one task and its result. */
  once<T>(key: string, priority: Priority, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Forgets what waits, and signals what runs. */
  abort(reason: unknown): void;
  /** Settles when no task runs any more. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly rank: number;
  start(): void;
  refuse(reason: unknown): void;
}

export function createSchedule(jobs: number, outer?: AbortSignal): Schedule {
  const controller = new AbortController();
  const { signal } = controller;
  // One listener a transfer is no leak.
  setMaxListeners(0, signal);
  const waiting: Waiting[] = [];
  const shared = new Map<string, Promise<unknown>>();
  const running = new Set<Promise<unknown>>();
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
    while (running.size < limit) {
      const next = waiting.shift();
      if (next === undefined) return;
      next.start();
    }
  }

  function run<T>(priority: Priority, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise<T>((resolve, reject) => {
      insert(waiting, {
        rank: rankOf(priority),
        refuse: reject,
        start() {
          const work = Promise.resolve()
            .then(() => task(signal))
            .then(resolve, reject)
            .finally(() => {
              running.delete(work);
              fill();
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
    once<T>(key: string, priority: Priority, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const known = shared.get(key) as Promise<T> | undefined;
      if (known !== undefined) return known;
      const result = run(priority, task);
      shared.set(key, result);
      return result;
    },
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
