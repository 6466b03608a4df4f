import type { Credentials } from './credentials.js';

/** A response whose body has not been read. */
export interface TransportResponse {
  readonly status: number;
  /** Names in lower case. Repeated headers are joined by `, `, those of Set-Cookie by a line feed. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  /** The requested URL, if a redirect led to `url`. */
  readonly redirectedFrom?: string | undefined;
  /**
   * Passes the raw bytes of the body to `take`, in order. A chunk is valid until `take` returns, so `take` must
   * copy what it keeps. The next chunk waits for the promise of `take`. Idle time-outs apply. Settles at the end of
   * the body; rejects with the error of the connection or of `take`. Call this once, or call `cancel`.
   */
  read(take: (chunk: Buffer) => void | Promise<void>): Promise<void>;
  cancel(): void;
}

export interface TransportRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Credentials for this request instead of the transport's own: for a server with its own login protocol. */
  readonly credentials?: Credentials;
  /** The index whose page linked to `url`, as configured: its credentials apply at its own origin. */
  readonly linkedBy?: string | undefined;
}

/** The method and body of a request. */
export interface RequestBody {
  /** Bytes. */
  readonly size: number;
  /** The bytes from the start; called again when the request is repeated after a 401 or a redirect. */
  open(): AsyncIterable<Uint8Array>;
}

export interface SendRequest extends TransportRequest {
  readonly method: 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly body?: RequestBody;
}

/**
 * Sends requests over http or https; handles redirects, credentials by origin, proxies and TLS settings. Does not
 * retry or decode. Throws network errors as `PeepError`s (P8). Any status is a response.
 */
export interface Transport {
  get(request: TransportRequest): Promise<TransportResponse>;
  /** Like `get`, with another method. A request with a body follows only 307 and 308, which keep method and body. */
  send(request: SendRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
