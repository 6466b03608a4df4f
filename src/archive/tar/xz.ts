import { ReadableStream } from 'node:stream/web';
import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../hash/spool/spool.js';
import { RuleViolation } from '../findings.js';
import { limits } from '../limits.js';
import { checkTotal } from './gzip.js';

const magic = Buffer.from('fd377a585a00', 'hex');
const headerSize = 12;
const footerSize = 12;
const inputBlock = 64 * 1024;
/** Maximum size of the dictionary, which is what `xz -9` uses. */
const maxDictionary = 64 << 20;

export function isXz(head: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

/**
 * Unpacks an xz file (one stream, as xz writes it). The index must account for every byte of the file, so no data
 * is hidden after the stream or between its blocks. The decoder verifies the checksums of the blocks.
 */
export async function* unxz(source: ByteSource): AsyncGenerator<Buffer> {
  const unpackedSize = await readFraming(source);
  const { XzReadableStream } = ((module) => (module.XzReadableStream ? module : module.default))(
    (await import('xz-decompress')) as unknown as XzModule,
  );
  let at = 0;
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const block = await source.read(at, Math.min(inputBlock, source.size - at));
      at += block.length;
      if (block.length > 0) controller.enqueue(block);
      if (at === source.size) controller.close();
    },
  });
  let total = 0;
  const reader = new XzReadableStream(packed).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || value === undefined) break;
      total += value.length;
      if (total > unpackedSize) break;
      yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  } catch (error) {
    if (error instanceof RangeError || !(error instanceof Error)) throw error;
    throw broken(error.message);
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (total !== unpackedSize)
    throw broken(`it unpacks to ${total} bytes, but the index gives ${unpackedSize}`);
}

interface XzModule {
  readonly XzReadableStream: new (packed: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;
  readonly default: XzModule;
}

/**
 * Reads the framing from the end of the file (.xz format 1.2, sections 2 to 4). Returns the unpacked size that the
 * index states.
 */
async function readFraming(source: ByteSource): Promise<number> {
  if (source.size < headerSize + footerSize || source.size % 4 !== 0) throw broken('it is cut off or padded');
  const header = await source.read(0, headerSize);
  const footer = await source.read(source.size - footerSize, footerSize);
  if (!isXz(header) || header.readUInt32LE(8) !== crc32(header.subarray(6, 8)))
    throw broken('no stream header');
  if (
    footer.toString('latin1', 10) !== 'YZ' ||
    footer.readUInt32LE(0) !== crc32(footer.subarray(4, 10)) ||
    !footer.subarray(8, 10).equals(header.subarray(6, 8))
  ) {
    throw broken('no stream footer ends the file');
  }
  const indexSize = (footer.readUInt32LE(4) + 1) * 4;
  const indexStart = source.size - footerSize - indexSize;
  if (indexStart < headerSize || indexSize > limits.metadataFile)
    throw broken('the file is too small for its index');
  const index = await source.read(indexStart, indexSize);
  if (index.readUInt32LE(indexSize - 4) !== crc32(index.subarray(0, indexSize - 4)) || index[0] !== 0) {
    throw broken('its index is damaged');
  }
  const numbers = readNumbers(index.subarray(1, indexSize - 4));
  let position = headerSize;
  let unpacked = 0;
  for (let record = 0; record < (numbers[0] ?? 0); record += 1) {
    const [packedSize = 0, size = 0] = numbers.slice(1 + record * 2, 3 + record * 2);
    if (packedSize < 5) throw broken('its index lists missing blocks');
    if (position < indexStart) await checkBlock(source, position);
    position += Math.ceil(packedSize / 4) * 4;
    unpacked += size;
    checkTotal(source.size, unpacked);
  }
  if (position !== indexStart) throw broken('its index does not account for every byte');
  return unpacked;
}

/** Variable-length integers, then up to three bytes of padding. */
function readNumbers(bytes: Buffer): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (numbers.length > 0 && numbers.length >= 1 + (numbers[0] ?? 0) * 2) {
      if (bytes.length - at > 3 || bytes.subarray(at).some((byte) => byte !== 0)) break;
      return numbers;
    }
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at] ?? 0xff;
      at += 1;
      value += (byte & 0x7f) * shift;
      if (value > Number.MAX_SAFE_INTEGER || at > bytes.length) throw broken('its index is damaged');
      if ((byte & 0x80) === 0) break;
    }
    numbers.push(value);
  }
  if (numbers.length !== 1 + (numbers[0] ?? 0) * 2) throw broken('its index is damaged');
  return numbers;
}

/** LZMA2 must be the only filter of a block, with a dictionary that fits into memory. */
async function checkBlock(source: ByteSource, position: number): Promise<void> {
  const size = ((await source.read(position, 1))[0] ?? 0) * 4 + 4;
  const header = await source.read(position, Math.min(size, source.size - position));
  const flags = header[1] ?? 0;
  let at = 2;
  for (const bit of [0x40, 0x80]) {
    if ((flags & bit) === 0) continue;
    while (((header[at] ?? 0) & 0x80) !== 0) at += 1;
    at += 1;
  }
  const bits = header[at + 2] ?? 0xff;
  if ((flags & 0x3f) !== 0 || header[at] !== 0x21 || header[at + 1] !== 1) {
    throw broken('it uses a filter other than LZMA2');
  }
  if (bits > 40 || (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11) > maxDictionary) {
    throw new RuleViolation('bomb-metadata', undefined, 'the xz data needs a dictionary of more than 64 MiB');
  }
}

function broken(why: string): RuleViolation {
  return new RuleViolation('xz-data', undefined, `not one complete xz stream: ${why}`);
}
