/** Gathers little-endian fields and bytes. Fields wider than their place are cut, as a hostile writer would. */
export class FieldWriter {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  bytes(part: Uint8Array | undefined): void {
    if (part === undefined) return;
    this.#parts.push(part);
    this.length += part.length;
  }

  u16(value: number): void {
    const field = Buffer.alloc(2);
    field.writeUInt16LE(value & 0xffff);
    this.bytes(field);
  }

  u32(value: number): void {
    const field = Buffer.alloc(4);
    field.writeUInt32LE(value >>> 0);
    this.bytes(field);
  }

  u64(value: number): void {
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    this.bytes(field);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
