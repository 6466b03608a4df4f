import { originOf } from '../../config/origin.js';
import { type Clock, systemClock } from '../../fetch/http/clock.js';
import type { Credentials } from '../../fetch/http/credentials.js';
import { statusError, withRetries } from '../../fetch/http/retry.js';
import type { Transport, TransportResponse } from '../../fetch/http/transport.js';
import { printable, redactUrl } from '../../text/redact.js';
import { readSmall, unsound } from './answer.js';
import type { Challenge } from './challenge.js';
import type { Login } from './docker-config.js';
import { loginError } from './find-login.js';
import type { RegistryReference } from './reference.js';

export interface TokenDeps {
  readonly transport: Transport;
  readonly retries: number;
  readonly clock?: Clock;
}

/** A token for one repository. A secret (P7). */
export interface Token {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * Distribution specification, "Token authentication": the lifetime of a token if its service does not state one.
 * Seconds.
 */
const shortestLife = 60;
/** A token that expires within this time may expire during a request. Milliseconds. */
const margin = 5_000;
const clientName = 'peep';

/**
 * Requests a token for `scopes` from the token service that a registry names. The protocol sends the registry's
 * login there, but never over plain http if the registry uses https (P7). Throws `REGISTRY_LOGIN`,
 * `REGISTRY_ANSWER`, or a network error.
 */
export async function fetchToken(
  deps: TokenDeps,
  reference: RegistryReference,
  { parameters }: Challenge,
  scopes: readonly string[],
  login: Exclude<Login, { readonly kind: 'bearer' }> | undefined,
): Promise<Token> {
  const clock = deps.clock ?? systemClock;
  const realm = realmOf(reference, parameters.realm);
  const { service } = parameters;
  const request =
    login?.kind === 'refresh-token'
      ? () => trade(deps.transport, realm, service, scopes, login.token)
      : () => ask(deps.transport, realm, service, scopes, login);
  return withRetries({ ...deps, clock, url: realm.href }, async () => {
    const asked = clock.now();
    const response = await request();
    if (response.status !== 200) {
      response.cancel();
      throw isRefused(response.status)
        ? refused(reference, realm, response.status, login)
        : statusError(response, clock.now());
    }
    return readToken(reference, await readSmall(response), asked);
  });
}

function ask(
  transport: Transport,
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  login: Extract<Login, { readonly kind: 'password' }> | undefined,
): Promise<TransportResponse> {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const header = login === undefined ? undefined : basicHeader(login.username, login.password);
  return transport.get({
    url: url.href,
    headers: { accept: 'application/json' },
    credentials: onlyFor(originOf(realm), header),
  });
}

/** OAuth 2.0, as docker uses it: exchanges a refresh token for an access token. */
function trade(
  transport: Transport,
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  refreshToken: string,
): Promise<TransportResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: clientName,
    service: service ?? '',
    scope: scopes.join(' '),
    refresh_token: refreshToken,
  });
  const bytes = Buffer.from(form.toString());
  return transport.send({
    method: 'POST',
    url: realm.href,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: {
      size: bytes.length,
      async *open() {
        yield bytes;
      },
    },
    credentials: onlyFor(originOf(realm), undefined),
  });
}

/** P7: sends the header only to one origin, wherever a redirect leads. */
function onlyFor(origin: string, header: string | undefined): Credentials {
  return {
    upFront: async (url) => (header === undefined || originOf(url) !== origin ? undefined : { header }),
    afterChallenge: async () => undefined,
  };
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function realmOf(reference: RegistryReference, text: string | undefined): URL {
  let url: URL;
  try {
    url = new URL(text ?? '');
  } catch (cause) {
    throw unsound(reference, 'it asks for a token but names no token service', cause);
  }
  const fits =
    url.protocol === 'https:' || (url.protocol === 'http:' && reference.origin.startsWith('http:'));
  if (!fits) {
    throw unsound(
      reference,
      `its token service '${redactUrl(url.href)}' is not an https address, but a login would be sent there`,
    );
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

function readToken(reference: RegistryReference, bytes: Buffer, asked: number): Token {
  let answer: unknown;
  try {
    answer = JSON.parse(bytes.toString('utf8'));
  } catch {
    // P7: a SyntaxError quotes the text, so do not keep it as the cause.
    throw unsound(reference, 'its token service answers with something that is not valid JSON');
  }
  const { token, access_token, expires_in } = (answer ?? {}) as Record<string, unknown>;
  const text = token ?? access_token;
  // The token is sent in a header, so it must not contain other characters.
  if (typeof text !== 'string' || !/^[\x21-\x7e]+$/.test(text))
    throw unsound(reference, 'its token service answers without a token');
  const seconds = typeof expires_in === 'number' && expires_in > shortestLife ? expires_in : shortestLife;
  return { header: `Bearer ${text}`, expires: asked + seconds * 1000 - margin };
}

function isRefused(status: number): boolean {
  return status === 400 || status === 401 || status === 403;
}

function refused(reference: RegistryReference, realm: URL, status: number, login: Login | undefined) {
  const place = `the token service '${redactUrl(realm.href)}' of '${redactUrl(reference.text)}'`;
  const who =
    login?.kind === 'password'
      ? `the user '${printable(login.username)}'`
      : login === undefined
        ? 'a request without a login'
        : 'the stored login';
  return loginError(`${place} refuses ${who}: status ${status}`, {
    hint: `Log in with \`docker login ${reference.host}\`; peep reads the same file.`,
  });
}
