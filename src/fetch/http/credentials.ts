import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from '../../config/environment.js';
import { findNetrc, type NetrcEntry, parseNetrc } from '../../config/netrc.js';
import { originOf } from '../../config/origin.js';
import { commandKeyring, commandKeyringLogin, type Keyring, type KeyringLogin } from './keyring.js';
import { basic, percentDecoded } from './proxy.js';

/** User and password of a URL, percent-encoded as in the URL; empty if absent. */
export interface UserInfo {
  readonly username: string;
  readonly password: string;
}

export interface Authorization {
  /** The value of the `Authorization` header. A secret: never printed (P7). */
  readonly header: string;
}

/** The credentials for each origin. */
export interface Credentials {
  /**
   * Credentials for the first request to `url`: its own user info; else that of `linkedBy`, the index whose page
   * linked to it, if the origin is the same; else that of the configured URL with the same origin and the longest
   * common path; else those of netrc.
   */
  upFront(url: URL, own: UserInfo, linkedBy?: string): Promise<Authorization | undefined>;
  /**
   * Credentials for a request that was answered with 401: the keyring is asked for the user that a URL names.
   * `challenge` is the `WWW-Authenticate` header.
   */
  afterChallenge(
    url: URL,
    own: UserInfo,
    sent: Authorization | undefined,
    challenge?: string,
    linkedBy?: string,
  ): Promise<Authorization | undefined>;
  /** Headers besides `Authorization` that the user configured for a named index; sent only to its origin (P7). */
  further?(url: URL, linkedBy?: string): Readonly<Record<string, string>>;
}

export interface CredentialsDeps {
  readonly env: Environment;
  /** Undefined when there is no home directory. */
  readonly home: string | undefined;
  /** Platform name of Node: `win32`, `linux`, … */
  readonly platform: string;
  /** Index and find-links URLs as configured, with their user and password. */
  readonly urls: readonly string[];
  /** Other URLs from the user, such as those of requirements: netrc applies to their origins too. */
  readonly named?: readonly string[];
  readonly keyringProvider: 'disabled' | 'auto' | 'import' | 'subprocess';
  readonly readText?: (path: string) => Promise<string>;
  readonly keyring?: Keyring;
  readonly keyringLogin?: KeyringLogin;
}

interface Configured extends UserInfo {
  readonly origin: string;
  readonly host: string;
  readonly path: string;
  /** The URL without user and password, which is also the service name for the keyring, as in pip. */
  readonly url: string;
}

export function createCredentials(deps: CredentialsDeps): Credentials {
  const configured = deps.urls.flatMap(configuredUrl);
  const named = [...configured, ...(deps.named ?? []).flatMap(configuredUrl)];
  const namedOrigins = new Set(named.map(({ origin }) => origin));
  const namedHosts = new Set(named.map(({ host }) => host));
  const keyring = deps.keyringProvider === 'disabled' ? undefined : (deps.keyring ?? commandKeyring(deps));
  const keyringLogin =
    deps.keyringProvider === 'disabled' ? undefined : (deps.keyringLogin ?? commandKeyringLogin(deps));
  const asked = new Map<string, Promise<Authorization | undefined>>();
  let netrc: Promise<readonly NetrcEntry[]> | undefined;

  async function fromNetrc(url: URL, username: string): Promise<Authorization | undefined> {
    const origin = originOf(url);
    const isNamed = namedOrigins.has(origin);
    // P7: for an origin that only a page or redirect named, ignore `default`. Apply `machine HOST` only to https on
    // its usual port, and only if the user did not choose another port of that host.
    if (!isNamed && (origin !== `https://${url.hostname}:443` || namedHosts.has(url.hostname)))
      return undefined;
    netrc ??= readNetrc(deps);
    const login = username === '' ? undefined : percentDecoded(username);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const entry = findNetrc(await netrc, host, login, isNamed);
    return entry && { header: basicHeader(entry.login, entry.password) };
  }

  return {
    async upFront(url, own, linkedBy) {
      if (own.password !== '') return fromUrl(own);
      const index = closest(configured, url, linkedBy);
      if (own.username === '' && index !== undefined && index.password !== '') return fromUrl(index);
      const username = own.username || index?.username || '';
      const known = await fromNetrc(url, username);
      return known ?? (username === '' ? undefined : fromUrl({ username, password: '' }));
    },

    async afterChallenge(url, own, sent, _challenge, linkedBy) {
      const index = closest(configured, url, linkedBy);
      const username = own.username || index?.username || '';
      const knowsPassword = own.password !== '' || (own.username === '' && (index?.password ?? '') !== '');
      if (keyring === undefined || keyringLogin === undefined || knowsPassword) return undefined;
      // P7: ask the keyring for a URL from a page or redirect only if the user named its origin.
      if (username === '' && index === undefined) return undefined;
      const user = percentDecoded(username);
      const services = [index?.url ?? url.href, url.host];
      const key = JSON.stringify([...services, user]);
      const answer =
        asked.get(key) ??
        (user === '' ? askLogin(keyringLogin, services) : askKeyring(keyring, services, user));
      asked.set(key, answer);
      const found = await answer;
      return found?.header === sent?.header ? undefined : found;
    },
  };
}

