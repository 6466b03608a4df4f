import { type IndexBinding, indexVariable } from '../config/index-bindings.js';
import type { Machine } from '../config/machine.js';
import type { NetworkSettings } from '../config/settings.js';
import { createCredentials } from '../fetch/http/credentials.js';
import { createTransport } from '../fetch/http/http.js';
import { type IndexToken, withIndexTokens } from '../fetch/http/index-tokens.js';
import type { Transport } from '../fetch/http/transport.js';

/** URLs that the user wrote, whose credentials count. */
export interface UserUrls {
  /** Indexes, find-links, requirements files: credentials for all of their origin. */
  readonly locations: readonly string[];
  /** Single archives. */
  readonly archives: readonly string[];
  /** Indexes whose secrets are in variables of their names. */
  readonly bindings?: readonly IndexBinding[];
}

/** The transport of a run, with the credentials that the user gave. */
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
  const tokens = bindings.flatMap((binding) => tokenOf(binding, env));
  return createTransport(settings, { env, credentials: withIndexTokens(credentials, tokens) });
}

/** A token, or a user and password; never from a file of the project. */
function tokenOf({ name, url }: IndexBinding, env: Machine['env']): IndexToken[] {
  if (!/^https?:/i.test(url)) return [];
  const value = (what: Parameters<typeof indexVariable>[1]) => env[indexVariable(name, what)] ?? '';
  const token = value('TOKEN');
  if (token !== '') return [{ url, header: `Bearer ${token}` }];
  const [user, password] = [value('USERNAME'), value('PASSWORD')];
  if (user === '' && password === '') return [];
  return [{ url, header: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }];
}
