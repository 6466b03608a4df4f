import type { Worker } from 'node:worker_threads';
import { parseHere, type TomlAnswer, type TomlParser } from './toml.js';

/** The parts of the program that a thread needs. */
export interface TomlThreads {
  startWorker(role: 'toml'): Worker;
  /** Ends the parsing. */
  readonly signal: AbortSignal;
}

/** Parsing a text of this length takes less time than starting a thread. */
const maxLengthHere = 256 << 10;

/**
 * Parses long texts in a thread of their own: 10 MB take seconds in one stretch, in which this thread would not see
 * a signal. Rejects with the reason of `signal`.
 */
export function threadedToml({ startWorker, signal }: TomlThreads): TomlParser {
  return (text) => {
    if (text.length <= maxLengthHere) return parseHere(text);
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const worker = startWorker('toml');
      const abort = () => end(() => reject(signal.reason));
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', abort);
        settle();
        void worker.terminate();
      };
      signal.addEventListener('abort', abort);
      worker.once('message', (answer: TomlAnswer) => end(() => resolve(answer)));
      worker.once('error', (error) => end(() => reject(error)));
      worker.once('exit', () => end(() => reject(new Error('the thread that parses TOML stopped'))));
      worker.postMessage(text);
    });
  };
}
