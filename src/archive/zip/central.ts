import { Turns } from '../../text/turns.js';
import { type Findings, RuleViolation } from '../findings.js';
import { isBomb, limits } from '../limits.js';
import { checkName, decodeName, NameTable, type NameUse } from '../names.js';
import type { Directory } from './end.js';
import { readExtra } from './extra.js';

const headerSize = 46;
const signature = 0x02014b50;

/** One entry as the central directory describes it. Sizes and offsets in bytes. */
export interface ZipEntry {
  /** Without the trailing slash of a directory. */
  readonly name: string;
  /** The bytes of the name, in the buffer of the central directory. */
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly directory: boolean;
  readonly flags: number;
  readonly stored: boolean;
  readonly method: number;
  /** Signed 32-bit, so that V8 stores it inline. */
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Offset of the local header. */
  readonly offset: number;
  /** Unix mode with its type bits; 0 if the archive gives no mode. */
  readonly mode: number;
  /** Offset of the packed content; set when the local headers are read. */
  dataOffset: number;
}

export const descriptorFlag = 0x8;
const utf8Flag = 0x800;
// Bits 1 and 2 describe the compressor, bit 3 a data descriptor, bit 11 UTF-8; all other bits are refused.
const knownFlags = 0x6 | descriptorFlag | utf8Flag;
const encryptionFlags = 0x1 | 0x40 | 0x2000;

const typeBits = 0o170000;
const regularType = 0o100000;
const directoryType = 0o040000;
const linkType = 0o120000;

/** Reads all headers of the central directory, in order (APPNOTE 4.3.12). */
export async function readCentral(
  bytes: Buffer,
  directory: Directory,
  fileSize: number,
  findings: Findings,
  use: NameUse,
): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  const names = new NameTable(findings, use);
  let at = 0;
  let total = 0;
  const turns = new Turns();
  while (at < bytes.length) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    if (at + headerSize > bytes.length || bytes.readUInt32LE(at) !== signature)
      throw malformed(directory.offset + at);
    const end =
      at +
      headerSize +
      bytes.readUInt16LE(at + 28) +
      bytes.readUInt16LE(at + 30) +
      bytes.readUInt16LE(at + 32);
    if (end > bytes.length) throw malformed(directory.offset + at);
    const entry = readEntry(bytes, at, findings);
    if (names.count < directory.count) names.add(entry.name, entry.directory);
    entries.push(entry);
    total += entry.size;
    at = end;
    if (isBomb(entry.compressed, entry.size)) {
      throw new RuleViolation(
        'bomb-ratio',
        entry.name,
        `${entry.compressed} packed bytes supposedly unpack to ${entry.size}`,
      );
    }
  }
  if (entries.length !== directory.count) {
    const message = `the end record counts ${directory.count} entries, but the central directory holds ${entries.length}`;
    throw new RuleViolation('zip-count', undefined, message);
  }
  if (total > limits.total) {
    throw new RuleViolation(
      'bomb-total',
      undefined,
      `the archive unpacks to ${total} bytes; the ceiling is ${limits.total}`,
    );
  }
  if (isBomb(fileSize, total)) {
    throw new RuleViolation('bomb-ratio', undefined, `an archive of ${fileSize} bytes unpacks to ${total}`);
  }
  return entries;
}

function readEntry(bytes: Buffer, at: number, findings: Findings): ZipEntry {
  const nameLength = bytes.readUInt16LE(at + 28);
  const extraLength = bytes.readUInt16LE(at + 30);
  const nameStart = at + headerSize;
  const nameEnd = nameStart + nameLength;
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const text = decodeName(bytes, nameStart, nameEnd);
  const directory = text.endsWith('/');
  const name = directory ? text.slice(0, -1) : text;
  checkName(directory && name === '' ? '/' : text, findings);
  checkFlags(flags, method, text, text.length !== nameLength, findings);
  if (bytes.readUInt16LE(at + 34) !== 0) {
    throw new RuleViolation('zip-multi-disk', text, 'the entry is on another disk of a multi-disk archive');
  }
  const plain = {
    compressed: bytes.readUInt32LE(at + 20),
    size: bytes.readUInt32LE(at + 24),
    offset: bytes.readUInt32LE(at + 42),
  };
  const values =
    extraLength === 0 &&
    plain.size !== 0xffffffff &&
    plain.compressed !== 0xffffffff &&
    plain.offset !== 0xffffffff
      ? plain
      : readExtra(
          bytes.subarray(nameEnd, nameEnd + extraLength),
          bytes.subarray(nameStart, nameEnd),
          plain,
          'central',
          text,
        );
  const mode = bytes.readUInt16LE(at + 40);
  checkMode(mode, (bytes[at + 38] ?? 0) & 0x10, directory, text, findings);
  if (directory && (values.size !== 0 || values.compressed > 2)) {
    findings.add(
      'zip-directory-content',
      text,
      `a directory with ${values.size || values.compressed} bytes of content`,
    );
  }
  if (method === 0 && values.size !== values.compressed) {
    findings.add(
      'zip-stored-size',
      text,
      `stored uncompressed, but ${values.compressed} bytes packed and ${values.size} unpacked`,
    );
  }
  return {
    name,
    nameStart,
    nameEnd,
    directory,
    flags,
    stored: method === 0,
    method,
    crc: bytes.readInt32LE(at + 16),
    compressed: values.compressed,
    size: values.size,
    offset: values.offset,
    mode,
    dataOffset: -1,
  };
}

function checkFlags(flags: number, method: number, name: string, wide: boolean, findings: Findings): void {
  if (flags & encryptionFlags) throw new RuleViolation('zip-encrypted', name, 'the entry is encrypted');
  if (flags & ~knownFlags) {
    findings.add('zip-flags', name, `unknown general purpose flags 0x${(flags & ~knownFlags).toString(16)}`);
  }
  if (method !== 0 && method !== 8) {
    throw new RuleViolation(
      'zip-method',
      name,
      `compression method ${method}; only stored and deflate are supported`,
    );
  }
  // APPNOTE appendix D: without the flag a name is in code page 437, as pip decodes it; other programs assume
  // UTF-8.
  if (!(flags & utf8Flag) && wide) {
    findings.add('zip-name-unflagged', name, 'the name is not ASCII, but its UTF-8 flag is not set');
  }
}

function checkMode(
  mode: number,
  dosDirectory: number,
  directory: boolean,
  name: string,
  findings: Findings,
): void {
  const type = mode & typeBits;
  if (type === linkType) findings.add('zip-link', name, 'the entry is a symbolic link');
  else if (type !== 0 && type !== regularType && type !== directoryType) {
    findings.add('zip-device', name, `the entry is a device, fifo or socket (mode ${mode.toString(8)})`);
  } else if (
    (type === directoryType && !directory) ||
    (type === regularType && directory) ||
    (dosDirectory && !directory)
  ) {
    findings.add('zip-directory-mode', name, 'name and mode disagree on whether the entry is a directory');
  }
  // Allow the setgid bit of a directory: it only makes new files inherit the group.
  if (!directory && mode & 0o6000)
    findings.add('zip-setuid', name, `the mode ${mode.toString(8)} has a setuid or setgid bit`);
}

function malformed(position: number): RuleViolation {
  return new RuleViolation(
    'zip-directory-malformed',
    undefined,
    `no complete central header at byte ${position}`,
  );
}
