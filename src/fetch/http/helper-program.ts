import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from './proxy.js';

export interface HelperAnswer {
  /** Exit status; null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
}

/** Runs a program of PATH that knows secrets, without a shell. Undefined where there is none of that name. */
export type HelperProgram = (
  name: string,
  args: readonly string[],
  input?: string,
) => Promise<HelperAnswer | undefined>;

export interface HelperDeps {
  readonly env: Environment;
  /** Of Node: `win32`, `linux`, … */
  readonly platform: string;
}

export function helperPrograms(deps: HelperDeps): HelperProgram {
  return async (name, args, input) => {
    const program = await findProgram(name, deps, canExecute);
    return program === undefined ? undefined : runProgram(program, args, deps.env, input);
  };
}

/** The first program of that name on PATH, as `isExecutable` has it. */
export async function findProgram(
  name: string,
  { env, platform }: HelperDeps,
  isExecutable: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const file = platform === 'win32' ? `${name}.exe` : name;
  for (const directory of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    // P5: an empty or relative entry means the working directory, which is not trusted to hold programs.
    if (!isAbsolute(directory)) continue;
    const path = join(directory, file);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export async function canExecute(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Undefined when it does not start. */
export function runProgram(
  program: string,
  args: readonly string[],
  env: Environment,
  input = '',
): Promise<HelperAnswer | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: ceilings.keyringTime,
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    // It may end without reading.
    child.stdin.on('error', () => undefined).end(input);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > ceilings.headerBlock) child.kill();
      else chunks.push(chunk);
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (status) => resolve({ status, stdout: Buffer.concat(chunks).toString('utf8') }));
  });
}
