import { truncateSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Findings } from '../../src/archive/findings.js';
import { openZip } from '../../src/archive/zip/open.js';
import { compareTrees } from '../../src/diff/compare.js';
import { highlights } from '../../src/diff/highlights.js';
import { diffHtml } from '../../src/diff/html.js';
import type { ArchiveTree, TreeFile } from '../../src/diff/tree.js';
import { parseProjectName } from '../../src/packaging/name.js';
import { allOrAbort } from '../../src/prepare/all-or-abort.js';
import { portRequirements } from '../../src/requirements/edit/port.js';
import { entriesFor } from '../../src/requirements/entries-for.js';
import { readRequirements } from '../../src/requirements/read/read-requirements.js';
import { describeFor } from '../../src/target/describe.js';
import { endWorkOn, takeBreak } from '../../src/text/turns.js';
import { installedDigest, withInstalledFile } from '../../src/verify/disk.js';
import { recordDifferences } from '../../src/verify/record-rows.js';
import { verified } from '../hostile/verified.js';
import { zipArchive } from '../mock-index/zip-archive.js';
import { expectLinearTime } from '../support/growth.js';
import { tempDirectory } from '../support/temp-directory.js';

/** How often the event loop got its turn meanwhile: a signal is seen then, and not before. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    if (isOver) return;
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

function tree(filename: string, text: (i: number) => string): ArchiveTree {
  const files = Array.from({ length: 400 }, (_, i): TreeFile => {
    const path = `f${i}.txt`;
    const content = text(i);
    return {
      ...{ path, name: path, type: 'file', mode: 0, size: content.length, sha256: content.slice(0, 20) },
      ...{ text: content, facts: undefined, native: false },
    };
  });
  return { filename, sha256: '', size: 0, files: new Map(files.map((file) => [file.path, file])) };
}

describe('long work lets signals through (issue 14, 16)', { timeout: 120_000 }, () => {
  it('reading requirements of many lines', async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `a${i}==1.0 --hash=sha256:${'ab'.repeat(32)}\n`);
    const files = { readFile: async () => Buffer.from(text.join('')), exists: async () => false };
    const turns = await turnsDuring(() => portRequirements(files, { entries: ['r.txt'], env: {}, cwd: '/' }));
    expect(turns).toBeGreaterThan(2);
  });

  it.each(['uv.lock', 'requirements.txt'])('the entries of a large %s for a target', async (file) => {
    const hash = (i: number) => i.toString(16).padStart(64, '0');
    const text = Array.from({ length: 12_000 }, (_, i) =>
      file === 'uv.lock'
        ? `[[package]]\nname = "a${i}"\nversion = "1"\nsource = { registry = "https://h.example/" }\nwheels = [{ url = "https://h.example/a${i}-1-py3-none-any.whl", hash = "sha256:${hash(i)}" }]\n`
        : `a${i}==1 ; python_version >= "3.${i}" --hash=sha256:${hash(i)}\n`,
    ).join('');
    const names = Array.from({ length: 12_000 }, (_, i) => `{ name = "a${i}" }`).join(', ');
    const head =
      file === 'uv.lock'
        ? 'version = 1\nrequires-python = ">=3.8"\n[[package]]\nname = "own"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [' +
          names +
          ']\n'
        : '';
    const files = { readFile: async () => Buffer.from(head + text), exists: async () => false };
    const requirements = await readRequirements(files, { entries: [file], env: {}, cwd: '/' });
    const { environment } = describeFor('3.11:manylinux_2_28_x86_64');
    expect(await turnsDuring(() => entriesFor(requirements, environment))).toBeGreaterThan(0);
  });

  it('the framing of an archive with many entries', async () => {
    const bytes = zipArchive(
      Array.from({ length: 60_000 }, (_, i) => ({ name: `d${i % 100}/f${i}`, data: Buffer.alloc(0) })),
    );
    const archive = await verified('many.zip', bytes);
    expect(await turnsDuring(() => openZip(archive, new Findings()))).toBeGreaterThan(2);
  });

  it('a page of many differences', async () => {
    const comparison = compareTrees(
      tree('a', (i) => `old ${i}\n${'line\n'.repeat(1500)}`),
      tree('b', (i) => `new ${i}\n${'line\n'.repeat(1500)}`),
    );
    expect(await turnsDuring(() => diffHtml(comparison, 2000))).toBeGreaterThan(2);
  });

  it('the highlights of many requirements', async () => {
    const metadata = Array.from({ length: 40_000 }, (_, i) => `Requires-Dist: a${i}>=1.0\n`).join('');
    const path = 'dist-info/METADATA';
    const base = tree('a', () => '');
    const file = { ...base.files.get('f0.txt'), path, name: path, facts: { text: metadata } } as TreeFile;
    const fresh = { ...base, files: new Map([[path, file]]) };
    const comparison = compareTrees(base, fresh);
    expect(await turnsDuring(() => highlights(comparison))).toBeGreaterThan(2);
    expect(highlights(comparison)).toBe(highlights(comparison));
  });

  it('the preparation of many pins, of which only some are under way at once', async () => {
    const items = Array.from({ length: 4000 }, (_, i) => i);
    let [running, most] = [0, 0];
    const run = async (i: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await takeBreak();
      running -= 1;
      return 2 * i;
    };
    let results: readonly number[] = [];
    const turns = await turnsDuring(async () => {
      results = await allOrAbort(items, run, () => undefined);
    });
    expect(turns).toBeGreaterThan(items.length / 100);
    expect(most).toBeLessThan(1000);
    expect(results).toEqual(items.map((i) => 2 * i));
  });

  it('the hash of a large installed file, of which no more is read than is asked for', async () => {
    using directory = tempDirectory();
    const path = directory.join('large');
    writeFileSync(path, '#!');
    truncateSync(path, 192 << 20);
    expect(await turnsDuring(() => installedDigest(path, 'sha256'))).toBeGreaterThan(2);
    expect(withInstalledFile(path, (file) => [file.size, file.bytes(100).length])).toEqual([192 << 20, 100]);
  });

  it('a RECORD with many rows that its wheel does not have, in linear time', async () => {
    const project = parseProjectName('a');
    const paths = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => `/s/a/${name}${i}.py`);
    await expectLinearTime(
      (size) => ({
        owned: new Set(paths(size, 'own')),
        claims: paths(size, 'foreign').map((path) => ({ path, sha256: undefined, hash: '', row: '' })),
      }),
      ({ owned, claims }) =>
        recordDifferences({
          ...{ project, claims, metadataPath: '/s/a-1.dist-info', pythonMajor: 3, otherSource: false },
          wheel: {
            ...{ differences: [], owned, count: 0, links: 0 },
            matched: new Set(),
            contents: new Map(),
          },
        }),
      4000,
    );
  });
});

describe('after an interrupt', () => {
  afterEach(() => endWorkOn(new AbortController().signal));

  it('the next break ends the work, and no other pin starts', async () => {
    const interruption = new AbortController();
    endWorkOn(interruption.signal);
    const reason = new Error('interrupted');
    const aborted: unknown[] = [];
    let started = 0;
    const run = async (): Promise<void> => {
      started += 1;
      interruption.abort(reason);
    };
    const work = allOrAbort(new Array<number>(1000).fill(0), run, (error) => aborted.push(error));
    await expect(work).rejects.toBe(reason);
    expect(aborted).toEqual([reason]);
    expect(started).toBeLessThan(100);
    await expect(takeBreak()).rejects.toBe(reason);
  });
});
