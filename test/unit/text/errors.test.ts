import { readFile, rename } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemReason } from '../../../src/text/errors.js';

test.each([
  ['EACCES', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EBUSY', 'another program uses it'],
  ['EIO', 'the disk reports an error'],
  ['ENOENT', 'there is no such file'],
])('says %s in words', (code, words) => {
  expect(systemReason(Object.assign(new Error(`${code}: x, open '/a'`), { code }))).toBe(words);
});

test('leaves the path out of what Node says', async () => {
  const failure = await rename('/', '/proc').catch((error: unknown) => error);
  expect(systemReason(failure)).not.toContain("'/proc'");
  expect(systemReason(await readFile('/').catch((error: unknown) => error))).toBe('it is a directory');
  expect(systemReason('as it is')).toBe('as it is');
});
