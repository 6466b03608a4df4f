import { ceilings } from '../../config/ceilings.js';
import type { ArchiveLink } from '../../resolver/link.js';
import type { PeepError } from '../../text/errors.js';
import { type Clock, systemClock } from '../http/clock.js';
import { parseContentLength, parseContentRange, strongTag } from '../http/content-range.js';
import { networkError } from '../http/failures.js';
import { statusError, withRetries } from '../http/retry.js';
import type { Transport, TransportResponse } from '../http/transport.js';
import type { UnreachableOrigins } from '../http/unreachable.js';
import type { OnProgress } from './progress.js';

/** Receives the bytes of one archive. */
export interface Sink {
  /** Bytes received so far. */
  readonly size: number;
  /** Copies the bytes of `chunk`: the caller reuses its memory after this returns. */
  write(chunk: Buffer): void | Promise<void>;
  /** Called when the transfer failed, or starts again with another sink. */
  abandon(): Promise<void>;
}

export interface TransferDeps {
  readonly transport: Transport;
  /** `--retries`. */
  readonly retries: number;
  readonly lost?: UnreachableOrigins;
  readonly clock?: Clock;
}

export interface TransferRequest {
  readonly link: ArchiveLink;
  readonly filename: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Start again instead of resuming. */
  readonly inOnePiece?: boolean;
  /** False if another server may have the bytes; see `RetryOptions`. */
  readonly wait?: boolean | undefined;
}

export interface Transferred<S extends Sink> {
  readonly sink: S;
  /**
   * True if one response brought everything, with an announced end. Otherwise a mismatch may come from a server
   * that resumes wrongly, or from a connection that was cut without a known length.
   */
  readonly conclusive: boolean;
  /** Status of the response that began the transfer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  /** After redirects. */
  readonly url: string;
}

interface Progress<S> {
  readonly sink: S;
  /** Strong validator of the bytes in `sink`. */
  readonly tag: string | undefined;
  /** Length that the server announced. */
  readonly total: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly url: string;
  /** The server announces no length and closes the connection at the end. */
  readonly openEnded: boolean;
  /** The bytes came from several responses. */
  readonly resumed: boolean;
}

/**
 * Transfers the bytes of `link` into a sink, in order and each once, over as many connections as needed. A broken
 * transfer resumes if the server proves that it still has the same bytes (a strong validator and an exact
 * `Content-Range`); otherwise it starts again with a fresh sink. Throws network errors (P8).
 */
