import { deflateRawSync } from 'node:zlib';
import { crc32 } from './crc32.js';
import { FieldWriter } from './field-writer.js';

/** The fields of a local or central header; each one can be told apart from the truth. */
export interface ZipHeader {
  readonly signature: number;
  readonly versionNeeded: number;
  readonly flags: number;
  readonly method: number;
  readonly time: number;
  readonly date: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly name: string | Uint8Array;
  /** Of the name, as written; the true one by default. */
  readonly nameLength: number;
  readonly extra: Uint8Array;
  readonly extraLength: number;
}

export interface ZipCentralHeader extends ZipHeader {
  readonly versionMadeBy: number;
  readonly comment: string | Uint8Array;
  readonly commentLength: number;
  readonly disk: number;
  readonly internalAttributes: number;
  readonly externalAttributes: number;
  readonly offset: number;
}

export interface ZipDescriptor {
  /** With the optional signature; true by default. */
  readonly signature?: boolean;
  /** Sizes of 8 bytes. */
  readonly zip64?: boolean;
  readonly crc?: number;
  readonly compressedSize?: number;
  readonly size?: number;
}

export interface ZipEntry {
  readonly name: string | Uint8Array;
  readonly data?: string | Uint8Array;
  /** `stored` by default: the same bytes whatever the version of zlib. */
  readonly method?: 'stored' | 'deflate' | number;
  /** The compressed bytes as they shall be written. */
  readonly raw?: Uint8Array;
  /** Unix mode with its type bits; 0o100644 by default, 0o40755 for a name with a slash at the end. */
  readonly mode?: number;
  readonly extra?: Uint8Array;
  readonly comment?: string;
  /** Sizes and CRC after the data (flag bit 3), with zeros in the local header. */
  readonly descriptor?: boolean | ZipDescriptor;
  /** Sizes in ZIP64 extras of both headers. */
  readonly zip64?: boolean;
  readonly local?: Partial<ZipHeader>;
  readonly central?: Partial<ZipCentralHeader>;
  /** Bytes that belong to nobody, before the local header and after the data. */
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  readonly omitLocal?: boolean;
  readonly omitCentral?: boolean;
}

export interface ZipEnd {
  readonly disk: number;
  readonly centralDisk: number;
  readonly entriesOnDisk: number;
  readonly entries: number;
  readonly centralSize: number;
  readonly centralOffset: number;
  readonly commentLength: number;
}

export interface Zip64End extends ZipEnd {
  readonly recordSize: number;
  readonly versionNeeded: number;
  /** Of the ZIP64 end record, as its locator says. */
  readonly locatorOffset: number;
  readonly disks: number;
  readonly gap: Uint8Array;
}

export interface ZipTweaks {
  /** Before everything; offsets count it unless `offsetsIgnorePrefix`. */
  readonly prefix?: Uint8Array;
  readonly offsetsIgnorePrefix?: boolean;
  /** Between the last entry and the central directory, and between that and the end records. */
  readonly beforeCentral?: Uint8Array;
  readonly beforeEnd?: Uint8Array;
  /** After everything. */
  readonly suffix?: Uint8Array;
  readonly comment?: string | Uint8Array;
  /** A false end record. */
  readonly end?: Partial<ZipEnd>;
  /** ZIP64 end record and locator, with false fields where wanted. */
  readonly zip64?: boolean | Partial<Zip64End>;
  /** The order of the central directory, as indexes of `entries`. */
  readonly centralOrder?: readonly number[];
}

/** 1980-01-01 00:00: the earliest and most usual date of reproducible archives. */
const dosDate = 0x0021;
const utf8Flag = 0x0800;
const descriptorFlag = 0x0008;

/** Writes a ZIP file: a sound one, unless entries or tweaks say otherwise. Deterministic. */
export function zipArchive(entries: readonly ZipEntry[], tweaks: ZipTweaks = {}): Buffer {
  const out = new FieldWriter();
  out.bytes(tweaks.prefix);
  const bias = tweaks.offsetsIgnorePrefix ? (tweaks.prefix?.length ?? 0) : 0;
  const headers = entries.map((entry) => writeEntry(out, entry, bias));
  out.bytes(tweaks.beforeCentral);
  const centralOffset = out.length - bias;
  const order = tweaks.centralOrder ?? entries.map((_, i) => i);
  const listed = order.filter((i) => !entries[i]?.omitCentral).map((i) => headers[i]!);
  for (const header of listed) writeCentral(out, header);
  const truth: ZipEnd = {
    disk: 0,
    centralDisk: 0,
    entriesOnDisk: listed.length,
    entries: listed.length,
    centralSize: out.length - bias - centralOffset,
    centralOffset,
    commentLength: asBytes(tweaks.comment ?? '').length,
  };
  out.bytes(tweaks.beforeEnd);
  writeEnds(out, truth, tweaks, bias);
  out.bytes(tweaks.suffix);
  return out.finish();
}

