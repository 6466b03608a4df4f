import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { DigestAlgorithm } from '../../hash/digest.js';
import { type Findings, Refusal } from '../findings.js';
import { InflateError, inflateRange, inflateSmall } from '../inflate.js';
import { WindowReader } from '../window.js';
import type { ZipEntry } from './central.js';
import type { ZipArchive } from './open.js';

/** Contents up to this size are unpacked at once on the main thread: quicker than a trip to the thread pool. */
const smallContent = 128 * 1024;
const contentBlock = 512 * 1024;

/** The whole content of one entry; refuses more than `ceiling` bytes, and content that its headers belie. */
export async function readContent(zip: ZipArchive, entry: ZipEntry, ceiling: number): Promise<Buffer> {
  if (entry.size > ceiling) {
    throw new Refusal(
      'bomb-metadata',
      entry.name,
      `${entry.size} bytes; the ceiling for this file is ${ceiling}`,
    );
  }
  const blocks: Buffer[] = [];
  for await (const block of readBlocks(zip, entry)) blocks.push(block);
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks);
}

/** The content of one entry in blocks; throws `Refusal` as soon as size, CRC or the deflate stream are wrong. */
export async function* readBlocks(zip: ZipArchive, entry: ZipEntry): AsyncGenerator<Buffer> {
  const check = new ContentCheck(entry, undefined);
  const reader = new WindowReader(zip.source, Math.min(contentBlock, Math.max(entry.compressed, 1)));
  if (entry.stored || isSmall(entry)) {
    for await (const block of simpleBlocks(reader, entry)) {
      check.update(block);
      yield block;
    }
  } else yield* inflatedBlocks(reader, entry, check);
  check.finish();
}

/** What is wanted of the pass over all contents besides the checks. */
export interface ContentDigests {
  /** The algorithm to hash an entry with, or undefined for none. */
  algorithm(entry: ZipEntry): DigestAlgorithm | undefined;
  take(entry: ZipEntry, digest: Buffer): void;
}

/** Unpacks every entry, in the order of the file: CRC, size, end of each deflate stream. */
export async function checkContents(
  zip: ZipArchive,
  digests: ContentDigests,
  findings: Findings,
): Promise<void> {
  const reader = new WindowReader(zip.source, contentBlock);
  for (const entry of zip.entries) {
    try {
      const check = new ContentCheck(entry, digests.algorithm(entry));
      if (isSmall(entry) || entry.stored) {
        const whole =
          entry.compressed <= smallContent ? reader.peek(entry.dataOffset, entry.compressed) : undefined;
        if (whole === undefined) for await (const block of simpleBlocks(reader, entry)) check.update(block);
        else check.update(unpackSmall(whole, entry));
      } else for await (const _ of inflatedBlocks(reader, entry, check));
      const digest = check.finish();
      if (digest !== undefined) digests.take(entry, digest);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      findings.add(error.rule, error.entry, error.message);
    }
  }
}

function isSmall(entry: ZipEntry): boolean {
  return entry.size <= smallContent && entry.compressed <= smallContent;
}

/** Stored content, or a small deflated one. */
async function* simpleBlocks(reader: WindowReader, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (!entry.stored || entry.compressed <= contentBlock) {
    yield unpackSmall(await reader.read(entry.dataOffset, entry.compressed), entry);
    return;
  }
  for (let done = 0; done < entry.compressed; ) {
    const block = await reader.read(entry.dataOffset + done, Math.min(contentBlock, entry.compressed - done));
    done += block.length;
    yield block;
  }
}

function unpackSmall(packed: Buffer, entry: ZipEntry): Buffer {
  if (entry.stored) return packed;
  try {
    return inflateSmall(packed, entry.size);
  } catch (error) {
    throw contentRefusal(error, entry);
  }
}

async function* inflatedBlocks(
  reader: WindowReader,
  entry: ZipEntry,
  check: ContentCheck,
): AsyncGenerator<Buffer> {
  const unpacked = inflateRange({
    read: (position, length) => reader.read(position, length),
    start: entry.dataOffset,
    end: entry.dataOffset + entry.compressed,
  });
  try {
    for (;;) {
      const { value, done } = await unpacked.next();
      if (done) {
        const left = entry.compressed - value;
        if (left !== 0) throw new InflateError(`${left} bytes follow the end of the deflate stream`);
        return;
      }
      check.update(value);
      yield value;
    }
  } catch (error) {
    throw contentRefusal(error, entry);
  } finally {
    await unpacked.return(0);
  }
}

/** Counts, sums and hashes what one entry unpacks to. */
class ContentCheck {
  readonly #entry: ZipEntry;
  readonly #hash: ReturnType<typeof createHash> | undefined;
  #size = 0;
  #crc = 0;

  constructor(entry: ZipEntry, algorithm: DigestAlgorithm | undefined) {
    this.#entry = entry;
    this.#hash = algorithm === undefined ? undefined : createHash(algorithm);
  }

  update(block: Buffer): void {
    this.#size += block.length;
    if (this.#size > this.#entry.size) {
      throw new Refusal(
        'zip-size',
        this.#entry.name,
        `unpacks to more than the ${this.#entry.size} bytes it announces`,
      );
    }
    this.#crc = crc32(block, this.#crc);
    this.#hash?.update(block);
  }

  finish(): Buffer | undefined {
    const { name, size, crc } = this.#entry;
    if (this.#size !== size)
      throw new Refusal('zip-size', name, `unpacks to ${this.#size} bytes, not the ${size} it announces`);
    if ((this.#crc | 0) !== crc)
      throw new Refusal('zip-crc', name, 'the content does not have the CRC that the headers give');
    return this.#hash?.digest();
  }
}

function contentRefusal(error: unknown, entry: ZipEntry): unknown {
  if (!(error instanceof InflateError)) return error;
  return new Refusal(error.length ? 'zip-size' : 'zip-deflate', entry.name, error.message);
}
