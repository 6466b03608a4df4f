import type { ByteSource } from '../../hash/spool/spool.js';
import { type Findings, RuleViolation } from '../findings.js';
import { limits } from '../limits.js';

const endSize = 22;
const locatorSize = 20;
const zip64Size = 56;
const maxComment = 0xffff;
const endBytes = Buffer.from('PK\x05\x06', 'latin1');
const locatorSignature = 0x07064b50;
const zip64Signature = 0x06064b50;

/** Position of the central directory, and the fields of the end records. */
export interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

/**
 * Reads the end record, and the ZIP64 records if there are any (APPNOTE 4.3.14 to 4.3.16). Every byte from the
 * central directory to the end of the file must belong to one of them, and all must agree.
 */
export async function readDirectory(source: ByteSource, findings: Findings): Promise<Directory> {
  const tailSize = Math.min(source.size, endSize + maxComment + locatorSize + zip64Size);
  const tail = await source.read(source.size - tailSize, tailSize);
  const at = findEnd(tail);
  const base = source.size - tailSize;
  const end = {
    disk: tail.readUInt16LE(at + 4),
    directoryDisk: tail.readUInt16LE(at + 6),
    diskCount: tail.readUInt16LE(at + 8),
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  checkComment(tail.subarray(at + endSize), findings);

  const hasLocator = at >= locatorSize && tail.readUInt32LE(at - locatorSize) === locatorSignature;
  if (!hasLocator) {
    if (end.disk !== 0 || end.directoryDisk !== 0) throw multiDisk();
    if (end.count === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff) {
      throw new RuleViolation('zip64-records', undefined, 'the end record refers to a missing ZIP64 record');
    }
    if (end.diskCount !== end.count) throw countsDiffer(end.diskCount, end.count);
    return bounded({ offset: end.offset, size: end.size, count: end.count }, base + at);
  }
  if (at < locatorSize + zip64Size) {
    throw new RuleViolation(
      'zip64-records',
      undefined,
      'there is a ZIP64 locator but no room for its record',
    );
  }
  return bounded(readZip64(tail, at, base, end), base + at - locatorSize - zip64Size);
}

/** The end record must be at the end of the file, and no other bytes may look like one. CVE-2026-3219. */
function findEnd(tail: Buffer): number {
  let found = -1;
  const searchFrom = Math.max(0, tail.length - endSize - maxComment);
  for (let at = tail.indexOf(endBytes, searchFrom); at >= 0; at = tail.indexOf(endBytes, at + 1)) {
    if (at + endSize > tail.length) break;
    if (at + endSize + tail.readUInt16LE(at + 20) !== tail.length) continue;
    if (found >= 0) {
      throw new RuleViolation(
        'zip-end-ambiguous',
        undefined,
        'the archive has two end records with different contents',
      );
    }
    found = at;
  }
  const last = tail.lastIndexOf(endBytes);
  if (last < 0 || last + endSize > tail.length) {
    throw new RuleViolation(
      'zip-end-missing',
      undefined,
      'there is no end-of-central-directory record: this is not a ZIP, or it is truncated',
    );
  }
  if (found < 0) {
    const extra = tail.length - last - endSize - tail.readUInt16LE(last + 20);
    if (extra < 0)
      throw new RuleViolation('zip-end-missing', undefined, 'the end record is cut off inside its comment');
    throw new RuleViolation('zip-data-after', undefined, `${extra} bytes follow the end record`);
  }
  if (last > found) {
    throw new RuleViolation(
      'zip-end-ambiguous',
      undefined,
      'the archive comment holds the signature of an end record',
    );
  }
  return found;
}

function readZip64(
  tail: Buffer,
  at: number,
  base: number,
  end: {
    disk: number;
    directoryDisk: number;
    diskCount: number;
    count: number;
    size: number;
    offset: number;
  },
): Directory {
  const locator = at - locatorSize;
  const record = locator - zip64Size;
  if (tail.readUInt32LE(locator + 4) !== 0 || tail.readUInt32LE(locator + 16) !== 1) throw multiDisk();
  if (
    tail.readUInt32LE(record) !== zip64Signature ||
    safe(tail.readBigUInt64LE(locator + 8)) !== base + record ||
    tail.readBigUInt64LE(record + 4) !== BigInt(zip64Size - 12)
  ) {
    throw new RuleViolation(
      'zip64-records',
      undefined,
      'the ZIP64 record is not directly before its locator',
    );
  }
  if (tail.readUInt32LE(record + 16) !== 0 || tail.readUInt32LE(record + 20) !== 0) throw multiDisk();
  const diskCount = safe(tail.readBigUInt64LE(record + 24));
  const count = safe(tail.readBigUInt64LE(record + 32));
  const size = safe(tail.readBigUInt64LE(record + 40));
  const offset = safe(tail.readBigUInt64LE(record + 48));
  if (diskCount !== count) throw countsDiffer(diskCount, count);
  const agrees = (short: number, sentinel: number, long: number) => short === sentinel || short === long;
  if ((end.disk !== 0 && end.disk !== 0xffff) || (end.directoryDisk !== 0 && end.directoryDisk !== 0xffff)) {
    throw multiDisk();
  }
  if (
    !agrees(end.diskCount, 0xffff, count) ||
    !agrees(end.count, 0xffff, count) ||
    !agrees(end.size, 0xffffffff, size) ||
    !agrees(end.offset, 0xffffffff, offset)
  ) {
    throw new RuleViolation('zip64-records', undefined, 'the end record and the ZIP64 record disagree');
  }
  return { offset, size, count };
}

/** The central directory must end where the end records begin. */
function bounded(directory: Directory, end: number): Directory {
  if (directory.offset + directory.size !== end) {
    throw new RuleViolation(
      'zip-directory-bounds',
      undefined,
      `the central directory should end at byte ${end}, but the end record gives ${directory.offset + directory.size}`,
    );
  }
  if (directory.count > limits.entries) {
    throw new RuleViolation(
      'bomb-entries',
      undefined,
      `the archive claims ${directory.count} entries; the ceiling is ${limits.entries}`,
    );
  }
  if (directory.size > limits.centralDirectory) {
    throw new RuleViolation(
      'bomb-entries',
      undefined,
      `the central directory takes ${directory.size} bytes; the ceiling is ${limits.centralDirectory}`,
    );
  }
  return directory;
}

function checkComment(comment: Buffer, findings: Findings): void {
  // Hosting services write the commit into the comment; anything that is not plain text is refused.
  if (!/^[\x20-\x7e\t\r\n]*$/.test(comment.toString('latin1'))) {
    findings.add('zip-comment', undefined, 'the archive comment holds bytes that are not plain text');
  }
}

function multiDisk(): RuleViolation {
  return new RuleViolation('zip-multi-disk', undefined, 'the end records name more than one disk');
}

function countsDiffer(onDisk: number, total: number): RuleViolation {
  return new RuleViolation(
    'zip-count',
    undefined,
    `the end record counts ${onDisk} entries on this disk but ${total} in total`,
  );
}

/** A 64-bit field as a number; a value that is too large for one is outside any file. */
function safe(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}
