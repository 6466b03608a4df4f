import { type Findings, Refusal } from '../findings.js';
import type { WindowReader } from '../window.js';
import { descriptorFlag, type ZipEntry } from './central.js';
import { readExtra } from './extra.js';

const headerSize = 30;
const signature = 0x04034b50;
const descriptorSignature = 0x08074b50;

/**
 * Walks the file from its first byte to the central directory: local headers, contents and data descriptors
 * have to follow each other without a gap, and say what the central directory says. An unpacker that streams
 * then sees what one that seeks sees. CVE-2025-54368, CVE-2024-0450.
 *
 * `entries` in the order of their offsets; sets each `dataOffset`.
 */
export async function walkLocal(
  reader: WindowReader,
  entries: readonly ZipEntry[],
  directoryOffset: number,
  findings: Findings,
): Promise<void> {
  let position = 0;
  for (const [i, entry] of entries.entries()) {
    if (entry.offset !== position) throw await gap(reader, position, entry, i === 0);
    const next = entries[i + 1]?.offset ?? directoryOffset;
    const head = await readHeader(reader, entry, directoryOffset);
    checkAgainst(head, entry);
    entry.dataOffset = position + head.length;
    const dataEnd = entry.dataOffset + entry.compressed;
    if (dataEnd > next) throw overlap(entry);
    position = dataEnd;
    if (entry.flags & descriptorFlag) {
      position += await checkDescriptor(reader, entry, dataEnd, next - dataEnd);
      findings.add('zip-descriptor-used', entry.name, 'sizes and CRC follow the content (data descriptor)');
    }
  }
  if (position !== directoryOffset)
    throw await gap(reader, position, undefined, entries.length === 0, directoryOffset);
}

async function readHeader(reader: WindowReader, entry: ZipEntry, limit: number): Promise<Buffer> {
  const missing = () =>
    new Refusal('zip-local-missing', entry.name, `no local header at byte ${entry.offset}`);
  if (entry.offset + headerSize > limit) throw missing();
  const fixed = reader.peek(entry.offset, headerSize) ?? (await reader.read(entry.offset, headerSize));
  if (fixed.readUInt32LE(0) !== signature) throw missing();
  const length = headerSize + fixed.readUInt16LE(26) + fixed.readUInt16LE(28);
  if (entry.offset + length > limit) throw missing();
  return reader.peek(entry.offset, length) ?? (await reader.read(entry.offset, length));
}

function checkAgainst(head: Buffer, entry: ZipEntry): void {
  const nameEnd = headerSize + head.readUInt16LE(26);
  if (
    nameEnd - headerSize !== entry.rawName.length ||
    entry.rawName.compare(head, headerSize, nameEnd) !== 0
  ) {
    const other = head.toString('latin1', headerSize, nameEnd);
    throw new Refusal('zip-name-differs', entry.name, `its local header names it '${other}'`);
  }
  const flags = head.readUInt16LE(6);
  if (flags !== entry.flags) {
    const message = `flags 0x${flags.toString(16)} in the local and 0x${entry.flags.toString(16)} in the central header`;
    throw new Refusal('zip-flags-differ', entry.name, message);
  }
  const method = head.readUInt16LE(8);
  if (method !== entry.method) {
    throw new Refusal(
      'zip-method-differs',
      entry.name,
      `method ${method} in the local and ${entry.method} in the central header`,
    );
  }
  const described = (entry.flags & descriptorFlag) !== 0;
  const crc = head.readUInt32LE(14);
  if (crc !== entry.crc && !(described && crc === 0)) {
    throw new Refusal('zip-crc-differs', entry.name, 'local and central header give different CRCs');
  }
  const plain = { compressed: head.readUInt32LE(18), size: head.readUInt32LE(22), offset: 0 };
  const needsExtra = head.length > nameEnd || plain.size === 0xffffffff || plain.compressed === 0xffffffff;
  const values = needsExtra
    ? readExtra(head.subarray(nameEnd), head.subarray(headerSize, nameEnd), plain, 'local', entry.name)
    : plain;
  const same = values.size === entry.size && values.compressed === entry.compressed;
  // APPNOTE 4.4.4: with a data descriptor the local header may leave CRC and sizes at zero.
  if (!same && !(described && values.size === 0 && values.compressed === 0)) {
    throw new Refusal('zip-size-differs', entry.name, 'local and central header give different sizes');
  }
}

/**
 * The bytes between content and next header have to be one data descriptor (APPNOTE 4.3.9), in one of its four
 * forms, that says what the central directory says. Returns its length.
 */
async function checkDescriptor(
  reader: WindowReader,
  entry: ZipEntry,
  at: number,
  room: number,
): Promise<number> {
  // A streaming unpacker cannot tell where stored content ends.
  if (entry.stored && entry.compressed > 0) {
    throw new Refusal(
      'zip-descriptor-stored',
      entry.name,
      'stored content of a length that only a data descriptor tells',
    );
  }
  const wrong = () =>
    new Refusal('zip-descriptor', entry.name, 'the data descriptor is missing or says something else');
  if (room !== 12 && room !== 16 && room !== 20 && room !== 24) throw wrong();
  const bytes = reader.peek(at, room) ?? (await reader.read(at, room));
  const signed = room === 16 || room === 24;
  if (signed && bytes.readUInt32LE(0) !== descriptorSignature) throw wrong();
  const start = signed ? 4 : 0;
  const long = room >= 20;
  const compressed = long ? bytes.readBigUInt64LE(start + 4) : BigInt(bytes.readUInt32LE(start + 4));
  const size = long ? bytes.readBigUInt64LE(start + 12) : BigInt(bytes.readUInt32LE(start + 8));
  if (
    bytes.readUInt32LE(start) !== entry.crc ||
    compressed !== BigInt(entry.compressed) ||
    size !== BigInt(entry.size)
  ) {
    throw wrong();
  }
  return room;
}

/** Something lies where `entry` (or the central directory) should begin. */
async function gap(
  reader: WindowReader,
  position: number,
  entry: ZipEntry | undefined,
  first: boolean,
  directoryOffset?: number,
): Promise<Refusal> {
  const begin = entry?.offset ?? directoryOffset ?? position;
  if (begin < position) return overlap(entry);
  const bytes = begin - position;
  const hidden = bytes >= 4 && (await reader.read(position, 4)).readUInt32LE(0) === signature;
  if (hidden) {
    return new Refusal(
      'zip-hidden-entry',
      entry?.name,
      `a local header at byte ${position} that the central directory does not list`,
    );
  }
  if (first) return new Refusal('zip-data-before', entry?.name, `${bytes} bytes lie before the first entry`);
  return new Refusal('zip-gap', entry?.name, `${bytes} bytes at byte ${position} belong to no entry`);
}

function overlap(entry: ZipEntry | undefined): Refusal {
  return new Refusal(
    'zip-overlap',
    entry?.name,
    'the entry shares its bytes with another one or with the directory',
  );
}
