import { gzipSync } from 'node:zlib';

export interface TarMember {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
  /** Size field, where it should not be the content's. */
  readonly size?: number;
  readonly magic?: 'ustar' | 'gnu' | 'v7' | Buffer;
  readonly prefix?: Buffer;
  /** Bytes written over the header, by offset, before the checksum is made. */
  readonly patch?: Readonly<Record<number, Buffer>>;
  /** Written in place of the true checksum. */
  readonly checksum?: string;
  /** Leave out content and padding. */
  readonly bare?: boolean;
}

export interface TarShape {
  /** Zero blocks at the end; 2 by default. */
  readonly endBlocks?: number;
  readonly suffix?: Buffer;
}

const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '\0\0\0\0\0\0\0\0' } as const;

/** Writes a tar byte by byte: correct unless a member or the shape says otherwise. */
export function buildTar(members: readonly TarMember[], shape: TarShape = {}): Buffer {
  return Buffer.concat([
    ...members.map(tarMember),
    Buffer.alloc(512 * (shape.endBlocks ?? 2)),
    shape.suffix ?? Buffer.alloc(0),
  ]);
}

export function tarMember(member: TarMember): Buffer {
  const content = Buffer.from(member.content ?? '');
  const header = Buffer.alloc(512);
  Buffer.from(member.name as string).copy(header, 0, 0, 100);
  const directory = Buffer.from(member.name as string).at(-1) === 0x2f;
  const type = member.type ?? (directory ? '5' : '0');
  octal(header, 100, 8, member.mode ?? (type === '5' ? 0o755 : 0o644));
  octal(header, 108, 8, 0);
  octal(header, 116, 8, 0);
  octal(header, 124, 12, member.size ?? content.length);
  octal(header, 136, 12, 0);
  header.write(type, 156, 'latin1');
  header.write(member.link ?? '', 157, 100, 'utf8');
  const magic = member.magic ?? 'ustar';
  (Buffer.isBuffer(magic) ? magic : Buffer.from(magics[magic], 'latin1')).copy(header, 257);
  member.prefix?.copy(header, 345);
  for (const [at, patch] of Object.entries(member.patch ?? {})) patch.copy(header, Number(at));
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(member.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  if (member.bare) return header;
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** One PAX record with its own length. */
export function paxRecord(key: string, value: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value as string), Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

export function pax(records: readonly Buffer[], type: 'x' | 'g' = 'x'): TarMember {
  return { name: type === 'x' ? 'PaxHeaders/x' : 'pax_global_header', type, content: Buffer.concat(records) };
}

export function gnuName(name: string | Buffer, type: 'L' | 'K' = 'L'): TarMember {
  return {
    name: '././@LongLink',
    type,
    magic: 'gnu',
    content: Buffer.concat([Buffer.from(name as string), Buffer.alloc(1)]),
  };
}

/** gzip with a fixed header. */
export function gzip(bytes: Buffer): Buffer {
  return gzipSync(bytes, { level: 6 });
}

function octal(header: Buffer, at: number, length: number, value: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}
