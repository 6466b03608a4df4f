import type { Spawn } from '../files/run-program.js';
import { pipCommand } from './pip-environment.js';
import { type PipEnd, runPip, type SignalSource } from './run-pip.js';

export interface PassThrough {
  readonly python: string;
  /** All of pip's arguments, untouched. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: boolean;
}

/**
 * `peep ANYTHING ELSE`: pip with the user's own arguments, environment and streams, as `python -m pip` would
 * run it, but for the working directory, which nothing is imported from (P5).
 */
export function passThroughToPip(
  { argv, ...rest }: PassThrough,
  deps: { spawn: Spawn; signals: SignalSource },
): Promise<PipEnd> {
  return runPip({ ...rest, argv: pipCommand(argv), stdin: 'inherit', stdout: 'inherit' }, deps);
}
