/** Reads a sequence of chunks in parts of given sizes. */
export interface PartReader {
  /** The next `size` bytes; they must be read before the next call. Throws a `RangeError` if there are fewer. */
  take(size: number): AsyncIterable<Buffer>;
  /** Reads the rest; throws the errors of the sequence. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Skips the first `skip` bytes of `chunks`. */
export function partReader(chunks: AsyncIterable<Buffer>, skip: number): PartReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let toSkip = skip;

  /** At most `size` bytes, at least one; undefined at the end. */
  async function next(size: number): Promise<Buffer | undefined> {
    while (rest.length === 0) {
      const found = await iterator.next();
      if (found.done === true) return undefined;
      rest = found.value;
    }
    const chunk = rest.subarray(0, size);
    rest = rest.subarray(chunk.length);
    return chunk;
  }

  return {
    async *take(size) {
      while (toSkip > 0) toSkip -= lengthOf(await next(toSkip));
      for (let left = size; left > 0; ) {
        const chunk = await next(left);
        left -= lengthOf(chunk);
        if (chunk !== undefined) yield chunk;
      }
    },
    async end() {
      while ((await next(Number.MAX_SAFE_INTEGER)) !== undefined);
    },
    async close() {
      await iterator.return?.();
    },
  };
}

function lengthOf(chunk: Buffer | undefined): number {
  if (chunk === undefined) throw new RangeError('fewer bytes than expected');
  return chunk.length;
}
