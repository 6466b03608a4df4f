import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../hash/spool/spool.js';
import { type Findings, RuleViolation } from '../findings.js';
import { InflateError, inflateRange } from '../inflate.js';
import { isBomb, limits } from '../limits.js';
import { WindowReader } from '../window.js';

const inputBlock = 256 * 1024;
const fixedHeader = 10;
const trailerSize = 8;
const flag = { headerCrc: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 } as const;

/** True if a gzip magic is at this position. */
export function isGzip(head: Buffer): boolean {
  return head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * Unpacks a gzip file in blocks (RFC 1952), member by member; checks every checksum and reads every byte of the
 * file.
 */
export async function* gunzip(source: ByteSource, findings: Findings): AsyncGenerator<Buffer> {
  const reader = new WindowReader(source, inputBlock);
  let total = 0;
  let position = 0;
  for (let member = 1; ; member += 1) {
    if (member > limits.gzipMembers) {
      throw new RuleViolation('bomb-entries', undefined, `more than ${limits.gzipMembers} gzip members`);
    }
    const start = position + (await readHeader(reader, position));
    const state = { crc: 0, size: 0, end: start };
    for await (const block of readMember(reader, start, state)) {
      total += block.length;
      checkTotal(source.size, total);
      yield block;
    }
    position = await checkTrailer(reader, state);
    if (position === source.size) return;
    if (!(await anotherMember(reader, position, findings))) return;
    findings.add('gzip-members', undefined, 'several gzip members follow each other');
  }
}

interface MemberState {
  crc: number;
  size: number;
  end: number;
}

async function* readMember(reader: WindowReader, start: number, state: MemberState): AsyncGenerator<Buffer> {
  const unpacked = inflateRange({
    read: (position, length) => reader.read(position, length),
    start,
    end: reader.size,
  });
  try {
    for (;;) {
      const { value, done } = await unpacked.next();
      if (done) {
        state.end = start + value;
        return;
      }
      state.crc = crc32(value, state.crc);
      state.size += value.length;
      yield value;
    }
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw new RuleViolation('gzip-deflate', undefined, error.message);
  } finally {
    await unpacked.return(0);
  }
}

/** Returns the length of the header. */
async function readHeader(reader: WindowReader, position: number): Promise<number> {
  const broken = (why: string) =>
    new RuleViolation('gzip-header', undefined, `the gzip header at byte ${position} ${why}`);
  const head = await reader.read(position, Math.min(reader.size - position, limits.gzipHeader));
  if (head.length < fixedHeader || !isGzip(head)) throw broken('is missing');
  const flags = head[3] ?? 0;
  if (flags & flag.reserved) throw broken('has reserved flags');
  let at = fixedHeader;
  if (flags & flag.extra) {
    if (at + 2 > head.length) throw broken('is cut off');
    at += 2 + head.readUInt16LE(at);
  }
  for (const text of [flag.name, flag.comment]) {
    if (!(flags & text)) continue;
    const end = head.indexOf(0, at);
    if (end < 0) throw broken('is cut off');
    at = end + 1;
  }
  if (flags & flag.headerCrc) {
    if (at + 2 > head.length) throw broken('is cut off');
    if (head.readUInt16LE(at) !== (crc32(head.subarray(0, at)) & 0xffff))
      throw broken('has a wrong checksum');
    at += 2;
  }
  if (at > head.length) throw broken('is cut off');
  return at;
}

/** Returns the position after the member. */
async function checkTrailer(reader: WindowReader, state: MemberState): Promise<number> {
  if (state.end + trailerSize > reader.size) {
    throw new RuleViolation('gzip-deflate', undefined, 'the gzip file is cut off before its checksum');
  }
  const trailer = await reader.read(state.end, trailerSize);
  if (trailer.readUInt32LE(0) !== state.crc || trailer.readUInt32LE(4) !== state.size % 2 ** 32) {
    throw new RuleViolation(
      'gzip-checksum',
      undefined,
      'the unpacked bytes do not match the CRC and length in the gzip trailer',
    );
  }
  return state.end + trailerSize;
}

async function anotherMember(reader: WindowReader, position: number, findings: Findings): Promise<boolean> {
  if (isGzip(await reader.read(position, Math.min(3, reader.size - position)))) return true;
  for (let at = position; at < reader.size; ) {
    const block = await reader.read(at, Math.min(inputBlock, reader.size - at));
    if (block.some((byte) => byte !== 0)) {
      throw new RuleViolation(
        'gzip-data-after',
        undefined,
        `bytes that are not gzip follow at byte ${position}`,
      );
    }
    at += block.length;
  }
  findings.add('gzip-padding', undefined, `${reader.size - position} zero bytes follow the gzip data`);
  return false;
}

/** Refuses data whose unpacked size exceeds the allowed ratio. */
export function checkTotal(packed: number, unpacked: number): void {
  if (isBomb(packed, unpacked)) {
    throw new RuleViolation('bomb-ratio', undefined, `${packed} bytes unpack to more than ${unpacked - 1}`);
  }
  if (unpacked > limits.total) {
    throw new RuleViolation(
      'bomb-total',
      undefined,
      `the archive unpacks to more than ${limits.total} bytes`,
    );
  }
}
