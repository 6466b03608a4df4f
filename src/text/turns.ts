import { setImmediate } from 'node:timers/promises';

/**
 * Maximum time of work without a pause, in milliseconds. Signals are handled in pauses: even on slow machines
 * within a second.
 */
const longest = 20;

let ending: AbortSignal | undefined;

/**
 * From now on, each pause throws the reason of `signal` once it is aborted. Otherwise work would continue after a
 * signal.
 */
export function endWorkOn(signal: AbortSignal): void {
  ending = signal;
}

/** Pauses long work between its steps, so that signals are handled and other work runs. */
export class Turns {
  #began = performance.now();

  /** A promise to wait for if a pause is due; undefined after most steps, which are short. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#began < longest) return undefined;
    return takeBreak().then(() => {
      this.#began = performance.now();
    });
  }
}

/** `items.map` with pauses. */
export async function mapInTurns<T, R>(
  items: readonly T[],
  map: (item: T, index: number) => R,
): Promise<R[]> {
  const results: R[] = [];
  const turns = new Turns();
  for (const [i, item] of items.entries()) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    results.push(map(item, i));
  }
  return results;
}

/** Pauses, so that other work runs. Throws the reason of the signal of `endWorkOn` if it is aborted. */
export async function takeBreak(): Promise<void> {
  await setImmediate();
  throwIfEnding();
}

/** Throws like `takeBreak`, without a pause: for work that waits for other things often enough. */
export function throwIfEnding(): void {
  ending?.throwIfAborted();
}
