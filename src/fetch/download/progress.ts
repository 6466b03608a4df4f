import type { PeepError } from '../../text/errors.js';

/** What happens to one transfer, for those who show it; sizes in bytes. */
export type TransferEvent =
  /** `size` as announced; undefined when nobody said. */
  | { readonly kind: 'started'; readonly filename: string; readonly size: number | undefined }
  /** Bytes of the archive so far, from its beginning. */
  | { readonly kind: 'bytes'; readonly received: number }
  /** A broken transfer goes on at `received`. */
  | { readonly kind: 'resumed'; readonly received: number }
  /** A broken transfer begins again. */
  | { readonly kind: 'restarted' }
  /** `delay` in milliseconds until attempt number `attempt` (from 1) of `retries`. */
  | {
      readonly kind: 'retry';
      readonly attempt: number;
      readonly retries: number;
      readonly delay: number;
      readonly error: PeepError;
    }
  | { readonly kind: 'done'; readonly size: number };

export type OnProgress = (event: TransferEvent) => void;

/** Shows transfers as they go. `end` takes one off the screen, however it ended. */
export interface ProgressListener {
  transfer(filename: string): { readonly onEvent: OnProgress; readonly end: () => void };
}
