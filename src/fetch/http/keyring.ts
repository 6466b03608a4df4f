import type { Environment } from '../../config/environment.js';
import { findProgram, type HelperDeps, runHelper } from './helper-program.js';

/** Asks for the password of `username` at `service` (a URL or host). Undefined when there is none. */
export type Keyring = (service: string, username: string) => Promise<string | undefined>;

export interface KeyringDeps extends HelperDeps {
  /** Runs a program without a shell and returns what it printed; undefined when it failed. */
  readonly run?: (program: string, args: readonly string[], env: Environment) => Promise<string | undefined>;
  readonly isExecutable?: (path: string) => Promise<boolean>;
}

/** The `keyring` command on PATH, as pip's `subprocess` provider calls it. Where there is none, nothing is known. */
export function commandKeyring(deps: KeyringDeps): Keyring {
  const { run = outputOf, isExecutable } = deps;
  let program: Promise<string | undefined> | undefined;
  return async (service, username) => {
    // A service that begins with a dash would be read as an option.
    if (service.startsWith('-') || username.startsWith('-')) return undefined;
    program ??= findProgram('keyring', deps, isExecutable);
    const found = await program;
    if (found === undefined) return undefined;
    const output = await run(found, ['get', service, username], { ...deps.env, PYTHONIOENCODING: 'utf-8' });
    const password = output?.replace(/\r?\n$/, '');
    return password === '' ? undefined : password;
  };
}

async function outputOf(
  program: string,
  args: readonly string[],
  env: Environment,
): Promise<string | undefined> {
  const answer = await runHelper(program, args, env);
  return answer?.status === 0 ? answer.stdout : undefined;
}
