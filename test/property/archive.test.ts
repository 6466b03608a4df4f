import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveEntries } from '../../src/archive/entries.js';
import { inspectArchive } from '../../src/archive/inspect-archive.js';
import { refusals } from '../../src/archive/verdict.js';
import { PeepError } from '../../src/text/errors.js';
import { type Sample, sdist, wheel } from '../hostile/projects.js';
import { gnuName, gzip, pax, paxRecord } from '../hostile/tar-builder.js';
import { verified } from '../hostile/verified.js';
import { buildZip, extraField, zip64Extra } from '../hostile/zip-builder.js';
import { readTarStream, readYauzl } from './second-opinion.js';

/** `PEEP_FUZZ_RUNS=100000 npx vitest run test/property/archive.test.ts` for the long run. */
const runs = Number(process.env.PEEP_FUZZ_RUNS ?? 2000);
const mostMilliseconds = 5000;
const mostMemory = 512 * 1024 * 1024;

const expected = { project: undefined, version: undefined, origin: 'index' } as const;
const identity = (tar: Buffer) => tar;

const zips: readonly Sample[] = [
  wheel({ entryPoints: '[console_scripts]\ndemo = demo:main\n', add: [{ name: 'demo/sub/' }] }),
  wheel({ members: (all) => all.map((member) => ({ ...member, descriptor: 16 as const })) }),
  wheel({
    end: { count: 0xffff, diskCount: 0xffff, size: 0xffffffff, offset: 0xffffffff },
    zip64: {},
    add: [
      { name: 'demo/a', content: 'abc', stored: true, both: { extra: extraField(0x5455, Buffer.alloc(5)) } },
      { name: 'demo/b', content: 'b', central: { size: 0xffffffff, extra: zip64Extra(1) } },
      { name: 'demo-1.0.data/scripts/run', content: Buffer.alloc(100_000, 'run ') },
    ],
  }),
  {
    filename: 'demo-1.0.zip',
    bytes: buildZip([
      { name: 'demo-1.0/' },
      { name: 'demo-1.0/PKG-INFO', content: 'Name: demo\nVersion: 1.0\n' },
      { name: 'demo-1.0/pyproject.toml', content: '[build-system]\nrequires = ["x"]\n' },
    ]),
  },
];

/** Not packed yet: mutations below gzip reach the tar reader. */
const tars: readonly Sample[] = [
  sdist({ pack: identity }),
  sdist({
    pack: identity,
    add: [
      pax([paxRecord('path', 'demo-1.0/a'), paxRecord('size', '1'), paxRecord('mtime', '1.5')]),
      { name: 'x', content: 'x' },
      gnuName('demo-1.0/b'),
      { name: 'y', content: 'y'.repeat(700), magic: 'gnu' },
      { name: 'demo-1.0/link', type: '2', link: 'demo/../a' },
      { name: 'demo-1.0/hard', type: '1', link: 'demo-1.0/PKG-INFO' },
    ],
  }),
];

type Mutation =
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'word'; readonly at: number; readonly value: number }
  | { readonly kind: 'cut' | 'drop' | 'repeat'; readonly at: number; readonly length: number }
  | { readonly kind: 'copy'; readonly at: number; readonly from: number; readonly length: number };

const at = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 2000 }));
const word = fc.oneof(
  fc.constantFrom(0, 1, 0xffff, 0xffffffff, 0x7fffffff, 0x80000000, 0x04034b50, 0x02014b50, 0x06054b50),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at, value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('word' as const), at, value: word }),
  fc.record({ kind: fc.constantFrom('cut' as const, 'drop' as const, 'repeat' as const), at, length }),
  fc.record({ kind: fc.constant('copy' as const), at, from: at, length }),
);

function mutate(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  let result = Buffer.from(bytes);
  for (const change of mutations) {
    const offset = Math.floor(change.at * result.length);
    if (change.kind === 'set' && offset < result.length) result.writeUInt8(change.value, offset);
    else if (change.kind === 'word' && offset + 4 <= result.length)
      result.writeUInt32LE(change.value, offset);
    else if (change.kind === 'cut') result = result.subarray(0, offset);
    else if (change.kind === 'drop') {
      result = Buffer.concat([result.subarray(0, offset), result.subarray(offset + change.length)]);
    } else if (change.kind === 'repeat') {
      const piece = result.subarray(offset, offset + change.length);
      result = Buffer.concat([result.subarray(0, offset), piece, result.subarray(offset)]);
    } else if (change.kind === 'copy') {
      const from = Math.floor(change.from * result.length);
      Buffer.from(result.subarray(from, from + change.length)).copy(result, offset);
    }
  }
  return result;
}

