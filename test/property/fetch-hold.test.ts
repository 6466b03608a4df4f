import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { createSpool } from '../../src/hash/spool/archive-spool.js';
import { EncryptedSpool } from '../../src/hash/spool/encrypted-spool.js';
import { ArchiveMemory, MemorySpool } from '../../src/hash/spool/memory-spool.js';
import type { Spool } from '../../src/hash/spool/spool.js';

const directory = mkdtempSync(join(tmpdir(), 'peep-hold-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const kinds: Readonly<Record<string, () => Spool>> = {
  memory: () => new MemorySpool(new ArchiveMemory(1 << 30)),
  sealed: () => new EncryptedSpool(directory),
  'memory, then sealed': () =>
    createSpool({ memory: new ArchiveMemory(300_000), spillDirectory: directory }, undefined),
};

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      append: fc.oneof(fc.nat(200), fc.nat(20_000), fc.nat(300_000)),
      within: fc.nat(4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      read: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
  },
);

it.each(Object.keys(kinds))('a hold of the kind %s reads like one buffer', async (kind) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(255), async (steps, seed) => {
      const spool = (kinds[kind] as () => Spool)();
      let model = Buffer.alloc(0);
      try {
        for (const one of steps) {
          if ('append' in one) {
            const whole = Buffer.alloc(one.append * (one.within + 1));
            const chunk = whole.subarray(0, one.append);
            for (let i = 0; i < chunk.length; i++) chunk[i] = (i * 31 + seed + model.length) & 255;
            model = Buffer.concat([model, chunk]);
            await spool.append(chunk);
            // Its memory is used again.
            whole.fill(0);
          } else {
            const position = Math.floor(one.read[0] * model.length);
            const length = Math.floor(one.read[1] * (model.length - position));
            expect(
              (await spool.read(position, length)).equals(model.subarray(position, position + length)),
            ).toBe(true);
          }
          expect(spool.size).toBe(model.length);
        }
        const parts: Buffer[] = [];
        for await (const chunk of spool.chunks()) parts.push(Buffer.from(chunk));
        expect(Buffer.concat(parts).equals(model)).toBe(true);
        await expect(spool.read(0, model.length + 1)).rejects.toBeInstanceOf(RangeError);
      } finally {
        await spool.release();
      }
    }),
    { numRuns: 60 },
  );
});
