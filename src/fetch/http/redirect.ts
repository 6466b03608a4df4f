import { isLoopback, isTrusted } from '../../config/origin.js';
import { clipped } from '../../text/clip.js';
import { redactUrl } from '../../text/redact.js';
import { networkError } from './failures.js';

const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * The target of a redirect, or undefined if the response is not one. The fragment and any user or password in
 * `Location` are dropped: a server must not choose the credentials that peep sends. Throws `HTTP_REDIRECT`.
 */
export function redirectTarget(from: URL, status: number, location: string | undefined): URL | undefined {
  if (!redirects.has(status) || location === undefined) return undefined;
  let target: URL;
  try {
    target = new URL(asUtf8(location), from);
  } catch (cause) {
    throw networkError(
      'HTTP_REDIRECT',
      from.href,
      `it redirects to '${clipped(redactUrl(location.slice(0, 1000)))}', which is not an address`,
      {
        cause,
        hint: 'The server is at fault; ask its operator.',
      },
    );
  }
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw networkError('HTTP_REDIRECT', from.href, `it redirects to a '${target.protocol}' address`, {
      hint: "peep follows only http and https; ask the server's operator.",
    });
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw networkError(
      'HTTP_REDIRECT',
      from.href,
      `it redirects from https to plain http on '${target.host}'`,
      {
        hint: "peep never follows this; ask the server's operator, or name the final https address.",
      },
    );
  }
  target.hash = '';
  target.username = '';
  target.password = '';
  return target;
}

/** Allows plain http only for loopback and trusted hosts, as pip does. Throws `HTTP_INSECURE`. */
export function checkSecure(url: URL, trustedHosts: readonly string[]): void {
  if (url.protocol === 'https:' || isLoopback(url.hostname) || isTrusted(url, trustedHosts)) return;
  throw networkError(
    'HTTP_INSECURE',
    url.href,
    `plain http, and '${url.host}' is neither loopback nor trusted`,
    {
      hint: `Use https if the server offers it, or name the host with --trusted-host ${url.hostname}.`,
    },
  );
}

/** Node decodes header values as latin-1; a URL that was sent as UTF-8 bytes is decoded again. */
function asUtf8(location: string): string {
  if (!/[\u0080-\u00ff]/.test(location)) return location;
  const text = Buffer.from(location, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? location : text;
}
