/** Bytes that can be read at any position. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes from `position`; throws a `RangeError` past the end. */
  read(position: number, length: number): Promise<Buffer>;
}

/**
 * Where the bytes of one archive wait while they are hashed: memory, ciphertext on disk (P1), or a file of the store.
 * `read` and `chunks` give back the very bytes that were appended, or throw: whatever another process could reach is
 * proven again, block by block, each time it is read (P4).
 */
export interface Spool extends ByteSource {
  /** Copies what `chunk` holds. A promise only when the spool has to wait for the disk. */
  append(chunk: Buffer): void | Promise<void>;
  /** Where up to `length` next bytes may be read to, in order, so that `append` need not copy them. */
  room?(length: number): readonly Buffer[];
  /** Everything, in order. */
  chunks(): AsyncIterable<Buffer>;
  /** Gives memory back and deletes what was spilled. Safe to call twice. */
  release(): Promise<void>;
}

/** Throws a `RangeError` where the bytes asked for lie outside of what `spool` has. */
export function checkRange(position: number, length: number, { size }: { readonly size: number }): void {
  if (position < 0 || length < 0 || position + length > size)
    throw new RangeError(`${length} bytes at ${position} lie outside of an archive of ${size} bytes`);
}

/** `length` bytes from `position`, put together of blocks of `blockSize` bytes; only the last block is shorter. */
export async function readBlocks(
  position: number,
  length: number,
  blockSize: number,
  block: (index: number) => Promise<Buffer>,
): Promise<Buffer> {
  const result = Buffer.allocUnsafe(length);
  for (let filled = 0; filled < length; ) {
    const at = position + filled;
    const from = at % blockSize;
    const bytes = await block(Math.floor(at / blockSize));
    filled += bytes.copy(result, filled, from, Math.min(bytes.length, from + length - filled));
  }
  return result;
}
