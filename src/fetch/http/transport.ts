import type { Credentials } from './credentials.js';

/** A response whose body has not been read. */
export interface TransportResponse {
  readonly status: number;
  /** Names in lower case; repeated ones joined by `, `, those of Set-Cookie by a line end. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  /** What was asked for, where a redirect led on to `url`. */
  readonly redirectedFrom?: string | undefined;
  /**
   * Hands the raw bytes of the body to `take`, in order; a chunk is good until `take` returns: what is kept of it must
   * be copied. No more comes before a promise of `take` settles. Idle time-outs apply. Settles at the end of the body;
   * rejects with what broke it, or with what `take` threw. To be called once, or else `cancel`.
   */
  read(take: (chunk: Buffer) => void | Promise<void>): Promise<void>;
  cancel(): void;
}

export interface TransportRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For this request in place of the transport's own: of a server that has its own way to log in. */
  readonly credentials?: Credentials;
  /** The index whose page led to `url`, as configured: its credentials are the right ones, at its own origin. */
  readonly linkedBy?: string | undefined;
}

/** What a request carries. */
export interface RequestBody {
  /** Bytes. */
  readonly size: number;
  /** The bytes from the first on; called again when the request is repeated after a 401 or a redirect. */
  open(): AsyncIterable<Uint8Array>;
}

export interface SendRequest extends TransportRequest {
  readonly method: 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly body?: RequestBody;
}

/**
 * Requests over http or https with redirects, credentials by origin, proxies and TLS settings; no retry and
 * no decoding. Throws `PeepError`s of the network kind (P8). Any status is a response.
 */
export interface Transport {
  get(request: TransportRequest): Promise<TransportResponse>;
  /** As `get`, but with another method. What carries a body follows 307 and 308 alone, which keep method and body. */
  send(request: SendRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
