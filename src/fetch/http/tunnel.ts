import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { ceilings } from '../../config/ceilings.js';
import { portOf } from '../../config/origin.js';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { proxyCause } from './failures.js';
import type { ProxyServer } from './proxy.js';

export interface TunnelOptions {
  readonly proxy: ProxyServer;
  readonly userAgent: string;
  /** TLS options for the connection to the proxy. */
  readonly proxyTls: ConnectionOptions;
  /** TLS options for the connection through the tunnel. */
  readonly targetTls: ConnectionOptions;
  /** Time-out in milliseconds for tunnel and handshake together. */
  readonly timeout: number;
  /** Aborts pending connections. */
  readonly signal: AbortSignal;
}

/** An undici connector that reaches https origins through the CONNECT method of an http or https proxy. */
export function tunnelConnector(options: TunnelOptions): buildConnector.connector {
  return ({ hostname, port, servername }, callback) => {
    const target = `${hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname}:${port || '443'}`;
    openTunnel(target, servername ?? '', options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

async function openTunnel(target: string, servername: string, options: TunnelOptions): Promise<TLSSocket> {
  const { timeout } = options;
  const started = performance.now();
  const socket = await connectThrough(target, options);
  const tls = await import('node:tls');
  return await new Promise<TLSSocket>((resolve, reject) => {
    const secure = tls.connect({ ...options.targetTls, socket, servername, ALPNProtocols: ['http/1.1'] });
    const left = Math.max(1, timeout - (performance.now() - started));
    const timer = setTimeout(() => secure.destroy(tookTooLong(options.proxy, target)), left);
    const stop = () => secure.destroy();
    options.signal.addEventListener('abort', stop, { once: true });
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.off('error', reject);
      resolve(secure);
    });
    secure.once('error', reject);
    secure.once('close', () => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
      reject(failed(options.proxy, target, 'it closed the connection', undefined));
    });
  });
}

async function connectThrough(target: string, options: TunnelOptions): Promise<Socket> {
  const { proxy, userAgent, timeout } = options;
  const { request } =
    proxy.url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const headers: Record<string, string> = { host: target, 'user-agent': userAgent };
  if (proxy.authorization !== undefined) headers['proxy-authorization'] = proxy.authorization;
  return await new Promise((resolve, reject) => {
    const attempt = request({
      method: 'CONNECT',
      host: proxy.url.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(proxy.url),
      path: target,
      headers,
      agent: false,
      maxHeaderSize: ceilings.proxyAnswer,
      ...options.proxyTls,
    });
    const timer = setTimeout(() => attempt.destroy(tookTooLong(proxy, target)), timeout);
    const stop = () => attempt.destroy();
    options.signal.addEventListener('abort', stop, { once: true });
    attempt.once('connect', (response, socket, head) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        reject(refused(proxy, target, status));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    attempt.once('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', stop);
      if (cause instanceof PeepError) reject(cause);
      else {
        const { why, hint } = proxyCause(cause, proxy.url.protocol);
        reject(failed(proxy, target, why, cause, hint));
      }
    });
    attempt.end();
  });
}

/** The error for the proxy's own status; also for a 407 to plain http through a proxy. */
export function refused(proxy: ProxyServer, target: string, status: number): PeepError {
  return new PeepError(
    'NETWORK_PROXY',
    `cannot reach '${target}': the proxy '${redactUrl(proxy.url.href)}' answers with status ${status}`,
    {
      hint:
        status === 407
          ? 'The proxy needs a user and password; put them into its address, as in http://USER:PASSWORD@HOST:PORT.'
          : 'Check the proxy settings (--proxy, HTTPS_PROXY), or add the host to NO_PROXY.',
      facts: { status, proxy: redactUrl(proxy.url.href) },
    },
  );
}

function tookTooLong(proxy: ProxyServer, target: string): PeepError {
  return failed(proxy, target, 'it took too long', undefined);
}

function failed(
  proxy: ProxyServer,
  target: string,
  why: string,
  cause: unknown,
  hint = 'Check the proxy settings (--proxy, HTTPS_PROXY), or add the host to NO_PROXY.',
): PeepError {
  return new PeepError(
    'NETWORK_PROXY',
    `cannot reach '${target}': the proxy '${redactUrl(proxy.url.href)}' fails: ${why}`,
    {
      cause,
      hint,
      facts: { proxy: redactUrl(proxy.url.href) },
    },
  );
}
