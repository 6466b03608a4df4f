import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from './proxy.js';

/** Asks for the password of `username` at `service` (a URL or host). Undefined when there is none. */
export type Keyring = (service: string, username: string) => Promise<string | undefined>;

export interface KeyringDeps {
  readonly env: Environment;
  /** Of Node: `win32`, `linux`, … */
  readonly platform: string;
  /** Runs a program without a shell and returns what it printed; undefined when it failed. */
  readonly run?: (program: string, args: readonly string[], env: Environment) => Promise<string | undefined>;
  readonly isExecutable?: (path: string) => Promise<boolean>;
}

/** The `keyring` command on PATH, as pip's `subprocess` provider calls it. Where there is none, nothing is known. */
export function commandKeyring(deps: KeyringDeps): Keyring {
  const { run = runProgram, isExecutable = canExecute } = deps;
  let program: Promise<string | undefined> | undefined;
  return async (service, username) => {
    // A service that begins with a dash would be read as an option.
    if (service.startsWith('-') || username.startsWith('-')) return undefined;
    program ??= findKeyring(deps.env, deps.platform, isExecutable);
    const found = await program;
    if (found === undefined) return undefined;
    const output = await run(found, ['get', service, username], { ...deps.env, PYTHONIOENCODING: 'utf-8' });
    const password = output?.replace(/\r?\n$/, '');
    return password === '' ? undefined : password;
  };
}

async function findKeyring(
  env: Environment,
  platform: string,
  isExecutable: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const names = platform === 'win32' ? ['keyring.exe'] : ['keyring'];
  for (const directory of (env.PATH ?? env.Path ?? '').split(delimiter)) {
    // P5: an empty or relative entry means the working directory, which is not trusted to hold programs.
    if (!isAbsolute(directory)) continue;
    for (const name of names) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

async function canExecute(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function runProgram(program: string, args: readonly string[], env: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: ceilings.keyringTime,
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > ceilings.headerBlock) child.kill();
      else chunks.push(chunk);
    });
    child.once('error', () => resolve(undefined));
    child.once('close', (status) =>
      resolve(status === 0 ? Buffer.concat(chunks).toString('utf8') : undefined),
    );
  });
}
