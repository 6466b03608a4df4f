import { startWaiting } from '../report/waiting.js';
import type { CommandContext } from './host.js';

/**
 * Runs `work` (another program) and shows on a terminal that it is running; with `-v` the program prints its own
 * output.
 */
export async function whileWaiting<T>(
  text: string,
  { host, options, output }: CommandContext,
  work: () => Promise<T>,
): Promise<T> {
  if (!options.progressBar || options.verbosity > 0) return work();
  const stop = startWaiting(text, {
    write: (line) => host.stderr.write(line),
    columns: () => host.stderr.columns ?? 80,
    clock: () => performance.now(),
    output,
  });
  try {
    return await work();
  } finally {
    stop();
  }
}
