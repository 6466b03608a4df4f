import { join } from 'node:path';
import type { Environment } from '../../config/environment.js';
import { type HelperProgram, helperPrograms } from '../../fetch/http/helper-program.js';
import { readRegular } from '../../files/regular-file.js';
import { PeepError, systemCode } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { helperLogin, type Login, type LoginPlace, loginPlaces } from './docker-config.js';
import type { RegistryReference } from './reference.js';

/** Undefined: the registry is asked without a login. Throws `REGISTRY_LOGIN`. */
export type FindLogin = (reference: RegistryReference) => Promise<Login | undefined>;

export interface FindLoginDeps {
  readonly env: Environment;
  /** Undefined if there is no home directory. */
  readonly home: string | undefined;
  /** Platform name of Node: `win32`, `linux`, … */
  readonly platform: string;
  readonly readText?: (path: string) => Promise<string>;
  readonly helper?: HelperProgram;
}

/** Maximum size of a login file in bytes. */
const longestConfig = 1 << 20;

/**
 * The login that `docker login`, `podman login` or `oras login` stored for a registry: in `REGISTRY_AUTH_FILE`,
 * docker's config.json (in `DOCKER_CONFIG`, else ~/.docker), or podman's auth.json. The first file with a login
 * counts.
 */
export function dockerLogins(deps: FindLoginDeps): FindLogin {
  const { readText = readConfig, helper = helperPrograms(deps) } = deps;
  return async ({ host, repository }) => {
    for (const path of configFiles(deps)) {
      const text = await readIfThere(path, readText);
      if (text === undefined) continue;
      for (const place of understood(path, () => loginPlaces(text, host, repository))) {
        const login = place.kind === 'login' ? place.login : await fromHelper(place, path, helper);
        if (login !== undefined) return login;
      }
    }
    return undefined;
  };
}

function configFiles({ env, home }: FindLoginDeps): string[] {
  const named = (name: string) => (env[name] === '' ? undefined : env[name]);
  const inHome = (...parts: string[]) => (home === undefined ? undefined : join(home, ...parts));
  const docker = named('DOCKER_CONFIG') ?? inHome('.docker');
  const runtime = named('XDG_RUNTIME_DIR');
  const files = [
    named('REGISTRY_AUTH_FILE'),
    docker && join(docker, 'config.json'),
    runtime && join(runtime, 'containers', 'auth.json'),
    inHome('.config', 'containers', 'auth.json'),
  ];
  return files.flatMap((file) => file ?? []);
}

async function fromHelper(
  { program, server }: Extract<LoginPlace, { readonly kind: 'helper' }>,
  path: string,
  helper: HelperProgram,
): Promise<Login | undefined> {
  const output = await helper(program, ['get'], server);
  if (output === undefined) {
    throw loginError(`'${path}' names '${program}', which is not on PATH`, {
      hint: 'Install that credential helper, or log in again without it.',
    });
  }
  if (output.status !== 0) {
    // The output of docker's helpers if they have no login for the server.
    if (/credentials not found/i.test(output.stdout)) return undefined;
    const why = printable(output.stdout.trim().slice(0, 200)) || `it exited with status ${output.status}`;
    throw loginError(`'${program}' gives no login for '${server}': ${why}`, {
      hint: `Ask it by hand: echo '${server}' | ${program} get`,
    });
  }
  return understood(`${program} get`, () => helperLogin(output.stdout));
}

function understood<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof TypeError)) throw cause;
    // P7: a SyntaxError quotes the text, so drop it.
    const why = cause instanceof TypeError ? cause.message : 'it is not valid JSON';
    throw loginError(`cannot read the logins of '${source}': ${why}`, {
      hint: 'Repair the file or log in again.',
    });
  }
}

async function readIfThere(
  path: string,
  readText: (path: string) => Promise<string>,
): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = code ?? (cause as Error).message;
    throw loginError(`cannot read the logins of '${path}': ${why}`, {
      cause,
      hint: 'Check its permissions.',
    });
  }
}

async function readConfig(path: string): Promise<string> {
  return (await readRegular(path, { maxBytes: longestConfig })).toString('utf8');
}

export function loginError(
  message: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): PeepError {
  return new PeepError('REGISTRY_LOGIN', message, { hint, cause });
}
