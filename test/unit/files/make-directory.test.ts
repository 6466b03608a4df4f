import { existsSync, statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeDirectory } from '../../../src/files/make-directory.js';
import { tempDirectory } from '../../support/temp-directory.js';

it('directories are made with those above them, and again without complaint', () => {
  using directory = tempDirectory();
  const path = directory.join('a/b/c');
  makeDirectory(path, 0o700);
  makeDirectory(directory.join('a/b/d'), 0o700);
  makeDirectory(path, 0o700);
  expect(existsSync(directory.join('a/b/d'))).toBe(true);
  expect(statSync(directory.join('a')).mode & 0o777).toBe(0o700);
});

it('a file in the way is an error, not a directory', () => {
  using directory = tempDirectory();
  writeFileSync(directory.join('file'), '');
  expect(() => makeDirectory(directory.join('file/a/b'))).toThrow(
    expect.objectContaining({ code: 'ENOTDIR' }),
  );
});

it.runIf(process.platform === 'linux')('where nothing can be made it ends', () => {
  expect(() => makeDirectory('/proc/peep/a/b')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
