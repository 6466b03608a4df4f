import { ceilings } from '../../config/ceilings.js';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import type { Clock } from './clock.js';
import { networkError } from './failures.js';
import type { TransportResponse } from './transport.js';
import { isUnanswered, NotWaitedFor, silentBefore, type UnreachableOrigins } from './unreachable.js';

/** Statuses that are worth a retry: overload, and errors of gateways. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530]);

const maxTries = 1_000;

const firstDelay = 250;
const maxDelay = 8_000;

/** Options of one transfer, for all its attempts. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly url: string;
  readonly lost?: UnreachableOrigins | undefined;
  /** Number of retries after the first attempt, or after the last attempt that brought more bytes. */
  readonly retries: number;
  /** Bytes received so far, if a retry can resume. */
  readonly progress?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * False if another server may have the answer. A server that does not answer is then not tried again, and
   * `NotWaitedFor` is thrown.
   */
  readonly wait?: boolean | undefined;
  /**
   * The error of an earlier attempt with `wait` false. It counts as the first attempt, so all attempts here are
   * retries.
   */
  readonly after?: PeepError | undefined;
  /** `attempt` counts from 1; `delay` is in milliseconds. */
  readonly onRetry?: ((attempt: number, delay: number, error: PeepError) => void) | undefined;
}

/**
 * Runs `attempt` until it succeeds, fails permanently, or the retries are used up. Only transient network errors
 * are retried, never a mismatch (P8).
 */
export async function withRetries<T>(
  options: RetryOptions,
  attempt: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const { clock, url, lost, retries, signal, onRetry, progress = () => 0, wait = true, after } = options;
  const { origin } = new URL(url);
  if (lost?.isSilent(origin)) throw silentBefore(url);
  const given = wait ? undefined : lost?.unanswered(origin);
  let furthest = 0;
  let objection: unknown;
  const pause = async (count: number, error: PeepError): Promise<void> => {
    const delay = Math.max(askedDelay(error) ?? 0, backoff(count, clock.random()));
    onRetry?.(count, delay, error);
    await clock.sleep(delay, signal);
  };
  if (after !== undefined) await pause(1, after);
  for (let count = after === undefined ? 1 : 2, all = 1; ; count++, all++) {
    try {
      if (given?.aborted) throw silentBefore(url);
      return await attempt(given === undefined || furthest > 0 ? signal : anyOf(signal, given));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!isRetryable(error)) throw error;
      // Do not retry if the second answer is malformed in the same way.
      if (error.facts.objection !== undefined && error.facts.objection === objection) throw error;
      objection = error.facts.objection;
      if (progress() > furthest && all < maxTries) {
        furthest = progress();
        count = 1;
      }
      const unanswered = isUnanswered(error) && furthest === 0;
      if (unanswered && !wait) {
        lost?.giveUp(origin);
        throw retries > 0 ? new NotWaitedFor(error) : error;
      }
      if (count > retries || (unanswered && lost?.isLost(origin))) {
        if (unanswered) lost?.lose(origin, error.code === 'NETWORK_TIMEOUT' ? 'silent' : 'unreachable');
        throw error;
      }
      await pause(count, error);
    }
  }
}

function anyOf(a: AbortSignal | undefined, b: AbortSignal): AbortSignal {
  return a === undefined ? b : AbortSignal.any([a, b]);
}

/** True for a status after which a retry may succeed. */
export function isTransient(status: number): boolean {
  return passing.has(status);
}

/** True if retrying may succeed. */
export function isRetryable(error: unknown): error is PeepError {
  if (!(error instanceof PeepError)) return false;
  const { status, reason } = error.facts;
  switch (error.code) {
    case 'NETWORK_TIMEOUT':
    case 'NETWORK_BROKEN':
      return true;
    case 'NETWORK_PROTOCOL':
      return error.facts.objection !== undefined;
    case 'PAGE_MALFORMED':
      return error.facts.endsEarly === true;
    case 'NETWORK_UNREACHABLE':
      return reason !== 'ENOTFOUND' && reason !== 'EACCES' && reason !== 'EPERM';
    case 'NETWORK_PROXY':
      return status === undefined || isTransient(Number(status));
    case 'REGISTRY_REFUSED':
      return error.facts.isPassing === true;
    case 'HTTP_STATUS':
      return isTransient(Number(status)) && (askedDelay(error) ?? 0) <= ceilings.retryAfter;
    default:
      return false;
  }
}

/**
 * Milliseconds before retry number `count` (from 1): doubles each time, with jitter so that clients do not retry in
 * step.
 */
export function backoff(count: number, random: number): number {
  return Math.min(maxDelay, firstDelay * 2 ** (count - 1)) * (0.5 + random / 2);
}

/**
 * Parses `Retry-After` (RFC 9110, 10.2.3), seconds or a date, to milliseconds from `now`. Undefined for other
 * values.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER / 1000) * 1000;
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  // RFC 9110, 5.6.7: asctime() dates have no zone and mean UTC.
  const date = Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The error for a response without content; it has the status, and the pause that the server asks for. */
export function statusError(response: TransportResponse, now: number): PeepError {
  const { status, url } = response;
  const wait = parseRetryAfter(response.headers['retry-after'], now);
  return networkError('HTTP_STATUS', url, `the server answers with status ${status}`, {
    hint: lostLogin(response) ?? statusHint(status, wait),
    facts: { status, ...(wait === undefined ? {} : { retryAfter: wait }) },
  });
}

/** P7: credentials for plain http are not sent to https, nor to another host. */
function lostLogin({ status, url, redirectedFrom }: TransportResponse): string | undefined {
  if (redirectedFrom === undefined || (status !== 401 && status !== 403)) return undefined;
  const [from, to] = [new URL(redirectedFrom), new URL(url)];
  if (from.origin === to.origin) return undefined;
  const place = `'${redactUrl(to.href)}'`;
  return from.hostname === to.hostname && to.protocol === 'https:'
    ? `'${redactUrl(from.origin)}' redirects to https, and a password for http is not sent there: begin the address with ${redactUrl(to.origin)}/.`
    : `It is redirected to ${place}, and a password for '${from.host}' is not sent there; use that address, or give a password for '${to.host}' in netrc.`;
}

function askedDelay(error: PeepError): number | undefined {
  const { retryAfter } = error.facts;
  return typeof retryAfter === 'number' ? retryAfter : undefined;
}

function statusHint(status: number, wait: number | undefined): string {
  if (wait !== undefined && wait > ceilings.retryAfter) {
    return `The server asked to wait ${Math.ceil(wait / 1000)} s; try again then.`;
  }
  if (status === 401 || status === 403) {
    return 'Check the user and password: in the URL, in netrc, or in the keyring (--keyring-provider subprocess).';
  }
  if (status === 404 || status === 410) return 'Check the address; the file may have been removed.';
  if (status === 429) return 'The server limits requests; try again later, or with fewer --jobs.';
  if (status >= 500) return 'The server reports an error of its own; try again later.';
  return 'Check the address and the settings of the index.';
}
