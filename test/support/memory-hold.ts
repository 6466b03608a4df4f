import type { Spool } from '../../src/hash/spool/spool.js';

/** The simplest hold, for tests that need a verified archive. */
export function memorySpool(): Spool {
  const chunks: Buffer[] = [];
  const all = () => Buffer.concat(chunks);
  return {
    get size() {
      return all().length;
    },
    append: (chunk) => {
      chunks.push(Buffer.from(chunk));
    },
    read: async (position, length) => {
      if (position + length > all().length) throw new RangeError('past the end');
      return all().subarray(position, position + length);
    },
    async *chunks() {
      yield* chunks;
    },
    release: async () => undefined,
  };
}
