import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ceilings, minSpeed } from '../../config/ceilings.js';
import type { Clock } from './clock.js';
import { notHttp, timedOut, toNetworkError } from './failures.js';
import { framingContradiction, joined } from './response-headers.js';
import type { RequestBody, TransportResponse } from './transport.js';

/** Maximum number of bytes to buffer for a slow reader; then the socket is paused. */
const highWater = 256 * 1024;
/**
 * Size to count for a chunk besides its bytes: a server that sends single bytes must not fill the memory with
 * objects.
 */
const chunkOverhead = 1024;

export interface ExchangeOptions {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly body: RequestBody | undefined;
  readonly origin: string;
  /** Path and query; the whole URL for a plain http proxy. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** URL without credentials, for the response. */
  readonly url: string;
  /** Idle time-out in milliseconds. */
  readonly idle: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/** Sends one request on `dispatcher`, without following redirects. Settles when the header block has arrived. */
export function exchange(dispatcher: Dispatcher, options: ExchangeOptions): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(options.signal.reason);
      return;
    }
    const { origin, path, method, body } = options;
    const reader = new ResponseReader(options, resolve, reject);
    const headers = { ...options.headers };
    if (body !== undefined) headers['content-length'] = String(body.size);
    // undici accepts iterables here, although its types do not say so.
    const sent = body === undefined ? null : (reader.sending(body) as unknown as Readable);
    try {
      dispatcher.dispatch({ origin, path, method, headers, body: sent }, reader);
    } catch (error) {
      reject(toNetworkError(error, options.url));
    }
  });
}

interface Reader {
  take(chunk: Buffer): void | Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Chunks go from the parser to the reader within the same call, without a stream in between: on a core that also
 * hashes, each layer costs speed. Chunks that the reader does not take at once are copied, because undici reuses
 * their memory.
 */
class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #respond: (response: TransportResponse) => void;
  readonly #refuse: (error: unknown) => void;
  readonly #onAbort = () => this.#fail(this.#options.signal?.reason);
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: 'headers' | 'body' | 'discarding' | 'ended' | 'failed' = 'headers';
  #error: unknown;
  #queue: Buffer[] = [];
  #queued = 0;
  #paused = false;
  #reader: Reader | undefined;
  /** True while the reader's promise for a chunk is pending. */
  #busy = false;
  #discarded = 0;
  #windowStart = 0;
  #windowBytes = 0;

  constructor(
    options: ExchangeOptions,
    respond: (response: TransportResponse) => void,
    refuse: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#respond = respond;
    this.#refuse = refuse;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** No idle time-out while the request body is being sent. */
  async *sending(body: RequestBody): AsyncGenerator<Uint8Array> {
    for await (const chunk of body.open()) {
      this.#timer?.refresh();
      yield chunk;
    }
    this.#timer?.refresh();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#state === 'failed') {
      controller.abort(new Error('given up'));
      return;
    }
    this.#arm('the server did not answer');
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200 || this.#state !== 'headers') return;
    const contradiction = framingContradiction(headers);
    if (contradiction !== undefined) {
      this.#fail(notHttp(this.#options.url, contradiction));
      return;
    }
    this.#state = 'body';
    this.#arm('the server stopped sending');
    this.#startWindow();
    this.#respond({
      status,
      headers: joined(headers),
      url: this.#options.url,
      read: (take) => this.#read(take),
      cancel: () => this.#discard(),
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#state === 'discarding') {
      this.#discarded += chunk.length;
      if (this.#discarded > ceilings.discard) controller.abort(new Error('not wanted'));
      return;
    }
    // The parser restarts with an empty chunk after each pause; pausing on it again would loop.
    if (this.#state !== 'body' || chunk.length === 0) return;
    this.#timer?.refresh();
    if (!this.#fastEnough(chunk.length)) return;
    if (this.#reader !== undefined && !this.#busy && this.#queue.length === 0) {
      this.#hand(this.#reader, chunk);
      if (this.#busy) this.#pause();
      return;
    }
    this.#queue.push(Buffer.from(chunk));
    this.#queued += chunk.length + chunkOverhead;
    if (this.#queued >= highWater) this.#pause();
  }

  onResponseEnd(): void {
    if (this.#state === 'failed') return;
    this.#state = 'ended';
    this.#finish();
    this.#drain();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#state === 'ended') return;
    const started = this.#state !== 'headers';
    this.#fail(toNetworkError(error, this.#options.url, this.#options.signal, started));
  }

  #read(take: Reader['take']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#reader = { take, resolve, reject };
      this.#drain();
    });
  }

  #hand(reader: Reader, chunk: Buffer): void {
    try {
      const pending = reader.take(chunk);
      if (pending === undefined) return;
      this.#busy = true;
      pending.then(
        () => {
          this.#busy = false;
          this.#drain();
        },
        (error: unknown) => this.#refused(error),
      );
    } catch (error) {
      this.#refused(error);
    }
  }

  /** Ends the response after the reader failed or refused a chunk. */
  #refused(error: unknown): void {
    this.#busy = false;
    this.#queue = [];
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#discard();
  }

  /** Delivers the buffered chunks, then reports the end to the reader or resumes the socket. */
  #drain(): void {
    while (this.#reader !== undefined && !this.#busy) {
      const chunk = this.#queue.shift();
      if (chunk === undefined) break;
      this.#queued -= chunk.length + chunkOverhead;
      this.#hand(this.#reader, chunk);
    }
    if (this.#reader === undefined || this.#busy) return;
    if (this.#state === 'failed') this.#reader.reject(this.#error);
    else if (this.#state !== 'body') this.#reader.resolve();
    else if (this.#paused) this.#resume();
  }

  #pause(): void {
    if (this.#paused || this.#state !== 'body') return;
    this.#paused = true;
    this.#controller?.pause();
    this.#disarm();
  }

  #resume(): void {
    this.#paused = false;
    if (this.#state !== 'body') return;
    this.#arm('the server stopped sending');
    this.#startWindow();
    this.#controller?.resume();
  }

  /**
   * Discards the rest of the body: reads a short rest to its end, so that the connection can be reused, and else
   * closes the connection.
   */
  #discard(): void {
    if (this.#state !== 'body') return;
    this.#state = 'discarding';
    this.#queue = [];
    this.#finish();
    if (this.#paused) this.#controller?.abort(new Error('not wanted'));
    else {
      this.#timer = setTimeout(() => this.#controller?.abort(new Error('not wanted')), this.#options.idle);
      this.#timer.unref();
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'ended' || this.#state === 'failed') return;
    const before = this.#state;
    this.#state = 'failed';
    this.#error = error;
    this.#finish();
    if (before === 'headers') this.#refuse(error);
    this.#drain();
    this.#controller?.abort(error instanceof Error ? error : new Error('given up'));
  }

  #finish(): void {
    this.#disarm();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  #arm(doing: string): void {
    this.#disarm();
    const { idle, url } = this.#options;
    this.#timer = setTimeout(() => this.#fail(timedOut(url, idle / 1000, doing)), idle);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #startWindow(): void {
    this.#windowStart = this.#options.clock.now();
    this.#windowBytes = 0;
  }

  #fastEnough(bytes: number): boolean {
    this.#windowBytes += bytes;
    const { clock, url } = this.#options;
    if (clock.now() - this.#windowStart < minSpeed.window) return true;
    if (this.#windowBytes < minSpeed.bytes) {
      this.#fail(timedOut(url, minSpeed.window / 1000, `the server sent fewer than ${minSpeed.bytes} bytes`));
      return false;
    }
    this.#startWindow();
    return true;
  }
}
