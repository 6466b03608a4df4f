import { writeFileSync } from 'node:fs';
import { tempDirectory } from '../../support/temp-directory.js';

export interface ElfHeader {
  readonly bits: 32 | 64;
  readonly machine: number;
  readonly flags?: number;
  readonly bigEndian?: boolean;
  readonly interpreter?: string;
}

/** A file with the header of a program, and one program header that names its interpreter. */
export function elfBytes({ bits, machine, flags = 0, bigEndian = false, interpreter }: ElfHeader): Buffer {
  const wide = bits === 64;
  const headerSize = wide ? 64 : 52;
  const entrySize = wide ? 56 : 32;
  const path = Buffer.from(interpreter === undefined ? '' : `${interpreter}\0`);
  const bytes = Buffer.alloc(headerSize + entrySize + path.length);
  const u16 = (at: number, value: number) =>
    bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at);
  const u32 = (at: number, value: number) =>
    bigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at);
  const word = (at: number, value: number) => {
    if (!wide) return u32(at, value);
    return bigEndian ? bytes.writeBigUInt64BE(BigInt(value), at) : bytes.writeBigUInt64LE(BigInt(value), at);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, bigEndian ? 2 : 1, 1]);
  u16(18, machine);
  word(wide ? 32 : 28, headerSize);
  u32(wide ? 48 : 36, flags);
  u16(wide ? 54 : 42, entrySize);
  u16(wide ? 56 : 44, 1);
  u32(headerSize, interpreter === undefined ? 1 : 3);
  word(headerSize + (wide ? 8 : 4), headerSize + entrySize);
  word(headerSize + (wide ? 32 : 16), path.length);
  path.copy(bytes, headerSize + entrySize);
  return bytes;
}

/** Such a file on disk. */
export function elfProgram(header: ElfHeader): Disposable & { readonly path: string } {
  const directory = tempDirectory();
  const path = directory.join('program');
  writeFileSync(path, elfBytes(header));
  return { path, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}
