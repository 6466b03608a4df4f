import { RuleViolation } from '../findings.js';
import { InflateError, inflateRange, inflateSmall } from '../inflate.js';
import type { WindowReader } from '../window.js';
import type { ZipEntry } from './central.js';

/** Bytes per read. */
export const contentBlock = 512 * 1024;
/** Up to this size, unpacking on the main thread is faster than using the thread pool. */
const smallContent = 64 * 1024;

export function isSmall(entry: ZipEntry): boolean {
  return entry.size <= smallContent && entry.compressed <= smallContent;
}

/** Unpacks a small entry in one call. */
export function unpackSmall(packed: Buffer, entry: ZipEntry): Buffer {
  if (entry.stored) return packed;
  try {
    return inflateSmall(packed, entry.size);
  } catch (error) {
    throw contentViolation(error, entry);
  }
}

/** Yields the unpacked content of an entry in blocks; the deflate stream must end where the entry ends. */
export async function* packedBlocks(reader: WindowReader, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (isSmall(entry)) yield unpackSmall(await reader.read(entry.dataOffset, entry.compressed), entry);
  else if (entry.stored) yield* storedBlocks(reader, entry);
  else yield* inflatedBlocks(reader, entry);
}

async function* storedBlocks(reader: WindowReader, entry: ZipEntry): AsyncGenerator<Buffer> {
  for (let done = 0; done < entry.compressed; ) {
    const block = await reader.read(entry.dataOffset + done, Math.min(contentBlock, entry.compressed - done));
    done += block.length;
    yield block;
  }
}

async function* inflatedBlocks(reader: WindowReader, entry: ZipEntry): AsyncGenerator<Buffer> {
  const unpacked = inflateRange({
    read: (position, length) => reader.read(position, length),
    start: entry.dataOffset,
    end: entry.dataOffset + entry.compressed,
  });
  try {
    const used = yield* unpacked;
    const left = entry.compressed - used;
    if (left !== 0) throw new InflateError(`${left} bytes follow the end of the deflate stream`);
  } catch (error) {
    throw contentViolation(error, entry);
  }
}

function contentViolation(error: unknown, entry: ZipEntry): unknown {
  if (!(error instanceof InflateError)) return error;
  return new RuleViolation(error.length ? 'zip-size' : 'zip-deflate', entry.name, error.message);
}
