/** Bytes that can be read at any position. */
export interface ByteSource {
  readonly size: number;
  /** Reads exactly `length` bytes from `position`; throws a `RangeError` beyond the end. */
  read(position: number, length: number): Promise<Buffer>;
}

/**
 * Holds the bytes of one archive while they are hashed: in memory, as ciphertext on disk (P1), or in a file of the
 * store. `read` and `chunks` return the bytes that were appended, or throw: bytes that another process could change
 * are authenticated block by block at each read (P4).
 */
export interface Spool extends ByteSource {
  /** Copies the bytes of `chunk`. Returns a promise only if the spool has to wait for the disk. */
  append(chunk: Buffer): void | Promise<void>;
  /** A buffer for up to `length` next bytes; a read into it needs no copy in `append`. */
  room?(length: number): readonly Buffer[];
  /** All bytes, in order. */
  chunks(): AsyncIterable<Buffer>;
  /** Frees memory and deletes spilled files. Safe to call twice. */
  release(): Promise<void>;
}

/** Throws a `RangeError` if the requested bytes are not within the first `size` bytes. */
export function checkRange(position: number, length: number, { size }: { readonly size: number }): void {
  if (position < 0 || length < 0 || position + length > size)
    throw new RangeError(`${length} bytes at ${position} lie outside of an archive of ${size} bytes`);
}

/** Reads `length` bytes from `position`, from blocks of `blockSize` bytes; only the last block is shorter. */
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
