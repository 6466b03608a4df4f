import { gzipSync } from 'node:zlib';

/** A member of a tar file. Fields are told apart from the truth by giving them, or by `patch`. */
export interface TarEntry {
  readonly name: string | Uint8Array;
  readonly data?: string | Uint8Array;
  /** `0` file (default), `1` hard link, `2` symlink, `3` `4` devices, `5` directory, `6` fifo, `x` `g` PAX, `L` `K` GNU names, `S` sparse. */
  readonly type?: string;
  readonly linkname?: string | Uint8Array;
  /** 0o644, and 0o755 for directories, by default. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly uname?: string;
  readonly gname?: string;
  readonly mtime?: number;
  readonly devmajor?: number;
  readonly devminor?: number;
  /** ustar's prefix field. */
  readonly prefix?: string;
  /** `ustar` (default), `gnu`, or `none` for the format before both. */
  readonly format?: 'ustar' | 'gnu' | 'none';
  /** As the header says; the data's own length by default. */
  readonly size?: number;
  /** The 12 bytes of the size field, for base-256 and broken ones. */
  readonly sizeField?: string | Uint8Array;
  readonly checksum?: number;
  /** Records of a PAX header written before this member. A name that does not fit gets one of its own accord. */
  readonly pax?: Readonly<Record<string, string>>;
  /** Contents of that PAX header as they shall be written, in place of `pax`. */
  readonly paxRaw?: string | Uint8Array;
  /** Last word over the 512 bytes of the header, before the checksum is computed. */
  readonly patch?: (header: Buffer) => void;
  /** Bytes after the data up to the next block; zeros by default. */
  readonly padding?: Uint8Array;
}

export interface TarTweaks {
  /** Records of a global PAX header at the start. */
  readonly globalPax?: Readonly<Record<string, string>>;
  /** Blocks of zeros at the end; 2 by default. */
  readonly endBlocks?: number;
  /** After the end blocks. */
  readonly trailing?: Uint8Array;
}

export interface GzipTweaks {
  /** Split into several gzip members at these offsets of the tar. */
  readonly membersAt?: readonly number[];
  /** After the last member. */
  readonly trailing?: Uint8Array;
  readonly level?: number;
}

const block = 512;

/** Writes an uncompressed tar: a sound one, unless entries or tweaks say otherwise. Deterministic. */
export function tarArchive(entries: readonly TarEntry[], tweaks: TarTweaks = {}): Buffer {
  const parts: Uint8Array[] = [];
  if (tweaks.globalPax !== undefined) {
    pushMember(parts, { name: 'pax_global_header', type: 'g', data: paxRecords(tweaks.globalPax) });
  }
  for (const entry of entries) pushEntry(parts, entry);
  parts.push(Buffer.alloc(block * (tweaks.endBlocks ?? 2)), tweaks.trailing ?? Buffer.alloc(0));
  return Buffer.concat(parts);
}

/** gzip with modification time 0 and no operating system named. */
export function gzipArchive(bytes: Uint8Array, tweaks: GzipTweaks = {}): Buffer {
  const cuts = [0, ...(tweaks.membersAt ?? []), bytes.length];
  const members = cuts.slice(1).map((end, i) => {
    const member = gzipSync(bytes.subarray(cuts[i], end), { level: tweaks.level ?? 6 });
    member[9] = 255;
    return member;
  });
  return Buffer.concat([...members, tweaks.trailing ?? Buffer.alloc(0)]);
}

/** PAX records: `LENGTH KEY=VALUE\n`, where the length counts itself. */
export function paxRecords(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

function pushEntry(parts: Uint8Array[], entry: TarEntry): void {
  const long = asBytes(entry.name).length > 100 && entry.prefix === undefined;
  const pax = { ...(long && typeof entry.name === 'string' && { path: entry.name }), ...entry.pax };
  const records = entry.paxRaw ?? (Object.keys(pax).length > 0 ? paxRecords(pax) : undefined);
  if (records !== undefined) pushMember(parts, { name: 'PaxHeaders/entry', type: 'x', data: records });
  pushMember(parts, entry);
}

function pushMember(parts: Uint8Array[], entry: TarEntry): void {
  const data = asBytes(entry.data ?? '');
  parts.push(headerOf(entry, data.length), data);
  parts.push(entry.padding ?? Buffer.alloc((block - (data.length % block)) % block));
}

function headerOf(entry: TarEntry, dataLength: number): Buffer {
  const header = Buffer.alloc(block);
  const type = entry.type ?? '0';
  put(header, 0, 100, entry.name);
  octal(header, 100, 8, entry.mode ?? (type === '5' ? 0o755 : 0o644));
  octal(header, 108, 8, entry.uid ?? 0);
  octal(header, 116, 8, entry.gid ?? 0);
  octal(header, 124, 12, entry.size ?? dataLength);
  if (entry.sizeField !== undefined) put(header.fill(0, 124, 136), 124, 12, entry.sizeField);
  octal(header, 136, 12, entry.mtime ?? 315532800);
  put(header, 156, 1, type);
  put(header, 157, 100, entry.linkname ?? '');
  if (entry.format !== 'none') put(header, 257, 8, entry.format === 'gnu' ? 'ustar  \0' : 'ustar\x0000');
  put(header, 265, 32, entry.uname ?? '');
  put(header, 297, 32, entry.gname ?? '');
  if (entry.devmajor !== undefined) octal(header, 329, 8, entry.devmajor);
  if (entry.devminor !== undefined) octal(header, 337, 8, entry.devminor);
  put(header, 345, 155, entry.prefix ?? '');
  entry.patch?.(header);
  header.fill(0x20, 148, 156);
  const sum = entry.checksum ?? header.reduce((total, byte) => total + byte, 0);
  put(header, 148, 8, `${sum.toString(8).padStart(6, '0')}\0 `);
  return header;
}

function octal(header: Buffer, at: number, length: number, value: number): void {
  put(header, at, length, `${value.toString(8).padStart(length - 1, '0')}\0`);
}

function put(header: Buffer, at: number, length: number, value: string | Uint8Array): void {
  header.set(asBytes(value).subarray(0, length), at);
}

function asBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}
