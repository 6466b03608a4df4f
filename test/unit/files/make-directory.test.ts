import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeFolder } from '../../../src/files/make-directory.js';
import { tempFolder } from '../../support/temp-folder.js';

it('folders are made with those above them, and again without complaint', async () => {
  using folder = tempFolder();
  const path = folder.join('a/b/c');
  await Promise.all([makeFolder(path, 0o700), makeFolder(folder.join('a/b/d'), 0o700)]);
  await makeFolder(path, 0o700);
  expect(existsSync(folder.join('a/b/d'))).toBe(true);
  expect(statSync(folder.join('a')).mode & 0o777).toBe(0o700);
});

it('a file in the way is an error, not a folder', async () => {
  using folder = tempFolder();
  writeFileSync(folder.join('file'), '');
  await expect(makeFolder(folder.join('file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.runIf(process.platform === 'linux')('where nothing can be made it ends', async () => {
  await expect(makeFolder('/proc/peep/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
});
