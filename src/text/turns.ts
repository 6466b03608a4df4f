import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work in a row. A signal is seen when the next turn begins: within a second on slow machines as well. */
const longest = 20;

let ending: AbortSignal | undefined;

/** From now on, a break throws the reason of `signal` once it is aborted: seeing a signal is not yet ending the work. */
export function endWorkOn(signal: AbortSignal): void {
  ending = signal;
}

/** Shares a thread: long work takes a break between its steps, in which signals and other work get their turn. */
export class Turns {
  #began = performance.now();

  /** To be waited for where there is something to wait for; most steps are short, and get no promise. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#began < longest) return undefined;
    return takeBreak().then(() => {
      this.#began = performance.now();
    });
  }
}

/** Gives other work its turn. Throws the reason of `endWorkOn` after an interrupt. */
export async function takeBreak(): Promise<void> {
  await setImmediate();
  throwIfEnding();
}

/** For work that waits for something else often enough. Throws like `takeBreak`. */
export function throwIfEnding(): void {
  ending?.throwIfAborted();
}
