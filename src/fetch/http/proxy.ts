import { BlockList, isIP } from 'node:net';
import type { Environment } from '../../config/environment.js';
import { portOf, splitHost } from '../../config/origin.js';
import { PeepError } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';

export interface ProxyServer {
  /** URL without user and password. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/**
 * The proxy for `target`: `--proxy` first, which applies to every host, as in pip; otherwise the variables of the
 * scheme, unless `NO_PROXY` lists the host. Throws `NETWORK_SETTINGS`.
 */
export function proxyFor(target: URL, option: string | undefined, env: Environment): ProxyServer | undefined {
  if (option !== undefined && option !== '') return parseProxy(option, '--proxy');
  const scheme = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  for (const name of [scheme, scheme.toUpperCase(), 'all_proxy', 'ALL_PROXY']) {
    // A CGI program finds the client's `Proxy:` header in HTTP_PROXY (CVE-2016-5385), so ignore the variable there.
    if (name === 'HTTP_PROXY' && env.REQUEST_METHOD !== undefined) continue;
    const value = env[name];
    // As in urllib: an empty lower-case variable cancels the upper-case one.
    if (name === scheme.toUpperCase() && env[scheme] === '') continue;
    if (value === undefined || value === '') continue;
    return bypassesProxy(target, env.no_proxy ?? env.NO_PROXY ?? '') ? undefined : parseProxy(value, name);
  }
  return undefined;
}

/**
 * True if a `NO_PROXY` list contains the host of `target`. Entries: `*`, a name (with or without a leading dot;
 * subdomains match too), `name:port`, an IP address, or a block such as `10.0.0.0/8` or `fd00::/8`.
 */
export function bypassesProxy(target: URL, noProxy: string): boolean {
  const { host } = splitHost(target.hostname);
  const family = isIP(host);
  return noProxy.split(/[\s,]+/).some((entry) => {
    if (entry === '') return false;
    if (entry === '*') return true;
    const block = /^\[?([\d.]+|[\da-f:.]+)\]?\/(\d{1,3})$/i.exec(entry);
    if (block !== null) return family !== 0 && inBlock(host, family, block[1] ?? '', Number(block[2]));
    const wanted = splitHost(entry.replace(/^\*?\./, ''));
    if (wanted.port !== undefined && wanted.port !== portOf(target)) return false;
    if (wanted.host === '') return false;
    return host === wanted.host || (family === 0 && host.endsWith(`.${wanted.host}`));
  });
}

function parseProxy(text: string, from: string): ProxyServer {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw unusable(withScheme, from, 'it is not an address');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw unusable(
      withScheme,
      from,
      `proxies of type '${printable(url.protocol.slice(0, -1))}' are not supported`,
    );
  }
  const authorization =
    url.username === '' && url.password === '' ? undefined : basic(url.username, url.password);
  url.username = '';
  url.password = '';
  return { url, authorization };
}

/** The value of a basic `Authorization` header from the percent-encoded user and password of a URL. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString('base64')}`;
}

/** Text that is not a valid escape stays unchanged. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function inBlock(address: string, family: number, base: string, bits: number): boolean {
  if (isIP(base) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(base, bits, type);
  return list.check(address, type);
}

function unusable(text: string, from: string, why: string): PeepError {
  return new PeepError('NETWORK_SETTINGS', `cannot use the proxy '${redactUrl(text)}' of ${from}: ${why}`, {
    hint: 'Give it as http://HOST:PORT or https://HOST:PORT.',
  });
}
