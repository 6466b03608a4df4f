import { mkdirSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectArchive } from '../../src/archive/inspect-archive.js';
import { refusals } from '../../src/archive/verdict.js';
import { readTree } from '../../src/diff/tree.js';
import { sdist, wheel } from '../hostile/projects.js';
import { verified } from '../hostile/verified.js';
import { tempDirectory } from '../support/temp-directory.js';
import { ask, findReaders, firstSeed, minutes, timeout } from './readers.js';

const samplesOfRound = 400;
const readers = (await findReaders()).filter(({ path }) => path === undefined);
const expectation = { project: undefined, version: undefined, origin: 'index' } as const;

/** Archives that break no rule. */
const sound = {
  wheels: [
    wheel(),
    wheel({
      add: [
        { name: 'demo/empty', content: '' },
        { name: 'demo/d/' },
        { name: 'demo/d/é.txt', content: 'é'.repeat(300) },
      ],
      entryPoints: '[console_scripts]\ndemo = demo:main\n',
    }),
  ].map(({ bytes }) => bytes),
  tars: [
    sdist(),
    sdist({
      add: [
        { name: `demo-1.0/${'long/'.repeat(16)}name`, content: 'long name' },
        { name: 'demo-1.0/large', content: Buffer.alloc(3000, 'large') },
        { name: 'demo-1.0/link', type: '2', link: 'large' },
        { name: 'demo-1.0/hard', type: '1', link: 'demo-1.0/large' },
      ],
    }),
  ].map(({ bytes }) => gunzipSync(bytes)),
};

const numbers = fc.constantFrom(
  0,
  1,
  2,
  8,
  0x14,
  0x2d,
  0x80,
  0xff,
  0x800,
  0xffff,
  0x41ed0000,
  0x7fffffff,
  0xffffffff,
);
const change = fc.record({
  kind: fc.constantFrom('set', 'flip', 'insert', 'delete', 'repeat', 'swap', 'field', 'field', 'field'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 40 }),
  number: numbers,
  text: fc.constantFrom(
    '',
    '0',
    '1',
    '2',
    '5',
    'x',
    'L',
    'g',
    'K',
    '../x',
    '/x',
    'demo-1.0/x\0y',
    '00000000010',
    '777777777777',
    ' 12',
    '0x1',
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed(bytes: Buffer, { kind, at, to, length, number, text }: Change, isZip: boolean): Buffer {
  const copy = Buffer.from(bytes);
  const place = Math.floor(at * bytes.length);
  const other = Math.floor(to * bytes.length);
  const slice = bytes.subarray(other, other + length);
  switch (kind) {
    case 'set':
      copy[place] = number & 0xff;
      return copy;
    case 'flip':
      copy[place] = (copy[place] ?? 0) ^ (1 << (length % 8));
      return copy;
    case 'insert':
      return Buffer.concat([bytes.subarray(0, place), slice, bytes.subarray(place)]);
    case 'delete':
      return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + length)]);
    case 'repeat':
      return Buffer.concat([
        bytes.subarray(0, place),
        bytes.subarray(place - (place % 512), place),
        bytes.subarray(place),
      ]);
    case 'swap':
      bytes.copy(copy, other - (other % 2), place, place + length);
      return copy;
    default:
      return isZip ? withZipField(copy, at, to, number) : withTarField(copy, at, to, text);
  }
}

/** A number in one of the records of a ZIP. */
function withZipField(bytes: Buffer, at: number, to: number, number: number): Buffer {
  const records = [...bytes.toString('latin1').matchAll(/PK(?:\x01\x02|\x03\x04|\x05\x06)/g)].map(
    ({ index }) => index,
  );
  const record = records[Math.floor(at * records.length)] ?? 0;
  const field = record + 4 + 2 * Math.floor(to * 21);
  if (field + 4 > bytes.length) return bytes;
  if (number > 0xffff) bytes.writeUInt32LE(number, field);
  else bytes.writeUInt16LE(number, field);
  return bytes;
}

