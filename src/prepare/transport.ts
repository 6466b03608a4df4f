import { isAbsolute } from 'node:path';
import {
  type IndexBinding,
  type IndexSecret,
  indexVariable,
  parseHeaders,
} from '../config/index-bindings.js';
import type { Machine } from '../config/machine.js';
import type { NetworkSettings } from '../config/settings.js';
import { createCredentials } from '../fetch/http/credentials.js';
import { type HelperDeps, helperPrograms, runHelper } from '../fetch/http/helper-program.js';
import { createTransport } from '../fetch/http/http.js';
import { type IndexToken, withIndexTokens } from '../fetch/http/index-tokens.js';
import type { Transport } from '../fetch/http/transport.js';
import { shellWords } from '../requirements/read/shell-words.js';
import { clipped } from '../text/clip.js';
import { PeepError } from '../text/errors.js';

/** URLs that the user wrote and whose credentials may be used. */
export interface UserUrls {
  /** Indexes, find-links, requirements files: their credentials apply to the whole origin. */
  readonly locations: readonly string[];
  /** Single archives. */
  readonly archives: readonly string[];
  /** Named indexes, whose tokens may be in variables such as `PEEP_INDEX_NAME_TOKEN`. */
  readonly bindings?: readonly IndexBinding[];
}

/** The transport of a run, with the user's credentials. */
export function openTransport(
  settings: NetworkSettings,
  { locations, archives, bindings = [] }: UserUrls,
  { env, home, platform }: Pick<Machine, 'env' | 'home' | 'platform'>,
): Transport {
  const { keyringProvider } = settings;
  const credentials = createCredentials({
    ...{ env, home, platform, keyringProvider },
    urls: locations,
    named: archives,
  });
  const tokens = bindings.flatMap((binding) => tokenOf(binding, { env, platform }));
  return createTransport(settings, { env, credentials: withIndexTokens(credentials, tokens) });
}

/**
 * Credentials of a named index from variables such as `PEEP_INDEX_NAME_TOKEN`; files of the project cannot set
 * them.
 */
function tokenOf(binding: IndexBinding, machine: HelperDeps): IndexToken[] {
  if (!/^https?:/i.test(binding.url)) return [];
  const header = authorizationOf(binding, machine);
  const variable = indexVariable(binding.name, 'HEADERS');
  const further = parseHeaders(machine.env[variable] ?? '');
  if (further === undefined) {
    throw new PeepError(
      'SETTING_INVALID',
      `cannot use ${variable}: one of its lines is not a header that may be set`,
      {
        hint: `Write a header on each line, as in 'X-JFrog-Art-Api: KEY'. ${indexVariable(binding.name, 'TOKEN')} sets Authorization.`,
      },
    );
  }
  if (header === undefined && Object.keys(further).length === 0) return [];
  return [{ url: binding.url, header, further }];
}

/** A token, the output of a command, or user and password. */
function authorizationOf({ name }: IndexBinding, machine: HelperDeps): IndexToken['header'] {
  const value = (what: IndexSecret) => machine.env[indexVariable(name, what)] ?? '';
  const [user, password, token] = [value('USERNAME'), value('PASSWORD'), value('TOKEN')];
  const asHeader = (secret: string): string => (user === '' ? `Bearer ${secret}` : basicOf(user, secret));
  if (token !== '') {
    const checked = tokenIn(token, indexVariable(name, 'TOKEN'));
    return async () => `Bearer ${checked}`;
  }
  if (value('TOKEN_COMMAND') !== '') {
    let asked: Promise<string> | undefined;
    return () => {
      asked ??= askCommand(value('TOKEN_COMMAND'), indexVariable(name, 'TOKEN_COMMAND'), machine);
      return asked.then(asHeader);
    };
  }
  if (user === '' && password === '') return undefined;
  return async () => basicOf(user, password);
}

function basicOf(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Runs a program and returns its output. The program is a name on PATH or an absolute path; no shell is used. */
async function askCommand(command: string, variable: string, machine: HelperDeps): Promise<string> {
  const [program = '', ...args] = shellWords(command) ?? [];
  const answer = isAbsolute(program)
    ? await runHelper(program, args, machine.env)
    : // Refuse a relative path: its meaning would depend on the directories of PATH.
      /[\\/]/.test(program)
      ? undefined
      : await helperPrograms(machine)(program, args);
  if (answer === undefined) throw badToken(variable, `'${clipped(program)}' is not a program on PATH`);
  if (answer.status !== 0)
    throw badToken(variable, `'${clipped(program)}' ended with status ${answer.status}`);
  return tokenIn(answer.stdout.trim(), variable);
}

/** RFC 6750: only visible ASCII characters, so that a token cannot add a header line. */
function tokenIn(text: string, variable: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw badToken(
    variable,
    text === '' ? 'there is no token' : 'the token contains blanks or non-ASCII characters',
  );
}

function badToken(variable: string, why: string): PeepError {
  return new PeepError('SETTING_INVALID', `cannot use ${variable}: ${why}`, {
    hint: `Set ${variable.replace(/_COMMAND$/, '')} to a token, or ${variable.replace(/(_COMMAND)?$/, '_COMMAND')} to a program that prints one.`,
  });
}
