import { Turns } from '../../text/turns.js';
import { type Findings, RuleViolation } from '../findings.js';
import type { WindowReader } from '../window.js';
import { descriptorFlag, type ZipEntry } from './central.js';
import { readExtra } from './extra.js';

const headerSize = 30;
const signature = 0x04034b50;
const descriptorSignature = 0x08074b50;

/** The parsed central directory. */
export interface Central {
  /** Entries in the order of their offsets. */
  readonly entries: readonly ZipEntry[];
  readonly bytes: Buffer;
  /** Offset of the central directory in the file. */
  readonly offset: number;
}

/**
 * Reads the file from its first byte to the central directory: local headers, contents and data descriptors must
 * follow each other without gaps and agree with the central directory. A streaming unpacker then finds the same
 * entries as a seeking one. CVE-2025-54368, CVE-2024-0450.
 *
 * Sets `dataOffset` of each entry.
 */
export async function walkLocal(reader: WindowReader, central: Central, findings: Findings): Promise<void> {
  const { entries } = central;
  let position = 0;
  const turns = new Turns();
  for (let i = 0; i < entries.length; i += 1) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const entry = entries[i] as ZipEntry;
    if (entry.offset !== position) throw await gap(reader, position, entry, i === 0);
    const next = entries[i + 1]?.offset ?? central.offset;
    // Most headers are in the current block, and need neither a promise nor a new buffer.
    let at = locateHeader(reader, entry);
    if (at < 0) {
      await fetchHeader(reader, entry, central.offset);
      at = locateHeader(reader, entry);
    }
    const length = checkHeader(reader.block, at, entry, central);
    entry.dataOffset = position + length;
    const dataEnd = entry.dataOffset + entry.compressed;
    if (dataEnd > next) throw overlap(entry);
    position = dataEnd;
    if (entry.flags & descriptorFlag) {
      position += await checkDescriptor(reader, entry, dataEnd, next - dataEnd);
      if (!findings.has('zip-descriptor-used')) {
        findings.add('zip-descriptor-used', entry.name, 'sizes and CRC follow the content (data descriptor)');
      }
    }
  }
  if (position !== central.offset) {
    throw await gap(reader, position, undefined, entries.length === 0, central.offset);
  }
}

/** Offset of the header of `entry` in the current block, or -1 if it is not completely there. */
function locateHeader(reader: WindowReader, entry: ZipEntry): number {
  const at = reader.locate(entry.offset, headerSize);
  if (at < 0) return -1;
  const { block } = reader;
  const length = headerSize + block.readUInt16LE(at + 26) + block.readUInt16LE(at + 28);
  return reader.locate(entry.offset, length);
}

async function fetchHeader(reader: WindowReader, entry: ZipEntry, limit: number): Promise<void> {
  const missing = () =>
    new RuleViolation('zip-local-missing', entry.name, `no local header at byte ${entry.offset}`);
  if (entry.offset + headerSize > limit) throw missing();
  const fixed = await reader.read(entry.offset, headerSize);
  if (fixed.readUInt32LE(0) !== signature) throw missing();
  const length = headerSize + fixed.readUInt16LE(26) + fixed.readUInt16LE(28);
  if (entry.offset + length > limit) throw missing();
  await reader.read(entry.offset, length);
}

