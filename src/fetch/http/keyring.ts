import type { Environment } from '../../config/environment.js';
import { isObject } from '../../text/objects.js';
import { findProgram, type HelperDeps, runHelper } from './helper-program.js';

/** Asks for the password of `username` at `service` (a URL or host). Undefined if there is none. */
export type Keyring = (service: string, username: string) => Promise<string | undefined>;

/** Asks for user and password at `service`, if no URL names a user. */
export type KeyringLogin = (
  service: string,
) => Promise<{ readonly username: string; readonly password: string } | undefined>;

export interface KeyringDeps extends HelperDeps {
  /** Runs a program without a shell and returns its output; undefined if it failed. */
  readonly run?: (program: string, args: readonly string[], env: Environment) => Promise<string | undefined>;
  readonly isExecutable?: (path: string) => Promise<boolean>;
}

/**
 * The `keyring` command on PATH, called as by pip's `subprocess` provider. Without that command there are no
 * passwords.
 */
export function commandKeyring(deps: KeyringDeps): Keyring {
  const { run = outputOf, isExecutable } = deps;
  let program: Promise<string | undefined> | undefined;
  return async (service, username) => {
    // The command would read a service that begins with a dash as an option.
    if (service.startsWith('-') || username.startsWith('-')) return undefined;
    program ??= findProgram('keyring', deps, isExecutable);
    const found = await program;
    if (found === undefined) return undefined;
    const output = await run(found, ['get', service, username], { ...deps.env, PYTHONIOENCODING: 'utf-8' });
    const password = output?.replace(/\r?\n$/, '');
    return password === '' ? undefined : password;
  };
}

/**
 * Asks the `keyring` command for user and password, with the arguments that pip uses. Undefined if the installed
 * keyring is too old to return a user.
 */
export function commandKeyringLogin(deps: KeyringDeps): KeyringLogin {
  const { run = outputOf, isExecutable } = deps;
  let program: Promise<string | undefined> | undefined;
  return async (service) => {
    if (service.startsWith('-')) return undefined;
    program ??= findProgram('keyring', deps, isExecutable);
    const found = await program;
    if (found === undefined) return undefined;
    const args = ['--mode=creds', '--output=json', 'get', service];
    const output = await run(found, args, { ...deps.env, PYTHONIOENCODING: 'utf-8' });
    return output === undefined ? undefined : loginIn(output);
  };
}

function loginIn(output: string): { readonly username: string; readonly password: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { username, password } = value;
  if (typeof username !== 'string' || typeof password !== 'string' || password === '') return undefined;
  return { username, password };
}

async function outputOf(
  program: string,
  args: readonly string[],
  env: Environment,
): Promise<string | undefined> {
  const answer = await runHelper(program, args, env);
  return answer?.status === 0 ? answer.stdout : undefined;
}
