/** A response whose body has not been read. */
export interface TransportResponse {
  readonly status: number;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  /** The raw bytes; idle time-outs and ceilings apply. Must be read to the end or cancelled. */
  readonly body: AsyncIterable<Buffer>;
  cancel(): void;
}

export interface TransportRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * One GET over http or https with redirects, credentials by origin, proxies and TLS settings; no retry and
 * no decoding. Throws `PeepError`s of the network kind (P8). Any status is a response.
 */
export interface Transport {
  get(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
