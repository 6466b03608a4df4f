/** What a mock index serves, as plain data. Everything has a sensible default; `{}` is an index without projects. */
export interface Scenario {
  /** By project name, in any spelling: pages are served under the normalised one. */
  readonly projects?: Readonly<Record<string, readonly FileSpec[] | ProjectSpec>>;
  /** `negotiated` (default) follows `Accept`; the others answer in one form whatever was asked. */
  readonly form?: PageForm;
  /** How pages name files: `absolute` (default) with the origin, `relative` to the page, `root` from the host's root. */
  readonly links?: 'absolute' | 'relative' | 'root';
  /** The origin under which absolute links point, for files that another mock index serves. */
  readonly filesOrigin?: string;
  /** `api-version` of JSON pages and of the HTML `<meta>`; 1.4 by default. */
  readonly apiVersion?: string;
  /** Anything else, by exact path: find-links pages, requirements files, archives behind odd URLs. */
  readonly routes?: Readonly<Record<string, Route>>;
  readonly faults?: readonly Fault[];
  /** Of several, the first whose paths fit. */
  readonly auth?: BasicAuth | readonly BasicAuth[];
  /** Milliseconds before each answer, for benchmarks. */
  readonly latency?: number;
  /** Status for projects that do not exist; 404 by default. */
  readonly notFound?: number;
  readonly refuseHead?: boolean;
  /** Answers 400 to requests that carry `Authorization`, as storage behind presigned URLs does. */
  readonly refuseAuthorization?: boolean;
  /** Takes `+` in a path for a space, as storage behind some indexes does. */
  readonly plusIsSpace?: boolean;
  /** PEM; makes it an https server. See `makeCertificates`. */
  readonly tls?: {
    readonly key: string;
    readonly cert: string;
    /** Asks clients for a certificate that `ca` signed, and turns others away. */
    readonly requestCert?: boolean;
    readonly ca?: string;
  };
}

export type PageForm = 'negotiated' | 'json' | 'html';

export interface BasicAuth {
  readonly user: string;
  readonly password: string;
  readonly realm?: string;
  /** The paths that need it; all by default. */
  readonly paths?: RegExp;
}

export interface ProjectSpec {
  readonly files: readonly FileSpec[];
  readonly form?: PageForm;
  /** PEP 792. */
  readonly status?: { readonly status: string; readonly reason?: string };
  /** Answers instead of the generated page. */
  readonly page?: Route;
  /** `<base href>` of the HTML page. */
  readonly base?: string;
  /** JSON members that are added to the page or replace generated ones. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** Bytes in memory, or a file that is streamed (benchmarks, real archives). */
export type Content = Uint8Array | { readonly path: string };

export interface FileSpec {
  readonly filename: string;
  readonly bytes: Content;
  /** What is served in place of `bytes`, which the page goes on to describe: a tampered archive. */
  readonly served?: Uint8Array;
  /** Digests on the page: the sha256 of `bytes` (default), none, or given ones as they shall be written. */
  readonly hashes?: 'sha256' | 'none' | Readonly<Record<string, string>>;
  /** PEP 700 size: the true one (default), none, or a given one. */
  readonly size?: number | 'none';
  readonly requiresPython?: string;
  /** PEP 592: true, or the reason. */
  readonly yanked?: boolean | string;
  /** PEP 700, ISO 8601. */
  readonly uploadTime?: string;
  /** PEP 658/714: served beside the file as `FILENAME.metadata`. */
  readonly coreMetadata?: string;
  /** The link as it shall stand on the page, in place of the generated one and its fragment. */
  readonly href?: string;
  /** The anchor's text; the file name by default. */
  readonly text?: string;
  /** Attributes of the anchor, written as they are, after or in place of the generated ones. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Members of the JSON entry, after or in place of the generated ones. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** A strong one from the digest by default. */
  readonly etag?: string | 'weak' | 'none';
}

/** An answer of its own. */
export interface Route {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Content;
}

/**
 * What goes wrong, where and how often. The first fault that fits a request and is not used up applies; its
 * fields combine (`{ status: 206, truncateAt: 10 }`).
 */
export interface Fault {
  /** The path with its query, exactly as requested, or a pattern for it. */
  readonly path: string | RegExp;
  readonly method?: string;
  /** How many requests of each path it spoils, from the first on; all by default. */
  readonly times?: number;
  /** How many requests of each path pass before; 0 by default. */
  readonly after?: number;

  readonly status?: number;
  /** Added to the answer's own, or in place of them; null removes one. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string | Content;
  /** `Location`, with status 302 unless `status` says otherwise. */
  readonly redirect?: string | ((request: { readonly origin: string; readonly path: string }) => string);
  readonly contentType?: string;

  /** Changes the byte at this offset (negative: from the end). */
  readonly wrongByteAt?: number;
  /** Sends this many bytes of the body, then closes the connection in order. */
  readonly truncateAt?: number;
  /** Sends this many bytes, then nothing until the client goes. */
  readonly stallAt?: number;
  /** Sends this many bytes, then resets the connection; `before-answer` resets it without a header. */
  readonly resetAt?: number | 'before-answer';
  /** Keeps the whole answer back until the client goes. */
  readonly silent?: boolean;
  /** Sends bytes of its own after the body, without an end. */
  readonly endless?: boolean;
  /** Sends this many bytes at a time, `dripEvery` milliseconds apart (0: as fast as they are taken). */
  readonly drip?: number;
  readonly dripEvery?: number;
  /** Compresses the body and says so, asked or not. */
  readonly gzip?: boolean;
  /** `chunked`: no Content-Length; `close`: the body ends with the connection; a number: a false Content-Length. */
  readonly length?: 'chunked' | 'close' | number;
  /** How requests with `Range` are answered wrongly. */
  readonly range?: RangeFault;
  readonly etag?: string | 'weak' | 'none';
  /** Adds header lines of about this many bytes. */
  readonly headerBytes?: number;
  /** Bytes written to the socket in place of any answer, which is then closed. */
  readonly raw?: string | Uint8Array;
  /** Milliseconds before the answer. */
  readonly latency?: number;
}

/**
 * `ignored`: announced, yet answered with 200 and everything. `shifted`: Content-Range one byte further than
 * asked, with the bytes that belong there. `relabelled`: the right Content-Range over bytes from the start.
 * `other-validator`: a 206 with another ETag and other bytes. `no-content-range`: a 206 without one.
 * `wrong-total`: a total that differs. `refused`: 416. `ignores-if-range`: 206 though If-Range does not match.
 */
export type RangeFault =
  | 'ignored'
  | 'shifted'
  | 'relabelled'
  | 'other-validator'
  | 'no-content-range'
  | 'wrong-total'
  | 'refused'
  | 'ignores-if-range';
