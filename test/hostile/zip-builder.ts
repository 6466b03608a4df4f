import { crc32, deflateRawSync } from 'node:zlib';

/** Fields of a ZIP header that a test may set to something else than the truth. */
export interface ZipFields {
  name: Buffer;
  flags: number;
  method: number;
  crc: number;
  compressed: number;
  size: number;
  extra: Buffer;
  /** Central header only. */
  offset: number;
  mode: number;
  dos: number;
  disk: number;
  comment: Buffer;
  signature: number;
}

export interface ZipMember {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  readonly stored?: boolean;
  /** Unix mode with type bits; a plain file or directory by default. */
  readonly mode?: number;
  /** Set in both headers. */
  readonly both?: Partial<ZipFields>;
  readonly local?: Partial<ZipFields>;
  readonly central?: Partial<ZipFields>;
  /** Packed bytes to write in place of the true ones. */
  readonly packed?: Buffer;
  readonly before?: Buffer;
  /** A data descriptor of this many bytes, or these very bytes. */
  readonly descriptor?: 12 | 16 | 20 | 24 | Buffer;
  readonly onlyLocal?: boolean;
  readonly onlyCentral?: boolean;
}

export interface ZipShape {
  readonly prefix?: Buffer;
  readonly suffix?: Buffer;
  readonly comment?: Buffer;
  readonly beforeDirectory?: Buffer;
  readonly afterDirectory?: Buffer;
  /** End record fields, by their names below. */
  readonly end?: Partial<EndFields>;
  readonly zip64?: Partial<Zip64Fields>;
}

interface EndFields {
  disk: number;
  directoryDisk: number;
  diskCount: number;
  count: number;
  size: number;
  offset: number;
  commentLength: number;
}

interface Zip64Fields {
  recordSize: number;
  recordOffset: number;
  disks: number;
  disk: number;
  diskCount: number;
  count: number;
  size: number;
  offset: number;
  between: Buffer;
}

/** Writes a ZIP byte by byte: correct unless a member or the shape says otherwise. */
export function buildZip(members: readonly ZipMember[], shape: ZipShape = {}): Buffer {
  const parts: Buffer[] = [shape.prefix ?? Buffer.alloc(0)];
  const centrals: Buffer[] = [];
  let position = parts[0]!.length;
  const push = (bytes: Buffer) => {
    parts.push(bytes);
    position += bytes.length;
  };
  for (const member of members) {
    const fields = trueFields(member);
    const packed = member.packed ?? pack(member);
    if (member.packed !== undefined) fields.compressed = packed.length;
    Object.assign(fields, member.both);
    if (member.before !== undefined) push(member.before);
    fields.offset = position;
    if (!member.onlyCentral) {
      const zero = member.descriptor === undefined ? {} : { crc: 0, compressed: 0, size: 0 };
      push(localHeader({ ...fields, extra: fields.extra, ...zero, ...member.local }));
      push(packed);
      if (member.descriptor !== undefined) push(descriptor(member.descriptor, fields));
    }
    if (!member.onlyLocal) centrals.push(centralHeader({ ...fields, ...member.central }));
  }
  if (shape.beforeDirectory !== undefined) push(shape.beforeDirectory);
  const directory = Buffer.concat(centrals);
  const offset = position;
  push(directory);
  if (shape.afterDirectory !== undefined) push(shape.afterDirectory);
  if (shape.zip64 !== undefined)
    push(zip64Records(shape.zip64, position, offset, directory.length, centrals.length));
  const comment = shape.comment ?? Buffer.alloc(0);
  const end = {
    disk: 0,
    directoryDisk: 0,
    diskCount: centrals.length,
    count: centrals.length,
    size: directory.length,
    offset,
    commentLength: comment.length,
    ...shape.end,
  };
  push(
    bytes((w) =>
      w
        .u32(0x06054b50)
        .u16(end.disk)
        .u16(end.directoryDisk)
        .u16(end.diskCount)
        .u16(end.count)
        .u32(end.size)
        .u32(end.offset)
        .u16(end.commentLength),
    ),
  );
  push(comment);
  if (shape.suffix !== undefined) push(shape.suffix);
  return Buffer.concat(parts);
}

/** One extra field. */
export function extraField(id: number, body: Buffer): Buffer {
  return Buffer.concat([bytes((w) => w.u16(id).u16(body.length)), body]);
}

export function zip64Extra(...values: readonly number[]): Buffer {
  return extraField(
    1,
    bytes((w) => values.reduce((writer, value) => writer.u64(value), w)),
  );
}

