import { parentPort } from 'node:worker_threads';
import { isPeepError } from '../text/errors.js';
import { hashFile } from './hash-file.js';

/** What a hashing thread is asked, and what it answers. */
export interface HashTask {
  readonly hash: string;
}
export type HashAnswer =
  | { readonly hex: string }
  | { readonly message: string; readonly hint: string | undefined };

/** The other side of `peep hash` on many files: hashes what it is asked until it is ended. */
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
