import { parentPort } from 'node:worker_threads';
import { isPeepError } from '../text/errors.js';
import type { Sha256 } from './digest.js';
import { hashFile } from './hash-file.js';

/** Request and response of a hashing thread. */
export interface HashTask {
  readonly hash: string;
}
export type HashAnswer =
  | { readonly hex: Sha256 }
  | { readonly message: string; readonly hint: string | undefined };

/** The thread's code for `peep hash` with many files: hashes each requested file until the thread is terminated. */
export function serveHashTasks(): void {
  parentPort?.on('message', (task: HashTask) => {
    hashFile(task.hash).then(
      (computed) => parentPort?.postMessage({ hex: computed.sha256.hex } satisfies HashAnswer),
      (error: unknown) => {
        if (!isPeepError(error)) throw error;
        parentPort?.postMessage({ message: error.message, hint: error.hint } satisfies HashAnswer);
      },
    );
  });
}
