import type { DigestAlgorithm, Digests } from '../../hash/digest.js';
import { createSpool, type SpoolDeps } from '../../hash/spool/archive-spool.js';
import {
  type ComputedDigests,
  DigestMismatch,
  MultiHash,
  Verification,
  type VerifiedArchive,
} from '../../hash/verification.js';
import { clipped } from '../../text/clip.js';
import { PeepError } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { networkError } from '../http/failures.js';
import { readLocalFile } from './local-file.js';
import {
  type Sink,
  type TransferDeps,
  type TransferRequest,
  type Transferred,
  transfer,
} from './transfer.js';

export interface DownloadDeps extends TransferDeps, SpoolDeps {}

export interface VerifiedRequest extends TransferRequest {
  /** P3: never empty. */
  readonly digests: Digests;
}

/**
 * Fetches an archive and hashes it in the same pass, held in memory or as ciphertext (P1). The bytes are hashed as
 * the server sent them: like pip, peep asks for `identity` and decodes nothing, because nothing unverified is
 * decompressed (P2). `filename` must be a valid archive file name (P9). Throws `DIGEST_MISMATCH`, which is never
 * retried, a network error (P8), `FILE_UNREADABLE` or `SPILL_FAILED`, and then leaves nothing behind. The caller
 * releases the archive.
 */
export async function downloadVerified(
  deps: DownloadDeps,
  request: VerifiedRequest,
): Promise<VerifiedArchive> {
  const openSink = (size: number | undefined) => new Verification(request.digests, createSpool(deps, size));
  const first = await transferTo(deps, request, openSink);
  const outcome = await verify(first, request);
  if (!(outcome instanceof PeepError)) return outcome;
  if (first.conclusive) throw outcome;

  // P8: a mismatch may be a transfer error if the bytes came in pieces, or if the server announced no length and
  // marked no end. Download once more in one piece. A second mismatch is final, unless the length is still unknown
  // and differs from the first.
  const second = await transferTo(deps, { ...request, inOnePiece: true }, openSink);
  const again = await verify(second, request);
  if (!(again instanceof PeepError)) return again;
  // Different bytes of the same length are not a transfer error.
  const sameEnd = first.sink.size === second.sink.size;
  if (second.conclusive || sameEnd || !(again instanceof DigestMismatch)) throw again;
  throw differsEachTime(request);
}

export interface DownloadedDigest {
  readonly computed: ComputedDigests;
  /** Bytes. */
  readonly size: number;
}

export interface DigestRequest extends TransferRequest {
  /** In addition to sha256. */
  readonly algorithms?: readonly DigestAlgorithm[];
}

/**
 * Fetches an archive only to hash it, for a pin without digests. The bytes are not kept. Throws network errors and
 * `FILE_UNREADABLE`.
 */
export async function downloadDigest(deps: TransferDeps, request: DigestRequest): Promise<DownloadedDigest> {
  const { computed, sink } = await hashTo(deps, request, () => new DigestSink(request.algorithms));
  return { computed, size: sink.size };
}

/**
 * Fetches an archive whose pin is made from its digests. Its bytes are held as unverified (P1) until the caller
 * passes the digests of the pin to `archive`, or discards them with `abandon`. The caller must call one of the two.
 */
export async function downloadUnpinned(
  deps: DownloadDeps,
  request: DigestRequest,
): Promise<
  DownloadedDigest & {
    readonly archive: (pinned: Digests) => Promise<VerifiedArchive>;
    readonly abandon: () => Promise<void>;
  }
> {
  const { algorithms = [], filename } = request;
  const openSink = (size: number | undefined) => new Verification({ algorithms }, createSpool(deps, size));
  const { computed, sink } = await hashTo(deps, request, openSink);
  return {
    ...{ computed, size: sink.size },
    archive: (pinned) => sink.finish(filename, pinned),
    abandon: () => sink.abandon(),
  };
}