export async function transfer<S extends Sink>(
  deps: TransferDeps,
  request: TransferRequest,
  openSink: (announcedSize: number | undefined) => S,
): Promise<Transferred<S>> {
  const { link, filename, onProgress, wait } = request;
  const clock = deps.clock ?? systemClock;
  let progress: Progress<S> | undefined;
  let rangesRefused = false;

  async function attempt(signal: AbortSignal | undefined): Promise<Transferred<S>> {
    const response = await requestRest(signal);
    const state = progress;
    if (state === undefined) throw new Error('a response without a transfer');
    await readBody(response, state, link, onProgress);
    const endKnown = !state.openEnded || link.size !== undefined;
    return {
      sink: state.sink,
      conclusive: endKnown && !state.resumed,
      headers: state.headers,
      ...{ status: state.status, url: state.url },
    };
  }

  /** A response whose body continues `progress`; for a new transfer `progress` is empty. */
  async function requestRest(signal: AbortSignal | undefined): Promise<TransportResponse> {
    if (progress?.tag !== undefined && progress.sink.size > 0 && !request.inOnePiece && !rangesRefused) {
      const { sink, tag } = progress;
      const response = await get({ range: `bytes=${sink.size}-`, 'if-range': tag }, signal);
      if (response.status === 206 && continues(response, progress)) {
        progress = { ...progress, resumed: true };
        onProgress?.({ kind: 'resumed', received: sink.size });
        return response;
      }
      if (isWhole(response)) return await begin(response);
      response.cancel();
      if (response.status !== 206 && !refusesRanges.has(response.status))
        throw statusError(response, clock.now());
      rangesRefused = true;
    }
    return await begin(await get({}, signal));
  }

  async function begin(response: TransportResponse): Promise<TransportResponse> {
    const { headers } = response;
    if (!isWhole(response)) {
      response.cancel();
      throw statusError(response, clock.now());
    }
    if (progress !== undefined) {
      await progress.sink.abandon();
      progress = undefined;
      onProgress?.({ kind: 'restarted' });
    }
    const total = parseContentLength(headers['content-length']);
    if (total !== undefined && total > ceilingOf(link)) {
      response.cancel();
      throw tooLarge(link, total);
    }
    const sink = openSink(total ?? link.size);
    // Chunked transfers have an end mark. Without it and without a length, a broken connection looks like the end.
    const openEnded = total === undefined && !/\bchunked\b/i.test(headers['transfer-encoding'] ?? '');
    progress = {
      sink,
      tag: strongTag(headers.etag),
      total,
      headers,
      openEnded,
      resumed: false,
      ...{ status: response.status, url: response.url },
    };
    onProgress?.({ kind: 'started', filename, size: total ?? link.size });
    return response;
  }

  function get(
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<TransportResponse> {
    return deps.transport.get({
      url: link.url,
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...headers },
      linkedBy: link.index,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  const onRetry = (count: number, delay: number, error: PeepError) =>
    onProgress?.({ kind: 'retry', attempt: count, retries: deps.retries, delay, error });
  try {
    const received = (): number => progress?.sink.size ?? 0;
    const { signal } = request;
    const options = { ...deps, clock, url: link.url, signal, onRetry, progress: received, wait };
    return await withRetries(options, attempt);
  } catch (error) {
    await progress?.sink.abandon();
    throw error;
  }
}

/** Statuses of servers that refuse a range: the whole archive may still be available. */
const refusesRanges: ReadonlySet<number> = new Set([400, 403, 405, 412, 416, 501]);

/** 203 is a 200 that a proxy passed on; a 206 may contain the whole archive. */
function isWhole({ status, headers }: TransportResponse): boolean {
  if (status !== 206) return status === 200 || status === 203;
  const range = parseContentRange(headers['content-range']);
  return (
    range !== undefined && range.first === 0 && range.total !== undefined && range.last === range.total - 1
  );
}

async function readBody<S extends Sink>(
  response: TransportResponse,
  { sink, total, openEnded }: Progress<S>,
  link: ArchiveLink,
  onProgress: OnProgress | undefined,
): Promise<void> {
  const ceiling = Math.min(total ?? Number.POSITIVE_INFINITY, ceilingOf(link));
  await response.read((chunk) => {
    if (sink.size + chunk.length > ceiling) throw tooLarge(link, sink.size + chunk.length);
    const written = sink.write(chunk);
    onProgress?.({ kind: 'bytes', received: sink.size });
    return written;
  });
  const expected = total ?? (openEnded ? link.size : undefined);
  if (expected !== undefined && sink.size < expected) {
    throw networkError('NETWORK_BROKEN', response.url, `it ended after ${sink.size} of ${expected} bytes`, {
      hint: 'Try again; a proxy or firewall may cut off transfers.',
    });
  }
}

/** True if the 206 continues exactly at the end of the sink, up to the end of the same archive. */
function continues<S extends Sink>(
  { headers }: TransportResponse,
  { sink, tag, total, headers: before }: Progress<S>,
): boolean {
  const range = parseContentRange(headers['content-range']);
  if (range === undefined || range.first !== sink.size || strongTag(headers.etag) !== tag) return false;
  if (headers['content-encoding'] !== before['content-encoding']) return false;
  // The range must be the complete rest of an archive of the same length.
  if (range.total === undefined || range.last !== range.total - 1) return false;
  if (total !== undefined && range.total !== total) return false;
  const length = parseContentLength(headers['content-length']);
  return length === undefined || length === range.last - range.first + 1;
}

function ceilingOf(link: ArchiveLink): number {
  return Math.min(link.size ?? Number.POSITIVE_INFINITY, ceilings.archive);
}

function tooLarge(link: ArchiveLink, size: number): PeepError {
  const limit = ceilingOf(link);
  const why =
    link.size === limit
      ? `the index announced ${limit} bytes, but the server sends at least ${size}`
      : `it is larger than ${limit} bytes`;
  return networkError('TRANSFER_TOO_LARGE', link.url, why, {
    hint: 'The index or the server is wrong; ask its operator, or use another index.',
    facts: { limit, size },
  });
}
