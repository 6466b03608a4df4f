import { clipped } from '../../text/clip.js';
import { type ErrorCode, PeepError, systemCode } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';

const networkCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NETWORK_UNREACHABLE',
  'NETWORK_TLS',
  'NETWORK_PROXY',
  'NETWORK_TIMEOUT',
  'NETWORK_BROKEN',
  'NETWORK_PROTOCOL',
  'NOT_THE_ARCHIVE',
  'NETWORK_OFFLINE',
  'NETWORK_SETTINGS',
  'HTTP_STATUS',
  'HTTP_REDIRECT',
  'HTTP_INSECURE',
  'URL_UNUSABLE',
  'TRANSFER_TOO_LARGE',
]);

/** P8: true for network errors, as opposed to tampering. False for `DIGEST_MISMATCH` and for local disk errors. */
export function isNetworkFailure(error: unknown): error is PeepError {
  return error instanceof PeepError && networkCodes.has(error.code);
}

/** The error for a failed fetch of `url`; `what` completes "cannot fetch URL: …". */
export function networkError(
  code: ErrorCode,
  url: string,
  what: string,
  details: {
    readonly hint?: string | undefined;
    readonly cause?: unknown;
    readonly facts?: Readonly<Record<string, string | number | boolean>>;
  } = {},
): PeepError {
  const shown = redactUrl(url);
  const origin = URL.canParse(url) ? { origin: new URL(url).origin } : {};
  return new PeepError(code, `cannot fetch '${shown}': ${what}`, {
    hint: details.hint,
    cause: details.cause,
    facts: { ...details.facts, url: shown, ...origin },
  });
}

export function timedOut(url: string, seconds: number, doing: string): PeepError {
  return networkError('NETWORK_TIMEOUT', url, `${doing} for ${seconds} s`, {
    hint: 'Try again; --timeout SECONDS waits longer.',
  });
}

const unreachable: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the server name does not resolve',
  EAI_AGAIN: 'the server name could not be looked up',
  EAI_FAIL: 'the server name could not be looked up',
  ECONNREFUSED: 'the server refuses connections',
  EHOSTUNREACH: 'there is no route to the server',
  ENETUNREACH: 'there is no route to the server',
  EADDRNOTAVAIL: 'there is no route to the server',
  EACCES: 'the system forbids the connection',
  EPERM: 'the system forbids the connection',
};

/**
 * Converts an error from below HTTP to an error of peep. `cause` comes from sockets, TLS or undici; a `PeepError`
 * and the reason of `signal` are returned unchanged.
 */
export function toNetworkError(
  cause: unknown,
  url: string,
  signal?: AbortSignal,
  /** False if no byte of a response has arrived. */
  started?: boolean,
): unknown {
  if (cause instanceof PeepError) return cause;
  if (signal?.aborted) return signal.reason;
  const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const code = systemCode(inner) ?? '';
  const why = unreachable[code];
  if (why !== undefined) {
    return networkError('NETWORK_UNREACHABLE', url, why, {
      cause,
      hint: 'Check the address, the network and the proxy settings (--proxy, HTTPS_PROXY).',
      facts: { reason: code },
    });
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return networkError('NETWORK_TIMEOUT', url, 'the connection timed out', {
      cause,
      hint: 'Check the network and the proxy settings; --timeout SECONDS waits longer.',
    });
  }
  if (isTls(code)) {
    const { why, hint } = tlsCause(code);
    return networkError('NETWORK_TLS', url, why, { cause, hint, facts: { reason: code } });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return networkError('NETWORK_PROTOCOL', url, 'the header lines of the answer are too long', {
      cause,
      hint: 'The server or a proxy in front of it is at fault; ask its operator.',
    });
  }
  const objection = httpObjection(inner, code);
  if (objection !== undefined) return notHttp(url, objection, cause);
  if (started === false && url.startsWith('http:')) {
    return networkError('NETWORK_BROKEN', url, 'the connection was closed without an answer', {
      cause,
      hint: 'Try again; if the server speaks TLS on this port, write https:// in its address.',
      ...(code === '' ? {} : { facts: { reason: code } }),
    });
  }
  return networkError('NETWORK_BROKEN', url, 'the connection broke before the transfer was complete', {
    cause,
    hint: 'Try again; a proxy or firewall may cut off transfers.',
    ...(code === '' ? {} : { facts: { reason: code } }),
  });
}

