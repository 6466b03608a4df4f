import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/archive/findings.js';
import { openZip } from '../../src/archive/zip/open.js';
import { compareTrees } from '../../src/diff/compare.js';
import { diffHtml } from '../../src/diff/html.js';
import type { ArchiveTree, TreeFile } from '../../src/diff/tree.js';
import { portRequirements } from '../../src/requirements/edit/port.js';
import { verified } from '../hostile/verified.js';
import { zipArchive } from '../mock-index/zip-archive.js';

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
});
