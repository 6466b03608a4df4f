import { ceilings } from '../../config/ceilings.js';
import type { PeepError } from '../../text/errors.js';
import { type Clock, systemClock } from './clock.js';
import { acceptedEncodings, answerTooLarge, decodeContent } from './content-encoding.js';
import { parseContentLength } from './content-range.js';
import { networkError } from './failures.js';
import { PageBudget, type PageLease } from './page-budget.js';
import { statusError, withRetries } from './retry.js';
import type { Transport, TransportResponse } from './transport.js';
import type { UnreachableOrigins } from './unreachable.js';

/** A page as the server sent it, decoded. */
export interface FetchedPage {
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  readonly bytes: Buffer;
}

export interface PageDeps {
  readonly transport: Transport;
  readonly retries: number;
  readonly lost?: UnreachableOrigins;
  readonly clock?: Clock;
  /** Shared by all pages of a run. */
  readonly budget?: PageBudget;
  /** `attempt` counts from 1; `delay` is in milliseconds. */
  readonly onRetry?: (attempt: number, delay: number, error: PeepError) => void;
}

export interface PageRequest {
  readonly url: string;
  readonly accept: string;
  readonly signal?: AbortSignal;
  /** Size limit of the decoded page; the limit for index pages by default. */
  readonly maxBytes?: number;
  /** False if another server may have the page; see `RetryOptions`. */
  readonly wait?: boolean;
  /** The error of an earlier attempt that did not wait; see `RetryOptions`. */
  readonly after?: PeepError | undefined;
  /** Statuses that mean "not found" besides 404 and 410. */
  readonly missing?: ReadonlySet<number>;
}

/** Statuses that mean "not found": an answer, not a failure (contract section 4). */
const notHere = new Set([404, 410]);

/** RFC 9110, 15.3.4: 203 is a 200 that a proxy changed. */
const isPage = (status: number): boolean => status === 200 || status === 203;

/**
 * Fetches an index page, passes it to `read`, and retries transient failures. Content-Encoding is decoded here,
 * within the size limit of a page and the budget of all pages, so that a small response cannot expand without
 * limit. Undefined for 404 and 410; other statuses throw `HTTP_STATUS`. A page that `read` finds truncated is
 * fetched again.
 */
export async function fetchPage<T>(
  deps: PageDeps,
  request: PageRequest,
  read: (page: FetchedPage) => T,
): Promise<T | undefined> {
  const { clock = systemClock, budget = new PageBudget(ceilings.pages) } = deps;
  const { url, accept, maxBytes = ceilings.page, wait, after, missing } = request;
  return withRetries({ ...deps, clock, url, signal: request.signal, wait, after }, async (signal) => {
    const response = await deps.transport.get({
      url,
      headers: { accept, 'accept-encoding': acceptedEncodings, 'cache-control': 'max-age=0' },
      ...(signal === undefined ? {} : { signal }),
    });
    if (notHere.has(response.status) || missing?.has(response.status)) {
      response.cancel();
      return undefined;
    }
    if (!isPage(response.status)) {
      response.cancel();
      throw statusError(response, clock.now());
    }
    const lease = budget.open();
    try {
      const { headers } = response;
      const sent = await readAll(response, maxBytes, lease);
      const bytes = await decodeContent(sent, headers['content-encoding'], response.url, { lease, maxBytes });
      return read({ headers, url: response.url, bytes });
    } finally {
      lease.release();
    }
  });
}

async function readAll(response: TransportResponse, maxBytes: number, lease: PageLease): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await response.read((chunk) => {
    size += chunk.length;
    if (size > maxBytes) throw answerTooLarge(response.url, maxBytes);
    chunks.push(Buffer.from(chunk));
    return lease.reserve(chunk.length);
  });
  const announced = parseContentLength(response.headers['content-length']);
  if (announced !== undefined && size < announced) {
    throw networkError('NETWORK_BROKEN', response.url, `it ended after ${size} of ${announced} bytes`, {
      hint: 'Try again.',
    });
  }
  return Buffer.concat(chunks, size);
}
