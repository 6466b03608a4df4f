import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeDirectory } from '../../../src/files/make-directory.js';
import { tempDirectory } from '../../support/temp-directory.js';

it('directories are made with those above them, and again without complaint', async () => {
  using directory = tempDirectory();
  const path = directory.join('a/b/c');
  await Promise.all([makeDirectory(path, 0o700), makeDirectory(directory.join('a/b/d'), 0o700)]);
  await makeDirectory(path, 0o700);
  expect(existsSync(directory.join('a/b/d'))).toBe(true);
  expect(statSync(directory.join('a')).mode & 0o777).toBe(0o700);
});

it('a file in the way is an error, not a directory', async () => {
  using directory = tempDirectory();
  writeFileSync(directory.join('file'), '');
  await expect(makeDirectory(directory.join('file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.runIf(process.platform === 'linux')('where nothing can be made it ends', async () => {
  await expect(makeDirectory('/proc/peep/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
});