/** The error for an answer that is not valid HTTP; `objection` says what is wrong, and quotes it. */
export function notHttp(url: string, objection: string, cause?: unknown): PeepError {
  return networkError('NETWORK_PROTOCOL', url, `the answer is not valid HTTP: ${objection}`, {
    cause,
    hint: url.startsWith('http:')
      ? 'If the server speaks TLS on this port, write https:// in its address; otherwise the server or a proxy in front of it is at fault.'
      : 'The server or a proxy in front of it is at fault; ask its operator.',
    facts: { objection },
  });
}

/**
 * The reason why the HTTP parser rejects the response. undici gives no error code; an early end means a broken
 * connection.
 */
function httpObjection(error: unknown, code: string): string | undefined {
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === 'UND_ERR_INVALID_ARG')
    return 'its headers contradict its body';
  if (!(error instanceof Error) || error.name !== 'HTTPParserError' || /\bEOF\b/.test(error.message))
    return undefined;
  const why = /\((.*)\)$/.exec(error.message)?.[1] ?? error.message;
  const { data } = error as Error & { readonly data?: unknown };
  return typeof data === 'string' && data.trim() !== '' ? `${why}, at '${clipped(data, 60)}'` : why;
}

const certHint =
  'If a proxy or a private index has its own certificate authority, name its PEM file with --cert or SSL_CERT_FILE.';

/** The cause of a failed TLS handshake in words, and a hint. */
function tlsCause(code: string): { readonly why: string; readonly hint: string } {
  switch (code) {
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return {
        why: `the certificate of the server is signed by an authority that is not known here (${code})`,
        hint: certHint,
      };
    case 'CERT_NOT_YET_VALID':
      return {
        why: `the certificate of the server is not valid yet (${code})`,
        hint: "Check this machine's clock.",
      };
    case 'CERT_HAS_EXPIRED':
      return {
        why: `the certificate of the server has expired (${code})`,
        hint: "Check this machine's clock; if it is right, ask the server's operator to renew the certificate.",
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return {
        why: `the certificate of the server is for a different name (${code})`,
        hint: 'Check the host name in the address against the names in the certificate.',
      };
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return {
        why: `the server does not answer in TLS (${code})`,
        hint: 'If the server speaks plain HTTP on this port, write http:// in its address and name the host with --trusted-host; a proxy may need http:// in its own address.',
      };
    default:
      return { why: `the TLS connection failed (${code})`, hint: certHint };
  }
}

/** The cause of a failed connection to a proxy in words, and a hint; the proxy is the subject of the sentence. */
export function proxyCause(
  cause: NodeJS.ErrnoException,
  protocol: string,
): { readonly why: string; readonly hint: string | undefined } {
  const code = systemCode(cause) ?? '';
  if (notTls.has(code))
    return {
      why: `it does not answer in TLS (${code})`,
      hint: 'If it speaks plain HTTP, write http:// in the address of the proxy.',
    };
  if (isTls(code)) {
    const { why, hint } = tlsCause(code);
    return { why: why.replace('the certificate of the server', 'its certificate'), hint };
  }
  const closed = code === 'ECONNRESET' || code === 'EPIPE';
  return {
    why: closed ? `it closed the connection (${code})` : code || cause.message,
    hint:
      closed && protocol === 'http:'
        ? 'If it speaks TLS on this port, write https:// in the address of the proxy.'
        : undefined,
  };
}

/** The start of an answer that is not TLS. */
const notTls: ReadonlySet<string> = new Set([
  ...['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG'],
]);

function isTls(code: string): boolean {
  return (
    code.startsWith('ERR_TLS_') ||
    code.startsWith('ERR_SSL_') ||
    code.startsWith('CERT_') ||
    code.startsWith('UNABLE_TO_') ||
    code.endsWith('_SIGNED_CERT') ||
    code.includes('SELF_SIGNED') ||
    code === 'EPROTO' ||
    code === 'INVALID_CA' ||
    code === 'HOSTNAME_MISMATCH'
  );
}