function writeEntry(out: FieldWriter, entry: ZipEntry, bias: number): ZipCentralHeader {
  out.bytes(entry.before);
  const offset = out.length - bias;
  const data = asBytes(entry.data ?? '');
  const method = entry.method === 'deflate' ? 8 : entry.method === 'stored' ? 0 : (entry.method ?? 0);
  const body = entry.raw ?? (method === 8 ? deflateRawSync(data) : data);
  const isDirectory = asBytes(entry.name).at(-1) === 0x2f;
  const mode = entry.mode ?? (isDirectory ? 0o40755 : 0o100644);
  const nonAscii = asBytes(entry.name).some((byte) => byte > 0x7f);
  const truth = {
    versionNeeded: entry.zip64 ? 45 : 20,
    flags: (nonAscii ? utf8Flag : 0) | (entry.descriptor ? descriptorFlag : 0),
    method,
    time: 0,
    date: dosDate,
    crc: crc32(data),
    compressedSize: body.length,
    size: data.length,
    name: entry.name,
    extra: entry.extra ?? Buffer.alloc(0),
  };
  const hidden = entry.descriptor ? { crc: 0, compressedSize: 0, size: 0 } : {};
  if (!entry.omitLocal) {
    writeLocal(out, asZip64({ ...truth, ...hidden }, entry.zip64), entry.local);
    out.bytes(body);
    if (entry.descriptor)
      writeDescriptor(out, truth, entry.descriptor === true ? {} : entry.descriptor, entry.zip64);
  }
  out.bytes(entry.after);
  return {
    ...withLengths({ signature: 0x02014b50, ...asZip64(truth, entry.zip64), ...entry.central }),
    versionMadeBy: 0x0314,
    comment: entry.comment ?? '',
    commentLength: asBytes(entry.central?.comment ?? entry.comment ?? '').length,
    disk: 0,
    internalAttributes: 0,
    externalAttributes: ((mode << 16) | (isDirectory ? 0x10 : 0)) >>> 0,
    offset,
    ...entry.central,
  };
}

type Fields = Omit<ZipHeader, 'signature' | 'nameLength' | 'extraLength'>;

/** Moves the sizes into a ZIP64 extra (APPNOTE 4.5.3). */
function asZip64(fields: Fields, zip64: boolean | undefined): Fields {
  if (!zip64) return fields;
  const sizes = Buffer.alloc(20);
  sizes.writeUInt16LE(0x0001, 0);
  sizes.writeUInt16LE(16, 2);
  sizes.writeBigUInt64LE(BigInt(fields.size), 4);
  sizes.writeBigUInt64LE(BigInt(fields.compressedSize), 12);
  const extra = Buffer.concat([sizes, fields.extra]);
  return { ...fields, compressedSize: 0xffffffff, size: 0xffffffff, extra };
}

function withLengths(header: Fields & Partial<ZipHeader> & { signature: number }): ZipHeader {
  return { nameLength: asBytes(header.name).length, extraLength: header.extra.length, ...header };
}

function writeLocal(out: FieldWriter, fields: Fields, lies: Partial<ZipHeader> | undefined): void {
  const header = withLengths({ signature: 0x04034b50, ...fields, ...lies });
  out.u32(header.signature);
  writeCommon(out, header);
  out.bytes(asBytes(header.name));
  out.bytes(header.extra);
}

function writeCentral(out: FieldWriter, header: ZipCentralHeader): void {
  out.u32(header.signature);
  out.u16(header.versionMadeBy);
  writeCommon(out, header);
  out.u16(header.commentLength);
  out.u16(header.disk);
  out.u16(header.internalAttributes);
  out.u32(header.externalAttributes);
  out.u32(header.offset);
  out.bytes(asBytes(header.name));
  out.bytes(header.extra);
  out.bytes(asBytes(header.comment));
}

function writeCommon(out: FieldWriter, header: ZipHeader): void {
  for (const field of [header.versionNeeded, header.flags, header.method, header.time, header.date])
    out.u16(field);
  for (const field of [header.crc, header.compressedSize, header.size]) out.u32(field);
  out.u16(header.nameLength);
  out.u16(header.extraLength);
}

function writeDescriptor(
  out: FieldWriter,
  truth: Fields,
  wish: ZipDescriptor,
  zip64: boolean | undefined,
): void {
  const {
    signature = true,
    crc = truth.crc,
    compressedSize = truth.compressedSize,
    size = truth.size,
  } = wish;
  if (signature) out.u32(0x08074b50);
  out.u32(crc);
  for (const field of [compressedSize, size]) {
    if (wish.zip64 ?? zip64) out.u64(field);
    else out.u32(field);
  }
}

function writeEnds(out: FieldWriter, truth: ZipEnd, tweaks: ZipTweaks, bias: number): void {
  if (tweaks.zip64) {
    const lies = tweaks.zip64 === true ? {} : tweaks.zip64;
    const offset = out.length - bias;
    const end = { recordSize: 44, versionNeeded: 45, locatorOffset: offset, disks: 1, ...truth, ...lies };
    out.u32(0x06064b50);
    out.u64(end.recordSize);
    out.u16(45);
    out.u16(end.versionNeeded);
    out.u32(end.disk);
    out.u32(end.centralDisk);
    for (const field of [end.entriesOnDisk, end.entries, end.centralSize, end.centralOffset]) out.u64(field);
    out.bytes(lies.gap);
    out.u32(0x07064b50);
    out.u32(end.disk);
    out.u64(end.locatorOffset);
    out.u32(end.disks);
  }
  const saturated = {
    entriesOnDisk: 0xffff,
    entries: 0xffff,
    centralSize: 0xffffffff,
    centralOffset: 0xffffffff,
  };
  const end = { ...truth, ...(tweaks.zip64 && saturated), ...tweaks.end };
  out.u32(0x06054b50);
  for (const field of [end.disk, end.centralDisk, end.entriesOnDisk, end.entries]) out.u16(field);
  out.u32(end.centralSize);
  out.u32(end.centralOffset);
  out.u16(end.commentLength);
  out.bytes(asBytes(tweaks.comment ?? ''));
}

function asBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}
