import { parentPort } from 'node:worker_threads';
import { parseHere } from './toml.js';

/** The thread's code for `threadedToml`: parses one text. */
export function serveToml(): void {
  parentPort?.once('message', (text: string) => {
    void parseHere(text).then((answer) => parentPort?.postMessage(answer));
  });
}
