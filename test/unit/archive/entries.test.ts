import { describe, expect, it } from 'vitest';
import { type ArchiveEntry, archiveEntries } from '../../../src/archive/entries.js';
import { type Sample, sdist, wheel } from '../../hostile/projects.js';
import { verified } from '../../hostile/verified.js';

async function list({ filename, bytes }: Sample): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of archiveEntries(await verified(filename, bytes))) {
    found[`${entry.type} ${entry.name}`] = entry.type === 'file' ? await text(entry) : (entry.target ?? '');
  }
  return found;
}

async function text(entry: ArchiveEntry): Promise<string> {
  const blocks: Buffer[] = [];
  for await (const block of entry.content()) blocks.push(block);
  return Buffer.concat(blocks).toString();
}

const large = 'large '.repeat(100_000);

describe('archiveEntries', () => {
  it('reads a wheel', async () => {
    const sample = wheel({ add: [{ name: 'demo/sub/' }, { name: 'demo/large', content: large }] });
    expect(await list(sample)).toMatchObject({
      'file demo/__init__.py': 'print("demo")\n',
      'directory demo/sub': '',
      'file demo/large': large,
    });
  });

  it('reads a source archive with links', async () => {
    const sample = sdist({
      add: [
        { name: 'demo-1.0/large', content: large },
        { name: 'demo-1.0/link', type: '2', link: 'PKG-INFO' },
        { name: 'demo-1.0/hard', type: '1', link: 'demo-1.0/PKG-INFO' },
      ],
    });
    expect(await list(sample)).toMatchObject({
      'directory demo-1.0': '',
      'file demo-1.0/demo/__init__.py': 'print("demo")\n',
      'file demo-1.0/large': large,
      'symlink demo-1.0/link': 'PKG-INFO',
      'hardlink demo-1.0/hard': 'demo-1.0/PKG-INFO',
    });
  });

  it('passes over contents that nobody reads, and can be left early', async () => {
    const sample = sdist({
      add: [
        { name: 'demo-1.0/large', content: large },
        { name: 'demo-1.0/last', content: 'x' },
      ],
    });
    const names: string[] = [];
    const archive = await verified(sample.filename, sample.bytes);
    for await (const { name } of archiveEntries(archive)) names.push(name);
    expect(names.slice(-2)).toEqual(['demo-1.0/large', 'demo-1.0/last']);
    for await (const { name } of archiveEntries(archive)) if (name.endsWith('large')) break;
  });

  it('gives modes and sizes', async () => {
    const sample = wheel({ add: [{ name: 'demo/run', content: 'abc', mode: 0o100755 }] });
    const entries: ArchiveEntry[] = [];
    for await (const entry of archiveEntries(await verified(sample.filename, sample.bytes)))
      entries.push(entry);
    expect(entries.find(({ name }) => name === 'demo/run')).toMatchObject({ mode: 0o100755, size: 3 });
  });

  it('throws ARCHIVE_REFUSED for a broken frame and for a content that its headers belie', async () => {
    await expect(list(wheel({ suffix: Buffer.from('x') }))).rejects.toMatchObject({
      code: 'ARCHIVE_REFUSED',
      facts: { rule: 'zip-data-after' },
    });
    const wrong = wheel({ add: [{ name: 'demo/x', content: 'x', both: { crc: 1 } }] });
    await expect(list(wrong)).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED', facts: { rule: 'zip-crc' } });
  });
});
