import { spawn } from 'node:child_process';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from '../../config/environment.js';
import { programsOnPath } from '../../files/programs-on-path.js';
import { runProgram } from '../../files/run-program.js';

export interface HelperAnswer {
  /** Exit status; null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
}

/** Runs a credential helper from PATH, without a shell. Undefined if there is no such program. */
export type HelperProgram = (
  name: string,
  args: readonly string[],
  input?: string,
) => Promise<HelperAnswer | undefined>;

export interface HelperDeps {
  readonly env: Environment;
  /** Platform name of Node: `win32`, `linux`, … */
  readonly platform: string;
}

export function helperPrograms(deps: HelperDeps): HelperProgram {
  return async (name, args, input) => {
    const program = await findProgram(name, deps);
    return program === undefined ? undefined : runHelper(program, args, deps.env, input);
  };
}

/** The first program of that name on PATH; `isProgram` decides what a program is. */
export async function findProgram(
  name: string,
  { env, platform }: HelperDeps,
  isProgram?: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for await (const path of programsOnPath(name, { env, platform, isProgram })) return path;
  return undefined;
}

/** Undefined if it does not start. */
export async function runHelper(
  program: string,
  argv: readonly string[],
  env: Environment,
  input = '',
): Promise<HelperAnswer | undefined> {
  const end = await runProgram(
    {
      ...{ program, argv, env, input, cwd: undefined, signal: undefined },
      ...{ timeout: ceilings.keyringTime, maxOutput: ceilings.headerBlock },
    },
    spawn,
  );
  if (end.kind === 'failed') return undefined;
  return end.kind === 'ended' ? { status: end.status, stdout: end.stdout } : { status: null, stdout: '' };
}
