import { takeBreak } from '../text/turns.js';

/** Tasks that start in one turn of the event loop. */
const startsPerTurn = 32;

/**
 * Tasks at once. Tasks that wait for the same page go on in one turn, so this limits how long a turn takes, and the
 * memory of a file with very many pins. Far more than there are transfers, so that none of those waits.
 */
const maxRunning = 512;

/**
 * The results of `run` for all items, in order. If one fails, no other starts, and `abort` stops those that run; the
 * error is thrown after all have ended, so that no task is still running.
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
