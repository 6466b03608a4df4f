/** A response whose body has not been read. */
export interface TransportResponse {
  readonly status: number;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
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
}

/**
 * One GET over http or https with redirects, credentials by origin, proxies and TLS settings; no retry and
 * no decoding. Throws `PeepError`s of the network kind (P8). Any status is a response.
 */
export interface Transport {
  get(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}
