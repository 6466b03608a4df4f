import { describe, expect, it } from 'vitest';
import { compareTrees } from '../../../src/diff/compare.js';
import { type Highlight, highlights } from '../../../src/diff/highlights.js';
import { readTree } from '../../../src/diff/tree.js';
import { type Sample, sdist, wheel } from '../../hostile/projects.js';
import { verified } from '../../hostile/verified.js';

async function highlightsOf(old: Sample, fresh: Sample): Promise<readonly Highlight[]> {
  const [before, after] = await Promise.all(
    [old, fresh].map(async ({ filename, bytes }) => readTree(await verified(filename, bytes))),
  );
  return highlights(compareTrees(before!, after!));
}

const metadata = (...fields: string[]) =>
  wheel({ metadata: ['Name: demo', 'Version: 1.0', ...fields, ''].join('\n') });
const pyproject = (text: string) => sdist({ pyproject: text });

describe('highlights of a difference', () => {
  it('show a new dependency however large METADATA is', async () => {
    const readme = `\n${'text '.repeat(500_000)}\n`;
    const found = await highlightsOf(metadata(readme), metadata('Requires-Dist: evil', readme));
    expect(found).toContainEqual({ what: 'new dependency', items: ['evil'] });
  });

  it('say first what cannot be read', async () => {
    const old = metadata();
    const latin = Buffer.from('Name: demo\nVersion: 1.0\nRequires-Dist: evil\nAuthor: caf\xe9\n', 'latin1');
    const [first] = await highlightsOf(old, wheel({ metadata: latin }));
    expect(first?.items).toEqual(['new: dist-info/METADATA: it is not UTF-8']);
    const [toml] = await highlightsOf(
      pyproject('[build-system]\nrequires = []\n'),
      pyproject('[build-system'),
    );
    expect(toml?.what).toMatch(/^cannot be read/);
    expect(toml?.items[0]).toMatch(/^new: pyproject.toml: /);
  });

  it.each([
    ['blanks', '[ build-system ]\nrequires = ["evil"]\n'],
    ['dotted keys', 'build-system.requires = ["evil"]\n'],
    ['an inline table', 'build-system = { requires = ["evil"] }\n'],
  ])('show a new build requirement written with %s', async (_, text) => {
    const found = await highlightsOf(pyproject('[build-system]\nrequires = []\n'), pyproject(text));
    expect(found).toContainEqual({
      what: 'build backend or build requirement',
      items: ['requires: evil'],
    });
  });

  it('compare needs as they are meant: new, changed, gone', async () => {
    const found = await highlightsOf(
      metadata('Requires-Dist: idna (<4,>=2.5)', 'Requires-Dist: urllib3<3', 'Requires-Dist: six'),
      metadata('Requires-Dist: idna <4,>=2.5', 'Requires-Dist: urllib3<4', 'Requires-Dist: evil'),
    );
    expect(found).toEqual([
      { what: 'new dependency', items: ['evil'] },
      { what: 'dependency changed', items: ['urllib3<3 → urllib3<4'] },
      { what: 'dependency gone', items: ['six'] },
    ]);
  });

  it('give the old and the new Requires-Python', async () => {
    const found = await highlightsOf(metadata('Requires-Python: >=3.8'), metadata('Requires-Python: >=3.10'));
    expect(found).toEqual([{ what: 'Requires-Python', items: ['>=3.8 → >=3.10'] }]);
  });

  it('tell native code by its first bytes', async () => {
    const program = (content: Buffer) => wheel({ add: [{ name: 'demo-1.0.data/scripts/run', content }] });
    const found = await highlightsOf(
      program(Buffer.from('#!/bin/sh\n')),
      program(Buffer.from('\x7fELF\x02')),
    );
    expect(found).toEqual([{ what: 'new or changed native code', items: ['data/scripts/run'] }]);
  });
});
