import { createInflateRaw, inflateRawSync } from 'node:zlib';

const inputBlock = 256 * 1024;
const outputBlock = 128 * 1024;

/** Deflated data that does not unpack as its headers state. */
export class InflateError extends Error {
  /** A valid stream whose length is not the stated one. */
  readonly length: boolean;

  constructor(message: string, length = false) {
    super(message);
    this.length = length;
  }
}

/**
 * Unpacks a small raw deflate stream at once. It must yield exactly `size` bytes and use all its input; otherwise
 * throws `InflateError`.
 */
export function inflateSmall(packed: Buffer, size: number): Buffer {
  try {
    // One byte more than needed: otherwise zlib asks for another buffer before it finds the end of the stream.
    const { buffer, engine } = inflateRawSync(packed, {
      info: true,
      chunkSize: Math.max(64, size + 1),
      maxOutputLength: size + 1,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length !== size)
      throw new InflateError(`unpacks to ${buffer.length} bytes, not ${size}`, true);
    if (engine.bytesWritten !== packed.length) {
      throw new InflateError(
        `${packed.length - engine.bytesWritten} bytes follow the end of the deflate stream`,
      );
    }
    return buffer;
  } catch (error) {
    throw asInflateError(error);
  }
}

export interface InflateRange {
  /** Reads packed bytes. */
  read(position: number, length: number): Promise<Buffer>;
  readonly start: number;
  readonly end: number;
}

/**
 * Unpacks raw deflate data in blocks, in zlib's thread pool. Returns the number of packed bytes that the stream
 * used, which may be less than the range holds. The consumer counts the output and stops when it has enough.
 */
export async function* inflateRange(range: InflateRange): AsyncGenerator<Buffer, number> {
  const inflater = createInflateRaw({ chunkSize: outputBlock });
  const feeding = feed();
  feeding.catch(() => {});
  try {
    for await (const block of inflater) yield block as Buffer;
    await feeding;
    return inflater.bytesWritten;
  } catch (error) {
    throw asInflateError(error);
  } finally {
    inflater.destroy();
  }

  async function feed(): Promise<void> {
    try {
      for (let position = range.start; position < range.end && !finished(); ) {
        const block = await range.read(position, Math.min(inputBlock, range.end - position));
        position += block.length;
        if (finished()) return;
        if (!inflater.write(block)) await drained();
      }
      if (!finished()) inflater.end();
    } catch (error) {
      inflater.destroy(error as Error);
    }
  }

  function finished(): boolean {
    return inflater.readableEnded || inflater.destroyed || inflater.errored !== null;
  }

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        for (const event of events) inflater.off(event, done);
        resolve();
      };
      const events = ['drain', 'end', 'close', 'error'] as const;
      for (const event of events) inflater.on(event, done);
    });
  }
}

function asInflateError(error: unknown): unknown {
  if (error instanceof InflateError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return new InflateError('unpacks to more than its stated size', true);
  if (code.startsWith('Z_')) return new InflateError(`broken deflate data: ${error.message}`);
  return error;
}
