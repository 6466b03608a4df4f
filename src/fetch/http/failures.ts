import { type ErrorCode, PeepError, systemCode } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';

const networkCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NETWORK_UNREACHABLE',
  'NETWORK_TLS',
  'NETWORK_PROXY',
  'NETWORK_TIMEOUT',
  'NETWORK_BROKEN',
  'NETWORK_PROTOCOL',
  'NETWORK_OFFLINE',
  'NETWORK_SETTINGS',
  'HTTP_STATUS',
  'HTTP_REDIRECT',
  'HTTP_INSECURE',
  'URL_UNUSABLE',
  'TRANSFER_TOO_LARGE',
]);

/** P8: trouble on the way, not tampering. False for `DIGEST_MISMATCH`, and for trouble with the local disk. */
export function isNetworkFailure(error: unknown): error is PeepError {
  return error instanceof PeepError && networkCodes.has(error.code);
}

/** A failure of fetching `url`; `what` completes "cannot fetch URL: …". */
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
  ENOTFOUND: 'the name of the server does not resolve',
  EAI_AGAIN: 'the name of the server could not be looked up',
  EAI_FAIL: 'the name of the server could not be looked up',
  ECONNREFUSED: 'the server refuses connections',
  EHOSTUNREACH: 'there is no route to the server',
  ENETUNREACH: 'there is no route to the server',
  EADDRNOTAVAIL: 'there is no route to the server',
  EACCES: 'the system forbids the connection',
  EPERM: 'the system forbids the connection',
};

/**
 * What went wrong below HTTP, as an error of peep. `cause` comes from sockets, TLS or undici; a `PeepError` and
 * the reason of `signal` pass through.
 */
export function toNetworkError(cause: unknown, url: string, signal?: AbortSignal): unknown {
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
    return networkError('NETWORK_TIMEOUT', url, 'no connection came about in time', {
      cause,
      hint: 'Check the network and the proxy settings; --timeout SECONDS waits longer.',
    });
  }
  if (isTls(code)) {
    return networkError('NETWORK_TLS', url, `the TLS connection failed (${code})`, {
      cause,
      hint: 'If a proxy or a private index has its own certificate authority, name its PEM file with --cert or SSL_CERT_FILE.',
      facts: { reason: code },
    });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return networkError('NETWORK_PROTOCOL', url, 'the header lines of the answer are too long', {
      cause,
      hint: 'The server or a proxy before it is at fault; ask its operator.',
    });
  }
  if (isUnsoundHttp(inner, code)) {
    return networkError('NETWORK_PROTOCOL', url, 'the answer is not sound HTTP', {
      cause,
      hint: 'The server or a proxy before it is at fault; ask its operator.',
    });
  }
  return networkError('NETWORK_BROKEN', url, 'the connection broke before everything had arrived', {
    cause,
    hint: 'Try again; a proxy or firewall on the way may cut transfers.',
    ...(code === '' ? {} : { facts: { reason: code } }),
  });
}

/** undici's parser names no code; that it met the end too early is a broken connection. */
function isUnsoundHttp(error: unknown, code: string): boolean {
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === 'UND_ERR_INVALID_ARG') return true;
  return error instanceof Error && error.name === 'HTTPParserError' && !/\bEOF\b/.test(error.message);
}

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
