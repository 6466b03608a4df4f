import type { Worker } from 'node:worker_threads';
import { parseHere, type TomlAnswer, type TomlParser } from './toml.js';

/** Starts threads of the program. */
export interface TomlThreads {
  startWorker(role: 'toml'): Worker;
  /** Aborted to stop the parsing. */
  readonly signal: AbortSignal;
}

/** Maximum length of a text that is parsed in this thread: parsing it takes less time than starting another one. */
const maxLengthHere = 256 << 10;

/**
 * Parses long texts in another thread. 10 MB take seconds, and this thread would handle no signal meanwhile.
 * Rejects with the reason of `signal`.
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
