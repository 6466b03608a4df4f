import { setMaxListeners } from 'node:events';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from '../../config/environment.js';
import { isTrusted, originOf } from '../../config/origin.js';
import type { NetworkSettings } from '../../config/settings.js';
import { type ProxyServer, proxyFor } from './proxy.js';
import { bufferedConnector } from './read-buffers.js';
import { readTlsSettings, type TlsSettings } from './tls.js';
import { tunnelConnector } from './tunnel.js';

/** The connection pool and request form for one origin. */
export interface Route {
  readonly dispatcher: Dispatcher;
  /** The pool for the origin itself, or for the proxy that plain http goes through. */
  readonly origin: string;
  /** True if requests name the whole URL, for a proxy. */
  readonly httpProxy: ProxyServer | undefined;
}

export interface Dispatchers {
  routeTo(url: URL): Promise<Route>;
  /** Breaks all connections. */
  destroy(): Promise<void>;
}

/** One pool of keep-alive connections per origin. Certificate files are read at the first https request. */
export function createDispatchers(
  settings: NetworkSettings,
  env: Environment,
  userAgent: string,
): Dispatchers {
  const routes = new Map<string, Promise<Route>>();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  let tls: Promise<TlsSettings> | undefined;
  const timeout = settings.timeout * 1000;

  async function open(url: URL): Promise<Route> {
    const proxy = proxyFor(url, settings.proxy, env);
    const usesTls = url.protocol === 'https:' || proxy?.url.protocol === 'https:';
    if (usesTls) tls ??= readTlsSettings(settings, env);
    const [{ Pool, buildConnector }, certificates] = await Promise.all([
      loadHttpClient(),
      usesTls ? tls : undefined,
    ]);
    const connector = (options: buildConnector.BuildOptions) => bufferedConnector(buildConnector, options);
    const secure = {
      ...certificates,
      ...(isTrusted(url, settings.trustedHosts) ? { rejectUnauthorized: false } : {}),
    };
    const connections = Math.max(1, settings.jobs);
    const shared: Pool.Options = {
      connections,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: ceilings.headerBlock,
      // undici's time-outs are off: the exchange has its own, because only it knows when peep is not reading.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const direct = (origin: string) =>
      new Pool(origin, { ...shared, connect: connector({ ...secure, timeout, allowH2: false }) });
    if (proxy === undefined) {
      return { dispatcher: direct(url.origin), origin: url.origin, httpProxy: undefined };
    }
    if (url.protocol === 'http:') {
      const connect = connector({ ...certificates, timeout, allowH2: false });
      const dispatcher = new Pool(proxy.url.origin, { ...shared, connect });
      return { dispatcher, origin: proxy.url.origin, httpProxy: proxy };
    }
    const connect = tunnelConnector({
      proxy,
      userAgent,
      timeout,
      signal: ended.signal,
      targetTls: secure,
      proxyTls: certificates ?? {},
    });
    return {
      dispatcher: new Pool(url.origin, { ...shared, connect }),
      origin: url.origin,
      httpProxy: undefined,
    };
  }

  return {
    routeTo(url) {
      const key = originOf(url);
      const route = routes.get(key) ?? open(url);
      routes.set(key, route);
      return route;
    },
    async destroy() {
      ended.abort();
      const opened = await Promise.allSettled(routes.values());
      routes.clear();
      await Promise.all(
        opened.map((route) => (route.status === 'fulfilled' ? route.value.dispatcher.destroy() : undefined)),
      );
    },
  };
}

/** Loads undici ahead of the first request. */
export async function loadHttpClient() {
  // In the split bundle, a CommonJS package has only a default export.
  return (await import('undici')).default;
}
