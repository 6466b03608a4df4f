import { isObject } from '../../text/objects.js';

/** peep's credentials for a registry or its token service. Every part is a secret (P7). */
export type Login =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** OAuth 2.0: exchanged for short-lived tokens at the token service. */
  | { readonly kind: 'refresh-token'; readonly token: string }
  /** Sent to the registry unchanged. */
  | { readonly kind: 'bearer'; readonly token: string };

/** The place of a registry's login in a docker config: the file itself, or a helper program. */
export type LoginPlace =
  | { readonly kind: 'login'; readonly login: Login }
  | {
      readonly kind: 'helper';
      /** `docker-credential-NAME`. */
      readonly program: string;
      /** The server name that the helper gets. */
      readonly server: string;
    };

/** The part of config.json (docker) and auth.json (podman, skopeo) with logins, unparsed. */
interface DockerConfig {
  readonly auths?: unknown;
  readonly credHelpers?: unknown;
  readonly credsStore?: unknown;
}

const dockerHubKey = 'https://index.docker.io/v1/';

/**
 * Finds the login for `host` and `repository`, most specific first: a helper for this registry, a login in the file
 * (podman stores logins under `HOST/PATH` too), the default helper. Throws a `SyntaxError` or `TypeError` if the
 * file is not valid.
 */
export function loginPlaces(text: string, host: string, repository: string): readonly LoginPlace[] {
  const config = JSON.parse(text) as DockerConfig | null;
  if (!isObject(config)) throw new TypeError('it is not a JSON object');
  const auths = optionalRecord(config.auths, 'auths');
  const helpers = optionalRecord(config.credHelpers, 'credHelpers');
  const server = host === 'registry-1.docker.io' ? dockerHubKey : host;
  const places: LoginPlace[] = [];
  const own = helpers[serverName(server)] ?? helpers[server];
  if (own !== undefined) places.push(helper(own, server));
  for (const key of keysFor(host, repository)) {
    const found = Object.entries(auths).find(([name]) => serverName(name) === key);
    const login = found === undefined ? undefined : loginOf(found[1]);
    if (login !== undefined) places.push({ kind: 'login', login });
  }
  if (config.credsStore !== undefined && config.credsStore !== '')
    places.push(helper(config.credsStore, server));
  return places;
}

/** Parses the output of a credential helper for `get`. Throws a `SyntaxError` or `TypeError` for anything else. */
export function helperLogin(output: string): Login {
  const answer = JSON.parse(output) as unknown;
  if (!isObject(answer)) throw new TypeError('it is not a JSON object');
  const { Username: username, Secret: secret } = answer;
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '')
    throw new TypeError('it has no user or secret');
  return username === '<token>'
    ? { kind: 'refresh-token', token: secret }
    : { kind: 'password', username, password: secret };
}

/** `host/a/b`, `host/a`, `host`. */
function keysFor(host: string, repository: string): string[] {
  const server = host === 'registry-1.docker.io' ? serverName(dockerHubKey) : host;
  const parts = repository.split('/');
  const paths = parts.map((_, i) => [server, ...parts.slice(0, parts.length - i)].join('/'));
  return [...paths, server];
}

/** Older files use `https://host/v1/` as the key. */
function serverName(key: string): string {
  return key
    .replace(/^https?:\/\//i, '')
    .replace(/\/(?:v[12]\/?)?$/, '')
    .toLowerCase();
}

function loginOf(entry: unknown): Login | undefined {
  if (!isObject(entry)) throw new TypeError('an entry of auths is not an object');
  const text = (name: string): string => {
    const value = entry[name];
    if (value !== undefined && typeof value !== 'string') throw new TypeError(`${name} is not a string`);
    return value ?? '';
  };
  if (text('identitytoken') !== '') return { kind: 'refresh-token', token: text('identitytoken') };
  if (text('registrytoken') !== '') return { kind: 'bearer', token: text('registrytoken') };
  const decoded = Buffer.from(text('auth'), 'base64').toString('utf8').replaceAll('\0', '');
  const colon = decoded.indexOf(':');
  if (colon > 0)
    return { kind: 'password', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  const [username, password] = [text('username'), text('password')];
  // docker leaves an empty entry if a helper has the login.
  return username === '' ? undefined : { kind: 'password', username, password };
}

function helper(name: unknown, server: string): LoginPlace {
  // P9: the value becomes part of a program's name.
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name))
    throw new TypeError('a credential helper is not a program name');
  return { kind: 'helper', program: `docker-credential-${name}`, server };
}

function optionalRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new TypeError(`${name} is not an object`);
  return value;
}
