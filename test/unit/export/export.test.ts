import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { type DestArchive, writeDest } from '../../../src/export/export.js';
import { sha256Of } from '../../../src/hash/digest.js';
import { wheel } from '../../mock-index/wheel.js';
import { tempDirectory } from '../../support/temp-directory.js';
import { verified } from '../install/verified.js';

const quill = wheel({ name: 'quill', version: '1.0' });

const run = {
  ...{ peep: '1', written_at: '2026-01-01T00:00:00.000Z', targets: null },
  ...{ requirements: ['r.txt'], indexes: [] },
};
const record = { name: 'quill', version: '1.0', pins: [], url: null, index: null, publishers: [] };

async function write(dest: string) {
  const archive = await verified(quill.filename, quill.bytes);
  const wanted: DestArchive = {
    ...{
      filename: quill.filename,
      sha256: archive.sha256,
      requiresPython: undefined,
      yanked: false as const,
    },
    ...{ record, open: async () => archive },
  };
  await writeDest(dest, [wanted], { layout: 'simple', mirror: false, run });
}

test.each([
  'files',
  'simple',
  'simple/quill',
  'SHA256SUMS',
  'peep-manifest.json',
  `files/${quill.filename}`,
  'simple/quill/index.html',
])('a link below the directory of --dest is refused, and nothing is written through it: %s', async (path) => {
  using directory = tempDirectory();
  const [dest, outside] = [directory.join('dest'), directory.join('outside')];
  mkdirSync(dirname(`${dest}/${path}`), { recursive: true });
  mkdirSync(outside);
  writeFileSync(directory.join('file'), 'as it was');
  symlinkSync(/\.|SUMS/.test(path) ? directory.join('file') : outside, `${dest}/${path}`);
  await expect(write(dest)).rejects.toMatchObject({
    code: 'DEST_CONFLICT',
    message: expect.stringContaining(`'${path}' in it is a symbolic link`),
  });
  expect(readdirSync(outside)).toEqual([]);
  expect(readFileSync(directory.join('file'), 'utf8')).toBe('as it was');
  expect(readdirSync(dest)).toEqual([path.split('/')[0]]);
});

test('the directory of --dest itself may be a link', async () => {
  using directory = tempDirectory();
  mkdirSync(directory.join('real'));
  symlinkSync(directory.join('real'), directory.join('dest'));
  await write(directory.join('dest'));
  expect(readdirSync(directory.join('real')).sort()).toEqual([
    'SHA256SUMS',
    'files',
    'peep-manifest.json',
    'simple',
  ]);
});

test('publishers of an earlier manifest are not taken over, also beside provenance (P11)', async () => {
  using directory = tempDirectory();
  const dest = directory.join('dest');
  await write(dest);
  const path = `files/${quill.filename}.provenance`;
  writeFileSync(`${dest}/${path}`, '{}');
  const sums = readFileSync(`${dest}/SHA256SUMS`, 'utf8');
  writeFileSync(`${dest}/SHA256SUMS`, `${sums}${sha256Of(Buffer.from('{}'))}  ${path}\n`);
  const manifest = () => JSON.parse(readFileSync(`${dest}/peep-manifest.json`, 'utf8'));
  const forged = manifest();
  forged.archives[0].publishers = ['github evil/quill release.yml id=7'];
  writeFileSync(`${dest}/peep-manifest.json`, JSON.stringify(forged));
  await write(dest);
  expect(manifest().archives).toMatchObject([{ provenance: path, publishers: [] }]);
  writeFileSync(`${dest}/peep-manifest.json`, JSON.stringify(forged));
  await writeDest(dest, [], { layout: 'simple', mirror: false, run });
  expect(manifest().archives).toMatchObject([{ provenance: path, publishers: [] }]);
});

test('--mirror leaves an archive whose pin the run passed over, and removes others', async () => {
  using directory = tempDirectory();
  const dest = directory.join('dest');
  await write(dest);
  const mirror = { layout: 'simple', mirror: true, run } as const;
  const { sha256 } = await verified(quill.filename, quill.bytes);
  expect(await writeDest(dest, [], { ...mirror, passedOver: new Set([sha256]) })).toMatchObject({
    removed: [],
  });
  expect(readdirSync(`${dest}/files`)).toEqual([quill.filename]);
  expect(await writeDest(dest, [], mirror)).toMatchObject({ removed: [`files/${quill.filename}`] });
});