async function askLogin(
  keyringLogin: KeyringLogin,
  services: readonly string[],
): Promise<Authorization | undefined> {
  for (const service of services) {
    const found = await keyringLogin(service);
    if (found !== undefined) return { header: basicHeader(found.username, found.password) };
  }
  return undefined;
}

async function askKeyring(
  keyring: Keyring,
  services: readonly string[],
  user: string,
): Promise<Authorization | undefined> {
  for (const service of services) {
    const password = await keyring(service, user);
    if (password !== undefined) return { header: basicHeader(user, password) };
  }
  return undefined;
}

/**
 * The configured URL of the same origin that linked to `url`, if it has a user or password; else the one with the
 * longest common path, the first among equals.
 */
function closest(
  configured: readonly Configured[],
  url: URL,
  linkedBy: string | undefined,
): Configured | undefined {
  const origin = originOf(url);
  // P7: two indexes on one host may have different tokens; archives of one must not get the token of the other.
  const [leading] = linkedBy === undefined ? [] : configuredUrl(linkedBy);
  const hasLogin = leading !== undefined && (leading.username !== '' || leading.password !== '');
  if (hasLogin && leading.origin === origin) return leading;
  let best: Configured | undefined;
  let bestShared = -1;
  for (const candidate of configured) {
    if (candidate.origin !== origin) continue;
    const shared = sharedSegments(candidate.path, url.pathname);
    if (shared > bestShared) [best, bestShared] = [candidate, shared];
  }
  return best;
}

function sharedSegments(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  let shared = 0;
  while (shared < left.length && shared < right.length && left[shared] === right[shared]) shared++;
  return shared;
}

function configuredUrl(text: string): Configured[] {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [];
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return [];
  const { username, password } = url;
  url.username = '';
  url.password = '';
  url.hash = '';
  return [
    { username, password, origin: originOf(url), host: url.hostname, path: url.pathname, url: url.href },
  ];
}

/** `NETRC`, else `~/.netrc`, else `~/_netrc`. An unreadable file is ignored, as in pip. */
async function readNetrc(deps: CredentialsDeps): Promise<readonly NetrcEntry[]> {
  const { env, home, readText = readSmallText } = deps;
  const named = env.NETRC;
  const paths =
    named !== undefined && named !== ''
      ? [named]
      : home === undefined
        ? []
        : [join(home, '.netrc'), join(home, '_netrc')];
  for (const path of paths) {
    const text = await readText(path).catch(() => undefined);
    if (text !== undefined) return parseNetrc(text) ?? [];
  }
  return [];
}

async function readSmallText(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (bytes.length > ceilings.netrc) throw new RangeError(`'${path}' is too large`);
  return bytes.toString('utf8');
}

function fromUrl({ username, password }: UserInfo): Authorization {
  return { header: basic(username, password) };
}

function basicHeader(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