/** Compares the local header at `at` with the central one. Returns its length. */
function checkHeader(block: Buffer, at: number, entry: ZipEntry, central: Central): number {
  if (block.readUInt32LE(at) !== signature) {
    throw new RuleViolation('zip-local-missing', entry.name, `no local header at byte ${entry.offset}`);
  }
  const nameStart = at + headerSize;
  const nameEnd = nameStart + block.readUInt16LE(at + 26);
  const end = nameEnd + block.readUInt16LE(at + 28);
  if (central.bytes.compare(block, nameStart, nameEnd, entry.nameStart, entry.nameEnd) !== 0) {
    const other = block.toString('latin1', nameStart, nameEnd);
    throw new RuleViolation('zip-name-differs', entry.name, `its local header names it '${other}'`);
  }
  const flags = block.readUInt16LE(at + 6);
  if (flags !== entry.flags) {
    const message = `flags 0x${flags.toString(16)} in the local and 0x${entry.flags.toString(16)} in the central header`;
    throw new RuleViolation('zip-flags-differ', entry.name, message);
  }
  const method = block.readUInt16LE(at + 8);
  if (method !== entry.method) {
    const message = `method ${method} in the local and ${entry.method} in the central header`;
    throw new RuleViolation('zip-method-differs', entry.name, message);
  }
  const described = (entry.flags & descriptorFlag) !== 0;
  const crc = block.readInt32LE(at + 14);
  if (crc !== entry.crc && !(described && crc === 0)) {
    throw new RuleViolation('zip-crc-differs', entry.name, 'local and central header give different CRCs');
  }
  let compressed = block.readUInt32LE(at + 18);
  let size = block.readUInt32LE(at + 22);
  if (end > nameEnd || size === 0xffffffff || compressed === 0xffffffff) {
    const extra = block.subarray(nameEnd, end);
    const name = block.subarray(nameStart, nameEnd);
    ({ compressed, size } = readExtra(extra, name, { compressed, size, offset: 0 }, 'local', entry.name));
  }
  // APPNOTE 4.4.4: with a data descriptor, the CRC and each size in the local header may be zero independently:
  // Info-ZIP writes the unpacked size if it knows it.
  const agrees = (local: number, central: number) => local === central || (described && local === 0);
  if (!agrees(size, entry.size) || !agrees(compressed, entry.compressed)) {
    throw new RuleViolation('zip-size-differs', entry.name, 'local and central header give different sizes');
  }
  return end - at;
}

/**
 * The bytes between content and next header must be one data descriptor (APPNOTE 4.3.9) in one of its four forms
 * that agrees with the central directory. Returns its length.
 */
async function checkDescriptor(
  reader: WindowReader,
  entry: ZipEntry,
  at: number,
  room: number,
): Promise<number> {
  // A streaming unpacker cannot find the end of stored content.
  if (entry.stored && entry.compressed > 0) {
    throw new RuleViolation(
      'zip-descriptor-stored',
      entry.name,
      'stored content whose length only a data descriptor gives',
    );
  }
  const wrong = () =>
    new RuleViolation(
      'zip-descriptor',
      entry.name,
      'the data descriptor is missing or does not match the central directory',
    );
  if (room !== 12 && room !== 16 && room !== 20 && room !== 24) throw wrong();
  const bytes = reader.peek(at, room) ?? (await reader.read(at, room));
  const signed = room === 16 || room === 24;
  if (signed && bytes.readUInt32LE(0) !== descriptorSignature) throw wrong();
  const start = signed ? 4 : 0;
  const long = room >= 20;
  const compressed = long ? bytes.readBigUInt64LE(start + 4) : BigInt(bytes.readUInt32LE(start + 4));
  const size = long ? bytes.readBigUInt64LE(start + 12) : BigInt(bytes.readUInt32LE(start + 8));
  if (
    bytes.readInt32LE(start) !== entry.crc ||
    compressed !== BigInt(entry.compressed) ||
    size !== BigInt(entry.size)
  ) {
    throw wrong();
  }
  return room;
}

/** Reports the bytes at a position where `entry` (or the central directory) should begin. */
async function gap(
  reader: WindowReader,
  position: number,
  entry: ZipEntry | undefined,
  first: boolean,
  directoryOffset?: number,
): Promise<RuleViolation> {
  const begin = entry?.offset ?? directoryOffset ?? position;
  if (begin < position) return overlap(entry);
  const bytes = begin - position;
  const hidden = bytes >= 4 && (await reader.read(position, 4)).readUInt32LE(0) === signature;
  if (hidden) {
    return new RuleViolation(
      'zip-hidden-entry',
      entry?.name,
      `a local header at byte ${position} that the central directory does not list`,
    );
  }
  if (first)
    return new RuleViolation('zip-data-before', entry?.name, `${bytes} bytes lie before the first entry`);
  return new RuleViolation('zip-gap', entry?.name, `${bytes} bytes at byte ${position} belong to no entry`);
}

function overlap(entry: ZipEntry | undefined): RuleViolation {
  return new RuleViolation(
    'zip-overlap',
    entry?.name,
    'the entry overlaps another entry or the central directory',
  );
}