/** Where the fields of a tar header begin, and their lengths. */
const tarFields = [
  [0, 100],
  [100, 8],
  [108, 8],
  [124, 12],
  [136, 12],
  [156, 1],
  [157, 100],
  [257, 6],
  [263, 2],
  [345, 155],
] as const;

/** A field of a header of a tar, under a checksum that fits. */
function withTarField(bytes: Buffer, at: number, to: number, text: string): Buffer {
  const headers: number[] = [];
  for (let i = 0; i < bytes.length; i += 512)
    if (bytes.toString('latin1', i + 257, i + 262) === 'ustar') headers.push(i);
  const header = headers[Math.floor(at * headers.length)] ?? 0;
  if (header + 512 > bytes.length) return bytes;
  const [start, length] = tarFields[Math.floor(to * tarFields.length)] ?? tarFields[0];
  bytes
    .fill(0, header + start, header + start + length)
    .write(text.slice(0, length), header + start, 'latin1');
  bytes.fill(' ', header + 148, header + 156);
  const sum = bytes.subarray(header, header + 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, header + 148, 'latin1');
  return bytes;
}

const mutation = fc.tuple(fc.nat(), fc.array(change, { minLength: 1, maxLength: 3 }));
const mutatedWheel = mutation.map(([i, changes]) => ({
  filename: 'demo-1.0-py3-none-any.whl',
  bytes: changes.reduce(
    (bytes, each) => changed(bytes, each, true),
    sound.wheels[i % sound.wheels.length] as Buffer,
  ),
}));
const mutatedTar = fc.tuple(mutation, fc.boolean()).map(([[i, changes], outside]) => {
  const inner = sound.tars[i % sound.tars.length] as Buffer;
  const apply = (bytes: Buffer) => changes.reduce((before, each) => changed(before, each, false), bytes);
  // Of the gzip around it, or of the tar within.
  return { filename: 'demo-1.0.tar.gz', bytes: outside ? apply(gzipSync(inner)) : gzipSync(apply(inner)) };
});

describe.skipIf(readers.length === 0)('archives of which bytes or fields were changed', () => {
  it.each([
    ['wheels', mutatedWheel],
    ['source archives', mutatedTar],
  ])('%s that peep takes are read the same by every Python', { timeout }, async (_, arbitrary) => {
    let accepted = 0;
    for (const seed of seeds()) {
      using directory = tempDirectory();
      const taken: { readonly path: string; readonly own: unknown }[] = [];
      for (const [i, { filename, bytes }] of fc
        .sample(arbitrary, { seed, numRuns: samplesOfRound })
        .entries()) {
        const own = await ownReading(filename, bytes);
        if (own === undefined) continue;
        mkdirSync(directory.join(String(i)));
        const path = directory.join(String(i), filename);
        writeFileSync(path, bytes);
        taken.push({ path, own });
      }
      accepted += taken.length;
      for (const reader of readers) {
        const answers = ask(reader, 'contents.py', { paths: taken.map(({ path }) => path) }) as unknown[];
        for (const [i, answer] of answers.entries()) {
          // What a Python cannot read, its pip refuses.
          if (answer === null) continue;
          const at = `${reader.label}, seed ${seed}: ${taken[i]?.path.split('/').at(-2)}`;
          expect(sorted(answer), at).toEqual(taken[i]?.own);
        }
      }
    }
    expect(accepted).toBeGreaterThan(samplesOfRound / 20);
  });
});

/** One, or as many as fit into the test's half of the minutes. */
function* seeds(): Generator<number> {
  const end = Date.now() + (minutes / 2) * 60_000;
  for (let seed = firstSeed; seed === firstSeed || Date.now() < end; seed += 1) yield seed;
}

/** Names, kinds and digests; undefined for an archive that peep refuses. */
async function ownReading(filename: string, bytes: Buffer): Promise<unknown> {
  const archive = await verified(filename, bytes);
  if (refusals(await inspectArchive(archive, expectation), false).length > 0) return undefined;
  const { files } = await readTree(await verified(filename, bytes));
  return sorted([...files.values()].map(({ name, type, sha256 }) => [name, type, sha256]));
}

function sorted(rows: unknown): unknown {
  return (rows as unknown[][]).map((row) => row.join(' ')).sort();
}