/** Info-ZIP's Unicode path for a header whose name is `headerName`. */
export function unicodePath(headerName: string, path: string): Buffer {
  return extraField(
    0x7075,
    Buffer.concat([bytes((w) => w.u8(1).u32(crc32(Buffer.from(headerName)))), Buffer.from(path)]),
  );
}

function trueFields(member: ZipMember): ZipFields {
  const name = Buffer.from(member.name as string);
  const content = Buffer.from(member.content ?? '');
  const directory = name.at(-1) === 0x2f;
  const ascii = name.every((byte) => byte < 0x80);
  return {
    name,
    flags: (ascii ? 0 : 0x800) | (member.descriptor === undefined ? 0 : 8),
    method: isStored(member) ? 0 : 8,
    crc: crc32(content),
    compressed: pack(member).length,
    size: content.length,
    extra: Buffer.alloc(0),
    offset: 0,
    mode: member.mode ?? (directory ? 0o040755 : 0o100644),
    dos: directory ? 0x10 : 0,
    disk: 0,
    comment: Buffer.alloc(0),
    signature: 0,
  };
}

function isStored(member: ZipMember): boolean {
  return member.stored ?? (member.content === undefined || member.content.length === 0);
}

function pack(member: ZipMember): Buffer {
  const content = Buffer.from(member.content ?? '');
  return isStored(member) ? content : deflateRawSync(content);
}

function localHeader(f: ZipFields): Buffer {
  return Buffer.concat([
    bytes((w) =>
      w
        .u32(f.signature || 0x04034b50)
        .u16(20)
        .u16(f.flags)
        .u16(f.method)
        .u32(0x00210000)
        .u32(f.crc)
        .u32(f.compressed)
        .u32(f.size)
        .u16(f.name.length)
        .u16(f.extra.length),
    ),
    f.name,
    f.extra,
  ]);
}

function centralHeader(f: ZipFields): Buffer {
  return Buffer.concat([
    bytes((w) =>
      w
        .u32(f.signature || 0x02014b50)
        .u16(0x0314)
        .u16(20)
        .u16(f.flags)
        .u16(f.method)
        .u32(0x00210000)
        .u32(f.crc)
        .u32(f.compressed)
        .u32(f.size)
        .u16(f.name.length)
        .u16(f.extra.length)
        .u16(f.comment.length)
        .u16(f.disk)
        .u16(0)
        .u16(f.dos)
        .u16(f.mode)
        .u32(f.offset),
    ),
    f.name,
    f.extra,
    f.comment,
  ]);
}

function descriptor(form: 12 | 16 | 20 | 24 | Buffer, f: ZipFields): Buffer {
  if (Buffer.isBuffer(form)) return form;
  return bytes((w) => {
    const signed = form === 16 || form === 24 ? w.u32(0x08074b50) : w;
    const crc = signed.u32(f.crc);
    return form >= 20 ? crc.u64(f.compressed).u64(f.size) : crc.u32(f.compressed).u32(f.size);
  });
}

function zip64Records(
  set: Partial<Zip64Fields>,
  at: number,
  offset: number,
  size: number,
  count: number,
): Buffer {
  const f: Zip64Fields = {
    recordSize: 44,
    recordOffset: at,
    disks: 1,
    disk: 0,
    diskCount: count,
    count,
    size,
    offset,
    between: Buffer.alloc(0),
    ...set,
  };
  return Buffer.concat([
    bytes((w) =>
      w
        .u32(0x06064b50)
        .u64(f.recordSize)
        .u16(45)
        .u16(45)
        .u32(f.disk)
        .u32(0)
        .u64(f.diskCount)
        .u64(f.count)
        .u64(f.size)
        .u64(f.offset),
    ),
    f.between,
    bytes((w) => w.u32(0x07064b50).u32(0).u64(f.recordOffset).u32(f.disks)),
  ]);
}

interface Writer {
  u8(value: number): Writer;
  u16(value: number): Writer;
  u32(value: number): Writer;
  u64(value: number): Writer;
}

/** Little-endian numbers, one after the other. */
export function bytes(write: (writer: Writer) => Writer): Buffer {
  const out: number[] = [];
  const put = (value: number, length: number): Writer => {
    for (let i = 0, rest = BigInt(value); i < length; i += 1, rest >>= 8n) out.push(Number(rest & 0xffn));
    return writer;
  };
  const writer: Writer = {
    u8: (value) => put(value, 1),
    u16: (value) => put(value, 2),
    u32: (value) => put(value, 4),
    u64: (value) => put(value, 8),
  };
  write(writer);
  return Buffer.from(out);
}
