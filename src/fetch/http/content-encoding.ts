import type { Gunzip, Inflate, InflateRaw } from 'node:zlib';
import {
  type BrotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzipSync,
} from 'node:zlib';
import { clipped } from '../../text/clip.js';
import { PeepError, systemCode } from '../../text/errors.js';
import { networkError } from './failures.js';
import type { PageLease } from './page-budget.js';

/** The encodings that peep requests for pages; fastest to decode first, in case the server chooses by order. */
export const acceptedEncodings = 'gzip, br, deflate';

const blockSize = 256 * 1024;
const minBlockSize = 1024;
const maxBlockSize = 1024 * 1024;
/** Up to this size, a page is decoded in less time than it takes to hand it to a thread. */
const smallSize = 64 * 1024;

type Decoder = Gunzip | Inflate | InflateRaw | BrotliDecompress;

const gunzip = (bytes: Buffer): Decoder => createGunzip({ chunkSize: gzipBlockSize(bytes) });

const decoders: Readonly<Record<string, (bytes: Buffer) => Decoder>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  // RFC 9110, 8.4.1.2: zlib's format. Some servers have always sent raw deflate instead.
  deflate: (bytes) =>
    hasZlibHeader(bytes)
      ? createInflate({ chunkSize: blockSize })
      : createInflateRaw({ chunkSize: blockSize }),
  br: () => createBrotliDecompress({ chunkSize: blockSize }),
};

/**
 * RFC 1952, 2.3.1: the last four bytes state the size of the content. If they are right, the page fits one block
 * exactly and needs no copy; if not, it comes in several.
 */
function gzipBlockSize(bytes: Buffer): number {
  return Math.min(Math.max(statedSize(bytes) + 1, minBlockSize), maxBlockSize);
}

function statedSize(bytes: Buffer): number {
  return bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4);
}

/** A small gzipped page that is as large as it states; undefined for any other, which `decode` reads or refuses. */
function gunzipSmall(bytes: Buffer): Buffer | undefined {
  if (bytes.length > smallSize || statedSize(bytes) > smallSize) return undefined;
  try {
    const maxOutputLength = statedSize(bytes) + 1;
    return gunzipSync(bytes, { chunkSize: gzipBlockSize(bytes), maxOutputLength });
  } catch {
    return undefined;
  }
}

/** Limits the size of a decoded page. */
export interface PageRoom {
  readonly lease: PageLease;
  readonly maxBytes: number;
}

/**
 * Decodes the Content-Encoding of a page. Decoded bytes count against `room`. Throws `NETWORK_PROTOCOL`,
 * `TRANSFER_TOO_LARGE`, and `NETWORK_BROKEN` for data that ends too early.
 */
export async function decodeContent(
  bytes: Buffer,
  encoding: string | undefined,
  url: string,
  room: PageRoom,
): Promise<Buffer> {
  const names = (encoding ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > 2) throw unsound(url, 'it is encoded more than twice');
  let decoded = bytes;
  for (const name of names.reverse()) {
    const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
    if (decoder === undefined) throw unsound(url, `its Content-Encoding '${clipped(name, 50)}' is unknown`);
    const small = decoder === gunzip ? gunzipSmall(decoded) : undefined;
    if (small !== undefined && small.length <= room.maxBytes) {
      await room.lease.reserve(small.length);
      decoded = small;
      continue;
    }
    decoded = await decode(decoder(decoded), decoded, url, room).catch((cause: unknown) => {
      if (cause instanceof PeepError) throw cause;
      const code = systemCode(cause);
      if (code === 'Z_BUF_ERROR') throw cutShort(url, name, cause);
      if (code === undefined) throw cause;
      throw unsound(url, `its Content-Encoding '${name}' does not decode`, cause);
    });
  }
  return decoded;
}

async function decode(
  decoder: Decoder,
  bytes: Buffer,
  url: string,
  { lease, maxBytes }: PageRoom,
): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let size = 0;
  decoder.end(bytes);
  for await (const block of decoder as AsyncIterable<Buffer>) {
    size += block.length;
    if (size > maxBytes) throw answerTooLarge(url, maxBytes);
    await lease.reserve(block.length);
    blocks.push(block);
  }
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks, size);
}

/** RFC 1950: method 8, and a check value over the first two bytes. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

export function answerTooLarge(url: string, maxBytes: number): Error {
  return networkError('TRANSFER_TOO_LARGE', url, `the answer is larger than ${maxBytes} bytes`, {
    hint: 'Check the index URL; no index page or provenance file is that large.',
  });
}

function cutShort(url: string, name: string, cause: unknown): Error {
  return networkError('NETWORK_BROKEN', url, `its Content-Encoding '${name}' ends too early`, {
    cause,
    hint: 'Try again; a proxy or firewall may cut off transfers.',
  });
}

function unsound(url: string, why: string, cause?: unknown): Error {
  return networkError('NETWORK_PROTOCOL', url, why, {
    cause,
    hint: 'The server or a proxy in front of it is at fault; ask its operator.',
  });
}