/** Gives each block that was a header its checksum again, so that the reader looks further. */
function mendChecksums(tar: Buffer): Buffer {
  for (let block = 0; block + 512 <= tar.length; block += 512) {
    if (tar.toString('latin1', block + 257, block + 262) !== 'ustar') continue;
    tar.fill(0x20, block + 148, block + 156);
    const sum = tar.subarray(block, block + 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, block + 148, 'latin1');
  }
  return tar;
}

async function look(sample: Sample): Promise<void> {
  const archive = await verified(sample.filename, sample.bytes);
  const start = performance.now();
  const inspection = await inspectArchive(archive, expected);
  expect(performance.now() - start).toBeLessThan(mostMilliseconds);
  if (refusals(inspection, false).length > 0) {
    // Reading the entries of a refused archive ends in an error of peep's, or it was refused for something else.
    await drain(archive).catch((error) => expect(error).toBeInstanceOf(PeepError));
    return;
  }
  // What passes is the same archive to programs that were written by others.
  const own = await drain(archive);
  const other = sample.filename.endsWith('.tar.gz')
    ? await readTarStream(sample.bytes)
    : await readYauzl(sample.bytes);
  expect(own).toEqual(other);
}

async function drain(archive: Awaited<ReturnType<typeof verified>>): Promise<[string, string][]> {
  const list: [string, string][] = [];
  for await (const entry of archiveEntries(archive)) {
    const blocks: Buffer[] = [];
    for await (const block of entry.content()) blocks.push(block);
    list.push([entry.name, Buffer.concat(blocks).toString('base64')]);
  }
  return list.sort(([a], [b]) => (a < b ? -1 : 1));
}

const mutations = fc.array(mutation, { minLength: 0, maxLength: 4 });
const options = { numRuns: Math.ceil(runs / 3) };

describe('mutated archives give a verdict', () => {
  const timeout = 60_000 + runs * 20;

  it('ZIP', { timeout }, async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...zips),
      mutations,
      async ({ filename, bytes }, changes) => {
        await look({ filename, bytes: mutate(bytes, changes) });
      },
    );
    await fc.assert(property, options);
  });

  it('tar below gzip', { timeout }, async () => {
    const property = fc.asyncProperty(
      fc.nat(tars.length - 1),
      mutations,
      fc.boolean(),
      async (which, changes, mend) => {
        const { filename, bytes } = tars[which]!;
        const tar = mutate(bytes, changes);
        await look({ filename, bytes: gzip(mend ? mendChecksums(tar) : tar) });
      },
    );
    await fc.assert(property, options);
  });

  it('tar.gz', { timeout }, async () => {
    const packed = tars.map(({ filename, bytes }) => ({ filename, bytes: gzip(bytes) }));
    const property = fc.asyncProperty(
      fc.constantFrom(...packed),
      mutations,
      async ({ filename, bytes }, changes) => {
        await look({ filename, bytes: mutate(bytes, changes) });
      },
    );
    await fc.assert(property, options);
  });

  it('arbitrary bytes under every file name', { timeout }, async () => {
    const names = fc.constantFrom(
      'demo-1.0-py3-none-any.whl',
      'demo-1.0.tar.gz',
      'demo-1.0.zip',
      'demo-1.0.tar',
      'x',
    );
    const property = fc.asyncProperty(names, fc.uint8Array({ maxLength: 2000 }), async (filename, bytes) => {
      const inspection = await inspectArchive(await verified(filename, Buffer.from(bytes)), expected);
      expect(refusals(inspection, false)).not.toEqual([]);
    });
    await fc.assert(property, { numRuns: Math.ceil(runs / 10) });
  });

  it('within 512 MB of memory', () => {
    expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(mostMemory);
  });
});
