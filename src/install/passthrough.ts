import type { Spawn } from '../files/run-program.js';
import { pipCommand } from './pip-environment.js';
import { type PipEnd, runPip, type SignalSource } from './run-pip.js';

export interface PassThrough {
  readonly python: string;
  /** All of pip's arguments, unchanged. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: boolean;
}

/**
 * `peep ANYTHING ELSE`: runs pip with the user's own arguments, environment and streams, like `python -m pip`,
 * except that nothing is imported from the working directory (P5).
 */
export function passThroughToPip(
  { argv, ...rest }: PassThrough,
  deps: { spawn: Spawn; signals: SignalSource },
): Promise<PipEnd> {
  return runPip({ ...rest, argv: pipCommand(argv), stdin: 'inherit', stdout: 'inherit' }, deps);
}
