import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work in a row. A signal is seen when the next turn begins: within a second on slow machines as well. */
const longest = 20;

/** Shares a thread: long work takes a break between its steps, in which signals and other work get their turn. */
export class Turns {
  #began = performance.now();

  /** To be waited for where there is something to wait for; most steps are short, and get no promise. */
  next(): Promise<void> | undefined {
    if (performance.now() - this.#began < longest) return undefined;
    return setImmediate().then(() => {
      this.#began = performance.now();
    });
  }
}
