import { ceilings } from '../../config/ceilings.js';
import type { Environment } from '../../config/environment.js';
import { originOf } from '../../config/origin.js';
import type { NetworkSettings } from '../../config/settings.js';
import { version } from '../../text/version.js';
import { type Clock, systemClock } from './clock.js';
import { GatewayCookies } from './cookies.js';
import type { Credentials } from './credentials.js';
import { createDispatchers, type Dispatchers } from './dispatchers.js';
import { exchange } from './exchange.js';
import { networkError } from './failures.js';
import { checkSecure, redirectTarget } from './redirect.js';
import type { SendRequest, Transport, TransportRequest, TransportResponse } from './transport.js';
import { refused } from './tunnel.js';

export interface TransportDeps {
  /** Environment variables for proxies and certificates. */
  readonly env: Environment;
  readonly credentials: Credentials;
  readonly clock?: Clock;
}

/**
 * Some indexes (devpi) send pages of the Simple API only to clients that they know, so the user agent also names
 * the pip whose requests are like peep's. The text reveals nothing about the machine.
 */
const userAgent = `peep/${version} pip/26.3`;

/** All network access goes through this. undici is loaded with the first request. */
export function createTransport(settings: NetworkSettings, deps: TransportDeps): Transport {
  const { env, credentials, clock = systemClock } = deps;
  let dispatchers: Dispatchers | undefined;
  let closed = false;
  const cookies = new GatewayCookies();

  async function run(request: AnyRequest): Promise<TransportResponse> {
    let url = parseUrl(request.url);
    if (settings.offline) {
      throw networkError('NETWORK_OFFLINE', url.href, '--offline forbids every connection', {
        hint: 'Run once without --offline and PEEP_OFFLINE to fill the store. Name requirements files by local paths.',
      });
    }
    // P7: remove user and password from the URL; they only go into the header for their own origin.
    let own = { username: url.username, password: url.password };
    const asked = withoutLogin(url);
    for (let hop = 0; hop <= ceilings.redirects; hop++) {
      url.username = '';
      url.password = '';
      const response = await authorized(url, own, request);
      const target = follows(request, response.status)
        ? redirectTarget(url, response.status, response.headers.location)
        : undefined;
      if (target === undefined) return url.href === asked ? response : { ...response, redirectedFrom: asked };
      response.cancel();
      cookies.keep(originOf(url), response.headers['set-cookie']);
      if (originOf(target) !== originOf(url)) {
        own = { username: '', password: '' };
      }
      url = target;
    }
    throw networkError(
      'HTTP_REDIRECT',
      request.url,
      `more than ${ceilings.redirects} redirects, the last one to '${url.host}'`,
      {
        hint: 'The server redirects in a loop; ask its operator.',
      },
    );
  }

  /** Sends one request; after a 401, sends it again with the credentials for the challenge. */
  async function authorized(
    url: URL,
    own: { readonly username: string; readonly password: string },
    request: AnyRequest,
  ): Promise<TransportResponse> {
    const known = request.credentials ?? credentials;
    const first = await known.upFront(url, own, request.linkedBy);
    const response = await hop(url, first?.header, request);
    if (response.status !== 401) return response;
    const challenge = response.headers['www-authenticate'];
    const second = await known.afterChallenge(url, own, first, challenge, request.linkedBy);
    if (second === undefined) return response;
    response.cancel();
    return await hop(url, second.header, request);
  }

  async function hop(
    url: URL,
    authorization: string | undefined,
    request: AnyRequest,
  ): Promise<TransportResponse> {
    checkSecure(url, settings.trustedHosts);
    request.signal?.throwIfAborted();
    if (closed) throw new Error('request on a closed transport');
    dispatchers ??= createDispatchers(settings, env, userAgent);
    const { dispatcher, origin, httpProxy } = await dispatchers.routeTo(url);
    const path = `${url.pathname}${url.search}`;
    const further = (request.credentials ?? credentials).further?.(url, request.linkedBy);
    const headers: Record<string, string> = { 'user-agent': userAgent, ...further, ...request.headers };
    if (authorization !== undefined) headers.authorization = authorization;
    const cookie = cookies.headerFor(originOf(url));
    if (cookie !== undefined) headers.cookie = cookie;
    if (httpProxy !== undefined) {
      headers.host = url.host;
      if (httpProxy.authorization !== undefined) headers['proxy-authorization'] = httpProxy.authorization;
    }
    const response = await exchange(dispatcher, {
      method: request.method ?? 'GET',
      body: request.body,
      origin,
      path: httpProxy === undefined ? path : `${url.origin}${path}`,
      headers,
      url: url.href,
      idle: settings.timeout * 1000,
      signal: request.signal,
      clock,
    });
    if (response.status === 407 && httpProxy !== undefined) {
      response.cancel();
      throw refused(httpProxy, url.host, 407);
    }
    return response;
  }

  return {
    get: run,
    send: run,
    async close() {
      closed = true;
      await dispatchers?.destroy();
    },
  };
}

interface AnyRequest extends TransportRequest {
  readonly method?: SendRequest['method'] | 'GET';
  readonly body?: SendRequest['body'];
}

/** RFC 9110, 15.4: other redirects may turn a request with a body into a GET without one. */
function follows({ method = 'GET' }: AnyRequest, status: number): boolean {
  return method === 'GET' || method === 'HEAD' || status === 307 || status === 308;
}

function withoutLogin(url: URL): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href;
}

/** The URL without fragment. Throws `URL_UNUSABLE`. */
function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw networkError('URL_UNUSABLE', text, 'it is not an absolute URL', {
      cause,
      hint: 'Give the full address, beginning with https://.',
    });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw networkError('URL_UNUSABLE', text, `'${url.protocol}' addresses are not supported`, {
      hint: 'Use an https, http or file address.',
    });
  }
  url.hash = '';
  return url;
}
