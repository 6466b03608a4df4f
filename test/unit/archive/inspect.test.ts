import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inspectArchive } from '../../../src/archive/inspect-archive.js';
import { limits } from '../../../src/archive/limits.js';
import type { VerifiedArchive } from '../../../src/hash/verification.js';
import { type Sample, sdist, wheel } from '../../hostile/projects.js';
import { inspectSample, verified } from '../../hostile/verified.js';

const expected = { project: undefined, version: undefined, origin: 'index' } as const;
const noise = randomBytes(3 << 20);
const crcWrong = () => wheel({ add: [{ name: 'demo/x', content: 'x', both: { crc: 1 } }] });

/** Counts what is read of an archive; `fail` makes reads that begin between two positions fail. */
async function observed({ filename, bytes }: Sample, fail?: readonly [number, number]) {
  const archive = await verified(filename, bytes);
  const reads: number[] = [];
  const source: VerifiedArchive = {
    ...archive,
    read: async (position, length) => {
      reads.push(length);
      if (fail !== undefined && position >= fail[0] && position < fail[1])
        throw Object.assign(new Error('disk'), { code: 'EIO' });
      return archive.read(position, length);
    },
  };
  return { source, reads, total: () => reads.reduce((sum, length) => sum + length, 0) };
}

describe('inspectArchive', () => {
  it('says what a wheel is', async () => {
    expect(await inspectSample(wheel())).toEqual({
      kind: 'wheel',
      project: 'demo',
      version: '1.0',
      findings: [],
      layout: {
        stem: 'demo-1.0',
        files: [
          'demo/__init__.py',
          'demo/data.txt',
          ...['METADATA', 'WHEEL', 'RECORD'].map((name) => `demo-1.0.dist-info/${name}`),
        ],
        entryPoints: '',
      },
      needs: expect.objectContaining({ buildRequires: [] }),
    });
  });

  it('says what a source archive is and what builds it', async () => {
    expect(await inspectSample(sdist())).toEqual({
      kind: 'sdist',
      project: 'demo',
      version: '1.0',
      findings: [],
      needs: expect.objectContaining({ buildRequires: ['flit-core>=3'], buildBackend: 'flit_core.buildapi' }),
    });
  });

  it.each([
    ['setup.py alone', sdist({ pyproject: undefined, setup: '' })],
    ['pyproject.toml without a build system', sdist({ pyproject: '[tool.x]\n', setup: '' })],
  ])('builds a legacy project with setuptools and wheel: %s', async (_, sample) => {
    expect((await inspectSample(sample)).needs.buildRequires).toEqual(['setuptools>=40.8.0', 'wheel']);
  });

  it('takes the tree of an archive URL without PKG-INFO', async () => {
    const sample = sdist({
      filename: 'demo.tar.gz',
      root: 'demo-a1b2',
      pkgInfo: undefined,
      expected: { origin: 'url' },
    });
    expect(await inspectSample(sample)).toMatchObject({ kind: 'sdist', project: undefined, findings: [] });
  });

  it('finds broken contents at full depth only', async () => {
    expect((await inspectSample(crcWrong(), { depth: 'structure' })).findings).toEqual([]);
    expect((await inspectSample(crcWrong(), { depth: 'full' })).findings).toMatchObject([
      { rule: 'zip-crc' },
    ]);
    expect((await inspectSample(crcWrong())).findings).toMatchObject([{ rule: 'zip-crc' }]);
  });

  it('reads little of a large wheel at structure depth', async () => {
    const sample = wheel({ add: [{ name: 'demo/noise', content: noise }] });
    const { source, total } = await observed(sample);
    expect((await inspectArchive(source, expected, { depth: 'structure' })).findings).toEqual([]);
    expect(total()).toBeLessThan(sample.bytes.length / 10);
  });

  it('reads in blocks, never the whole archive', async () => {
    for (const sample of [
      wheel({ add: [{ name: 'demo/noise', content: noise }] }),
      wheel({ add: [{ name: 'demo/noise', content: noise, stored: true }] }),
      sdist({ add: [{ name: 'demo-1.0/noise', content: noise }] }),
    ]) {
      const { source, reads } = await observed(sample);
      expect((await inspectArchive(source, expected)).findings).toEqual([]);
      expect(Math.max(...reads)).toBeLessThanOrEqual(1 << 20);
    }
  });

  it.each([
    [
      'wheel',
      wheel({
        add: [
          { name: 'demo/noise', content: noise },
          { name: 'demo/more', content: noise },
        ],
      }),
    ],
    ['stored wheel', wheel({ add: [{ name: 'demo/noise', content: noise, stored: true }] })],
    ['source archive', sdist({ add: [{ name: 'demo-1.0/noise', content: noise }] })],
  ])('passes a failing disk on, as what it is: %s', async (_, sample) => {
    for (const fail of [
      [0, 1],
      [1000, 1e9],
      [500_000, 2_000_000],
    ] as const) {
      const { source } = await observed(sample, fail);
      await expect(inspectArchive(source, expected)).rejects.toMatchObject({ code: 'EIO' });
    }
  });

  it('gives findings of contents in the order of the file', async () => {
    const names = Array.from({ length: 6 }, (_, i) => `demo/noise${i}`);
    const sample = wheel({
      add: names.map((name, i) => ({
        name,
        content: noise.subarray(0, (7 - i) * 300_000),
        both: { crc: 1 },
      })),
    });
    const { findings } = await inspectSample(sample);
    expect(findings.map(({ entry }) => entry)).toEqual(names);
  });

  it('lists the first of many findings and counts the others', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `demo/${i}./x`);
    const { findings } = await inspectSample(wheel({ add: names.map((name) => ({ name, content: 'x' })) }));
    expect(findings.length).toBe(limits.findingsOfOneRule + 1);
    expect(findings.at(-1)).toMatchObject({
      rule: 'name-windows',
      message: '30 more entries break this rule',
    });
  });

  it('makes names printable', async () => {
    const sample = wheel({ add: [{ name: 'demo/\u001b[31m', content: 'x' }] });
    const { findings } = await inspectSample(sample);
    expect(findings[0]?.entry).toBe('demo/\\u{1b}[31m');
  });
});
