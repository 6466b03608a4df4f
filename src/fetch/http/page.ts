import { promisify } from 'node:util';
import { type BrotliOptions, brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib';
import { ceilings } from '../../config/ceilings.js';
import { type PeepError, systemCode } from '../../text/errors.js';
import { type Clock, systemClock } from './clock.js';
import { networkError } from './failures.js';
import { statusError, type UnreachableOrigins, withRetries } from './retry.js';
import type { Transport, TransportResponse } from './transport.js';

/** A page as the server sent it, decoded. */
export interface FetchedPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: string;
  /** Empty unless the status is 200. */
  readonly bytes: Buffer;
}

export interface PageDeps {
  readonly transport: Transport;
  readonly retries: number;
  readonly lost?: UnreachableOrigins;
  readonly clock?: Clock;
  /** `attempt` counts from 1, `delay` is in milliseconds. */
  readonly onRetry?: (attempt: number, delay: number, error: PeepError) => void;
}

/** Statuses that say "not here": answers, not failures (contract section 4). */
const notHere = new Set([404, 410]);

/**
 * Fetches an index page, retrying what may pass. Content-Encoding is decoded here, under the ceiling of a page, so
 * that a small answer cannot become a large one. 404 and 410 are answers; other statuses than 200 throw `HTTP_STATUS`.
 */
export async function fetchPage(
  deps: PageDeps,
  request: {
    readonly url: string;
    readonly accept: string;
    readonly signal?: AbortSignal;
    /** Of the answer, decoded; by default the ceiling of a page. */
    readonly maxBytes?: number;
  },
): Promise<FetchedPage> {
  const clock = deps.clock ?? systemClock;
  const { url, accept, signal, maxBytes = ceilings.page } = request;
  return withRetries({ ...deps, clock, url, signal }, async () => {
    const response = await deps.transport.get({
      url,
      headers: { accept, 'accept-encoding': 'gzip, deflate, br', 'cache-control': 'max-age=0' },
      ...(signal === undefined ? {} : { signal }),
    });
    if (notHere.has(response.status)) {
      response.cancel();
      return {
        status: response.status,
        headers: response.headers,
        url: response.url,
        bytes: Buffer.alloc(0),
      };
    }
    if (response.status !== 200) {
      response.cancel();
      throw statusError(response, clock.now());
    }
    const bytes = await decode(response, await readAll(response, maxBytes), maxBytes);
    return { status: 200, headers: response.headers, url: response.url, bytes };
  });
}

async function readAll(response: TransportResponse, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  await response.read((chunk) => {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(response.url, maxBytes);
    chunks.push(Buffer.from(chunk));
  });
  const announced = Number(response.headers['content-length'] ?? size);
  if (Number.isFinite(announced) && size < announced) {
    throw networkError('NETWORK_BROKEN', response.url, `it ended after ${size} of ${announced} bytes`, {
      hint: 'Try again.',
    });
  }
  return Buffer.concat(chunks, size);
}

type Decompress = (bytes: Buffer, options: ZlibOptions & BrotliOptions) => Promise<Buffer>;

const decoders: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip) as Decompress,
  'x-gzip': promisify(gunzip) as Decompress,
  deflate: promisify(inflate) as Decompress,
  br: promisify(brotliDecompress) as Decompress,
};

async function decode(response: TransportResponse, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const encodings = (response.headers['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (encodings.length > 2) throw unsound(response.url, 'it is encoded more than twice');
  let decoded = bytes;
  for (const name of encodings.reverse()) {
    const decompress = decoders[name];
    if (decompress === undefined)
      throw unsound(response.url, `its Content-Encoding '${name.slice(0, 50)}' is unknown`);
    try {
      decoded = await decompress(decoded, { maxOutputLength: maxBytes });
    } catch (cause) {
      if (systemCode(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(response.url, maxBytes);
      throw unsound(response.url, `its Content-Encoding '${name}' does not decode`, cause);
    }
  }
  return decoded;
}

function tooLarge(url: string, maxBytes: number): Error {
  return networkError('TRANSFER_TOO_LARGE', url, `the answer is larger than ${maxBytes} bytes`, {
    hint: 'Check the index URL; no page or provenance of an index is that large.',
  });
}

function unsound(url: string, why: string, cause?: unknown): Error {
  return networkError('NETWORK_PROTOCOL', url, why, {
    cause,
    hint: 'The server or a proxy before it is at fault; ask its operator.',
  });
}
