/** The fields of an ELF header. */
export interface ElfFacts {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly machine: number;
  readonly flags: number;
  /** The program interpreter (`PT_INTERP`), such as `/lib/ld-musl-x86_64.so.1`; undefined for a static program. */
  readonly interpreter: string | undefined;
}

/** Reads up to `length` bytes from `position`; fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

const maxProgramHeaders = 64 << 10;
const maxInterpreterPath = 4096;

/** Parses the header of an ELF program; undefined for other files. */
export async function readElf(read: ReadAt): Promise<ElfFacts | undefined> {
  const head = await read(0, 64);
  const bits = head[4] === 1 ? 32 : head[4] === 2 ? 64 : undefined;
  const order = head[5];
  if (head.length < 52 || head.readUInt32BE(0) !== 0x7f454c46 || bits === undefined) return undefined;
  if (order !== 1 && order !== 2) return undefined;
  if (bits === 64 && head.length < 64) return undefined;
  const field = numbers(head, order === 1, bits);
  const wide = bits === 64;
  const count = field.u16(wide ? 56 : 44);
  const size = field.u16(wide ? 54 : 42);
  const offset = field.word(wide ? 32 : 28);
  return {
    bits,
    littleEndian: order === 1,
    machine: field.u16(18),
    flags: field.u32(wide ? 48 : 36),
    interpreter: await interpreterPath(read, { offset, size, count }, order === 1, bits),
  };
}

/** True for a 32-bit Arm program with the hard-float ABI (version 5 of the EABI). */
export function isHardFloatArm({ bits, littleEndian, machine, flags }: ElfFacts): boolean {
  return bits === 32 && littleEndian && machine === 40 && flags >>> 24 === 5 && (flags & 0x400) !== 0;
}

/** True for a program for 32-bit Intel, which excludes x32. */
export function isI686({ bits, littleEndian, machine }: ElfFacts): boolean {
  return bits === 32 && littleEndian && machine === 3;
}

async function interpreterPath(
  read: ReadAt,
  table: { readonly offset: number; readonly size: number; readonly count: number },
  littleEndian: boolean,
  bits: 32 | 64,
): Promise<string | undefined> {
  const length = table.size * table.count;
  const wide = bits === 64;
  if (table.size < (wide ? 56 : 32) || length > maxProgramHeaders) return undefined;
  const headers = await read(table.offset, length);
  for (let at = 0; at + table.size <= headers.length; at += table.size) {
    const field = numbers(headers.subarray(at, at + table.size), littleEndian, bits);
    if (field.u32(0) !== 3) continue;
    const size = field.word(wide ? 32 : 16);
    if (size > maxInterpreterPath) return undefined;
    const path = await read(field.word(wide ? 8 : 4), size);
    const end = path.indexOf(0);
    return path.toString('utf8', 0, end === -1 ? path.length : end);
  }
  return undefined;
}

function numbers(bytes: Buffer, littleEndian: boolean, bits: 32 | 64) {
  const u32 = (at: number): number => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  return {
    u16: (at: number): number => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    u32,
    /** An address or offset. A value that is too large becomes a position past the end of any file. */
    word: (at: number): number => {
      if (bits === 32) return u32(at);
      const value = littleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
      return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
    },
  };
}
