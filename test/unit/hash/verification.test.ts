import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest, DigestAlgorithm } from '../../../src/hash/digest.js';
import { ArchiveMemory, MemorySpool } from '../../../src/hash/spool/memory-spool.js';
import { MultiHash, matchDigest, Verification } from '../../../src/hash/verification.js';

const algorithms = ['sha256', 'sha384', 'sha512'] as const;
const digestOf = (bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest => ({
  algorithm,
  hex: createHash(algorithm).update(bytes).digest('hex'),
});

/** The digest with another hex digit at `position`. */
function changed({ algorithm, hex }: Digest, position: number): Digest {
  const other = hex[position] === '0' ? '1' : '0';
  return { algorithm, hex: hex.slice(0, position) + other + hex.slice(position + 1) };
}

function verification(expected: ConstructorParameters<typeof Verification>[0]) {
  const memory = new ArchiveMemory(64 << 20);
  return { memory, verifying: new Verification(expected, new MemorySpool(memory)) };
}

const bytes = Buffer.from('what was pinned');

describe('a verification', () => {
  it.each(algorithms)(
    'answers the archive whose %s is pinned, and which pin it matched',
    async (algorithm) => {
      const pinned = digestOf(bytes, algorithm);
      const { verifying } = verification([changed(pinned, 0), pinned]);
      await verifying.write(bytes.subarray(0, 4));
      await verifying.write(bytes.subarray(4));
      const archive = await verifying.finish('a-1.0.tar.gz');
      expect(archive).toMatchObject({ filename: 'a-1.0.tar.gz', size: bytes.length, matched: pinned });
      expect(archive.sha256).toBe(digestOf(bytes).hex);
    },
  );

  it('refuses a digest that differs in one digit, wherever it is (P1), and gives up the bytes', async () => {
    for (const algorithm of algorithms) {
      const pinned = digestOf(bytes, algorithm);
      for (let position = 0; position < pinned.hex.length; position += 1) {
        const { memory, verifying } = verification([changed(pinned, position)]);
        await verifying.write(bytes);
        await expect(verifying.finish('a-1.0.tar.gz')).rejects.toMatchObject({
          code: 'DIGEST_MISMATCH',
          got: pinned,
        });
        expect(memory.used).toBe(0);
      }
    }
  });

  it('hashes every byte, in chunks of any size', async () => {
    const large = Buffer.alloc(3 << 20, 7);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(large.length - 1),
        fc.integer({ min: 1 << 16, max: 2 << 20 }),
        async (at, size) => {
          const other = Buffer.from(large);
          other[at] = 8;
          const finish = async (all: Buffer) => {
            const { verifying } = verification([digestOf(large)]);
            for (let i = 0; i < all.length; i += size) await verifying.write(all.subarray(i, i + size));
            return verifying.finish('a-1.0.tar.gz');
          };
          await expect(finish(other)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
          expect((await finish(large)).size).toBe(large.length);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('matches nothing without a pin (P3), and the pin that was made after hashing', async () => {
    const without = verification({ algorithms: [] });
    await without.verifying.write(bytes);
    await expect(without.verifying.finish('a-1.0.tar.gz')).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const { verifying } = verification({ algorithms: ['sha512'] });
    await verifying.write(bytes);
    const { sha512 } = verifying.end();
    expect(sha512).toEqual(digestOf(bytes, 'sha512'));
    const pinned = sha512 === undefined ? [] : [sha512];
    expect((await verifying.finish('a-1.0.tar.gz', pinned)).matched).toEqual(sha512);
  });

  it('takes no bytes after its end, and ends once', async () => {
    const { memory, verifying } = verification([digestOf(bytes)]);
    await verifying.write(bytes);
    verifying.end();
    expect(() => verifying.write(bytes)).toThrow('write after the end');
    await verifying.finish('a-1.0.tar.gz');
    await expect(verifying.finish('a-1.0.tar.gz')).rejects.toThrow('finish was called twice');
    expect(() => verifying.write(bytes)).toThrow('write after the end');
    const given = verification([digestOf(bytes)]);
    await given.verifying.write(bytes);
    await given.verifying.abandon();
    await expect(given.verifying.finish('a-1.0.tar.gz')).rejects.toThrow('finish was called twice');
    expect(memory.used).toBeGreaterThan(0);
    expect(given.memory.used).toBe(0);
  });
});

it('a digest of another algorithm matches nothing, whatever its digits', () => {
  const hash = new MultiHash(['sha512']);
  hash.update(bytes);
  const computed = hash.finish();
  const { hex } = digestOf(bytes);
  expect(matchDigest([{ algorithm: 'sha512', hex }], computed)).toBeUndefined();
  expect(matchDigest([{ algorithm: 'sha384', hex }], computed)).toBeUndefined();
  expect(matchDigest([], computed)).toBeUndefined();
});
