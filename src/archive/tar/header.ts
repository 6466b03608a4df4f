import { type Findings, RuleViolation } from '../findings.js';
import { decodeName } from '../names.js';

export const blockSize = 512;
const checksumAt = 148;

/** The fields of one tar header block; sizes in bytes. */
export interface TarHeader {
  /** The name field, with the ustar prefix in front. */
  readonly name: string;
  readonly linkName: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
}

/**
 * True if some reader would take the block for a tar header. Python also accepts checksums
 * of signed bytes, in base 256, or with underscores between octal digits (`1_7`).
 */
export function looksLikeTar(block: Buffer): boolean {
  const field = block.subarray(checksumAt, checksumAt + 8);
  let claimed: number | undefined;
  if ((field[0] ?? 0) >= 0x80) claimed = field.readUInt32BE(4) | 0;
  else {
    const digits = /^\s*\+?(?:0o)?([0-7_]*)\s*$/i.exec(field.toString('latin1').split('\0', 1)[0] ?? '')?.[1];
    if (digits !== undefined) claimed = Number.parseInt(`0${digits.replaceAll('_', '')}`, 8);
  }
  if (claimed === undefined) return hasTarChecksum(block);
  let signed = 8 * 0x20;
  for (let at = 0; at < blockSize; at += 1) {
    if (at < checksumAt || at >= checksumAt + 8) signed += block.readInt8(at);
  }
  return claimed === checksum(block) || claimed === signed || hasTarChecksum(block);
}

/** True if the block has the checksum of a tar header. */
export function hasTarChecksum(block: Buffer): boolean {
  const text = block.toString('latin1', checksumAt, checksumAt + 8);
  const digits = /^ *([0-7]+)[ \0]*$/.exec(text)?.[1];
  return digits !== undefined && Number.parseInt(digits, 8) === checksum(block);
}

/**
 * Reads one header block strictly: Python's tarfile silently treats a header with an unreadable field as the end of
 * the archive.
 */
export function parseHeader(block: Buffer, position: number, findings: Findings): TarHeader {
  if (!hasTarChecksum(block)) {
    throw new RuleViolation(
      'tar-checksum',
      undefined,
      `the checksum of the header at byte ${position} is wrong`,
    );
  }
  const rawName = cut(block.subarray(0, 100));
  const shown = rawName.bytes.toString('utf8');
  const name = joinPrefix(block, decodeName(rawName.bytes), shown);
  const link = cut(block.subarray(157, 257));
  if (rawName.residue || link.residue) {
    findings.add('tar-name-residue', shown, 'a name field has bytes after the end of the name');
  }
  for (const [at, length] of [
    [108, 8],
    [116, 8],
    [136, 12],
    [329, 8],
    [337, 8],
  ] as const) {
    readNumber(block.subarray(at, at + length), true, shown);
  }
  return {
    name,
    linkName: decodeName(link.bytes),
    type: String.fromCharCode(block[156] ?? 0),
    mode: readNumber(block.subarray(100, 108), true, shown),
    size: readNumber(block.subarray(124, 136), false, shown),
  };
}

/**
 * POSIX.1-1988: ustar splits a long name into prefix and name. GNU tar and star use these bytes for other data,
 * which Python still reads as a prefix.
 */
function joinPrefix(block: Buffer, name: string, shown: string): string {
  const magic = block.toString('latin1', 257, 265);
  const prefix = cut(block.subarray(345, 500));
  if (magic === 'ustar\x0000' && !prefix.residue) {
    return prefix.bytes.length === 0 ? name : `${decodeName(prefix.bytes)}/${name}`;
  }
  const gnu = magic === 'ustar  \0';
  if (magic !== 'ustar\x0000' && !gnu && magic !== '\0\0\0\0\0\0\0\0') {
    throw new RuleViolation('tar-magic', shown, 'the header is not of a known tar format');
  }
  if (prefix.bytes.length > 0 || prefix.residue) {
    throw new RuleViolation(
      'tar-prefix',
      shown,
      'the header holds bytes that some programs read as the start of the name',
    );
  }
  return name;
}

/** Reads octal digits between spaces, up to a NUL; or GNU tar's two's complement if `binary` allows it. */
function readNumber(field: Buffer, binary: boolean, entry: string): number {
  const first = field[0] ?? 0;
  // GNU tar writes large user and group numbers and old dates in binary; a size below 8 GiB never needs it.
  if (binary && (first === 0x80 || first === 0xff)) return 0;
  const { bytes } = cut(field);
  const digits = /^ *([0-7]*) *$/.exec(bytes.toString('latin1'))?.[1];
  if (digits === undefined) {
    throw new RuleViolation('tar-number', entry, `'${bytes.toString('latin1')}' is not an octal number`);
  }
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function cut(field: Buffer): { bytes: Buffer; residue: boolean } {
  const end = field.indexOf(0);
  if (end < 0) return { bytes: field, residue: false };
  return { bytes: field.subarray(0, end), residue: field.subarray(end).some((byte) => byte !== 0) };
}

function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockSize; at += 1) {
    if (at < checksumAt || at >= checksumAt + 8) sum += block[at] ?? 0;
  }
  return sum;
}
