import { createHash } from 'node:crypto';
import { inspectArchive } from '../../src/archive/inspect-archive.js';
import type { Inspection, InspectOptions } from '../../src/archive/inspection.js';
import { parseHexDigest } from '../../src/hash/digest.js';
import type { Spool } from '../../src/hash/spool/spool.js';
import { Verification, type VerifiedArchive } from '../../src/hash/verification.js';
import type { Sample } from './projects.js';

/** One buffer as a hold. */
class BufferSpool implements Spool {
  #bytes: Buffer = Buffer.alloc(0);

  get size(): number {
    return this.#bytes.length;
  }

  append(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (position < 0 || length < 0 || position + length > this.#bytes.length)
      throw new RangeError('past the end');
    return this.#bytes.subarray(position, position + length);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    yield this.#bytes;
  }

  async release(): Promise<void> {}
}

/** `bytes` as an archive that was pinned with its own digest. */
export async function verified(filename: string, bytes: Buffer): Promise<VerifiedArchive> {
  const digest = parseHexDigest('sha256', createHash('sha256').update(bytes).digest('hex'));
  const verification = new Verification([digest], new BufferSpool());
  await verification.write(bytes);
  return verification.finish(filename);
}

export async function inspectSample(sample: Sample, options?: InspectOptions): Promise<Inspection> {
  const expected = { project: undefined, version: undefined, origin: 'index', ...sample.expected } as const;
  return inspectArchive(await verified(sample.filename, sample.bytes), expected, options);
}
