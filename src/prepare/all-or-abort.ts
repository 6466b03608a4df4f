import { takeBreak } from '../text/turns.js';

/** Maximum number of tasks that start in one turn of the event loop. */
const startsPerTurn = 32;

/**
 * Maximum number of running tasks. All tasks that wait for one page continue in the same turn of the event loop, so
 * the limit keeps turns short, and limits memory. It is far above the number of transfers, so no transfer waits for
 * a task.
 */
const maxRunning = 512;

/**
 * The results of `run` for all items, in order. If a task fails, no other starts, and `abort` is called to stop the
 * running ones; the error is thrown after all tasks have ended.
 */
export async function allOrAbort<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
  abort: (reason: unknown) => void,
): Promise<R[]> {
  const results: R[] = [];
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let onEnd = (): void => undefined;
  const fail = (error: unknown): void => {
    if (failure !== undefined) return;
    failure = { error };
    abort(error);
  };
  for (const [i, item] of items.entries()) {
    if (i % startsPerTurn === startsPerTurn - 1) await takeBreak().catch(fail);
    if (running.size >= maxRunning) {
      await new Promise<void>((resolve) => {
        onEnd = resolve;
      });
    }
    if (failure !== undefined) break;
    const task = run(item).then((result) => {
      results[i] = result;
    }, fail);
    running.add(task);
    void task.then(() => {
      running.delete(task);
      onEnd();
    });
  }
  await Promise.all(running);
  if (failure !== undefined) throw (failure as { readonly error: unknown }).error;
  return results;
}
