import { printable } from '../text/redact.js';
import type { Output } from './output.js';

export interface WaitingOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly output: Pick<Output, 'interrupt'>;
}

const frame = 1000;

/**
 * Shows on the last line of a terminal what another program is doing, and for how long. Returns a function that
 * clears the line.
 */
export function startWaiting(text: string, { write, columns, clock, output }: WaitingOptions): () => void {
  const startedAt = clock();
  let isDrawn = false;
  const erase = (): void => {
    if (isDrawn) write('\r\u001b[K');
    isDrawn = false;
  };
  const draw = (): void => {
    const line = `${printable(text)}… ${Math.floor((clock() - startedAt) / 1000)} s`;
    write(`\r${line.slice(0, Math.max(1, columns() - 1))}\u001b[K`);
    isDrawn = true;
  };
  draw();
  const timer = setInterval(draw, frame);
  timer.unref();
  const before = output.interrupt;
  output.interrupt = erase;
  return () => {
    clearInterval(timer);
    erase();
    output.interrupt = before;
  };
}