async function hashTo<S extends Sink & { end(): ComputedDigests }>(
  deps: TransferDeps,
  request: DigestRequest,
  openSink: (size: number | undefined) => S,
): Promise<{ readonly computed: ComputedDigests; readonly sink: S }> {
  const first = await transferTo(deps, request, openSink);
  const before = first.sink.end();
  if (!first.conclusive) await first.sink.abandon();
  const last = first.conclusive ? first : await transferTo(deps, { ...request, inOnePiece: true }, openSink);
  const { sink } = last;
  const computed = first.conclusive ? before : sink.end();
  const isOther = computed.sha256.hex !== before.sha256.hex && sink.size !== first.sink.size;
  // P8: do not propose a digest of something that is not the archive.
  const isAdvertised = request.link.advertised.some(({ algorithm, hex }) => computed[algorithm]?.hex === hex);
  const trouble =
    !last.conclusive && isOther
      ? differsEachTime(request)
      : isAdvertised
        ? undefined
        : notTheArchive(last, sink.size, request);
  if (trouble !== undefined) {
    await sink.abandon();
    throw trouble;
  }
  request.onProgress?.({ kind: 'done', size: sink.size });
  return { computed, sink };
}

function differsEachTime(request: TransferRequest): PeepError {
  return networkError(
    'NETWORK_BROKEN',
    request.link.url,
    'its length differs each time, and the server does not announce it',
    { hint: 'Try again; a proxy or firewall may cut off transfers.' },
  );
}

async function transferTo<S extends Sink>(
  deps: TransferDeps,
  request: TransferRequest,
  openSink: (size: number | undefined) => S,
): Promise<Transferred<S>> {
  if (!/^file:/i.test(request.link.url)) return await transfer(deps, request, openSink);
  return {
    sink: await readLocalFile(request, openSink),
    conclusive: true,
    headers: {},
    status: 200,
    url: request.link.url,
  };
}

/** The verified archive, or the mismatch. A response that is not an archive is a network error, not tampering (P8). */
async function verify(
  { sink, headers, status, url }: Transferred<Verification>,
  request: VerifiedRequest,
): Promise<VerifiedArchive | PeepError> {
  const { size } = sink;
  try {
    const archive = await sink.finish(request.filename);
    request.onProgress?.({ kind: 'done', size });
    return archive;
  } catch (error) {
    if (!(error instanceof DigestMismatch)) throw error;
    return (
      notTheArchive({ headers, status, url }, size, request, error) ??
      new DigestMismatch(request.filename, error.got, { size, status, url: redactUrl(url) })
    );
  }
}

function notTheArchive(
  { headers, status, url }: Pick<Transferred<Sink>, 'headers' | 'status' | 'url'>,
  size: number,
  request: TransferRequest,
  cause?: unknown,
): PeepError | undefined {
  const something = instead(headers, size, request);
  if (something === undefined) return undefined;
  return networkError(
    'NOT_THE_ARCHIVE',
    url,
    `the server sent ${something.what} instead of '${request.filename}'`,
    {
      ...(cause !== undefined && { cause }),
      hint: something.hint,
      facts: { size, status },
    },
  );
}

/** Describes a response whose headers are not those of an archive. */
function instead(
  headers: Readonly<Record<string, string>>,
  size: number,
  { link, filename }: TransferRequest,
): { readonly what: string; readonly hint: string } | undefined {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/html' || type === 'application/xhtml+xml') {
    return {
      what: `a web page of ${size} bytes (${type})`,
      hint: "This may be a login page or a proxy's answer; check the credentials and the address.",
    };
  }
  const encoding = contentEncoding(headers);
  if (encoding !== undefined && !isNameOfEncoding(encoding, filename)) {
    return {
      what: `${size} bytes with Content-Encoding '${clipped(encoding, 50)}', which peep did not ask for,`,
      hint: 'The server compresses archives in transit; ask its operator to send them unchanged.',
    };
  }
  if (link.size !== undefined && size < link.size) {
    return {
      what: `${size} of the ${link.size} bytes that the index states`,
      hint: 'The server sent only part of the file; try again, or ask its operator.',
    };
  }
  return undefined;
}

/** Servers label a compressed tar as gzip, and send it unchanged. */
function isNameOfEncoding(encoding: string, filename: string): boolean {
  return /gzip$/.test(encoding) && /\.(?:tar\.gz|tgz)$/i.test(filename);
}

function contentEncoding(headers: Readonly<Record<string, string>>): string | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity' ? undefined : encoding;
}

class DigestSink implements Sink {
  readonly #hash: MultiHash;
  #size = 0;

  constructor(algorithms: readonly DigestAlgorithm[] = []) {
    this.#hash = new MultiHash(algorithms);
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  async abandon(): Promise<void> {}

  end(): ComputedDigests {
    return this.#hash.finish();
  }
}
