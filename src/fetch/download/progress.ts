import type { PeepError } from '../../text/errors.js';

/** Events of one transfer, for the progress display; sizes in bytes. */
export type TransferEvent =
  /** `size` as announced; undefined if unknown. */
  | { readonly kind: 'started'; readonly filename: string; readonly size: number | undefined }
  /** Bytes of the archive so far, from its start. */
  | { readonly kind: 'bytes'; readonly received: number }
  /** A broken transfer resumes at `received`. */
  | { readonly kind: 'resumed'; readonly received: number }
  /** A broken transfer starts again. */
  | { readonly kind: 'restarted' }
  /** `delay`: milliseconds until attempt number `attempt` (from 1) of `retries`. */
  | {
      readonly kind: 'retry';
      readonly attempt: number;
      readonly retries: number;
      readonly delay: number;
      readonly error: PeepError;
    }
  | { readonly kind: 'done'; readonly size: number };

export type OnProgress = (event: TransferEvent) => void;

/** Shows transfers in progress. `end` removes one from the display, whether it succeeded or not. */
export interface ProgressListener {
  /** The indexes are asked about a project. Call the result once they answered, or failed. */
  question(project: string): () => void;
  transfer(filename: string): { readonly onEvent: OnProgress; readonly end: () => void };
}
