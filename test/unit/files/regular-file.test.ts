import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProjectSettings } from '../../../src/config/project-settings.js';
import { readRegular } from '../../../src/files/regular-file.js';
import { hashRegularFile } from '../../../src/hash/hash-file.js';
import { readInstalled } from '../../../src/target/installed.js';
import { claimedFiles } from '../../../src/verify/record.js';
import { tempDirectory } from '../../support/temp-directory.js';

const strict = { maxBytes: 10, followLinks: false };

describe('readRegular', () => {
  it('reads a file up to its limit', async () => {
    using directory = tempDirectory();
    writeFileSync(directory.join('it'), '0123456789');
    expect(String(await readRegular(directory.join('it'), strict))).toBe('0123456789');
    symlinkSync(directory.join('it'), directory.join('link'));
    expect(await readRegular(directory.join('link'), { maxBytes: 10 })).toHaveLength(10);
  });

  it.each([
    ['a directory', (path: string) => mkdirSync(path), 'it is a directory'],
    ['a pipe', pipe, 'it is not a regular file'],
    ['a device', (path: string) => symlinkSync('/dev/zero', path), 'it is not a regular file', true],
    ['a link', (path: string) => symlinkSync('/dev/zero', path), 'it is a symbolic link'],
    ['too large a file', large, 'it has 11 bytes, and peep reads at most 10'],
  ])('refuses %s', async (_, make, message, followLinks = false) => {
    using directory = tempDirectory();
    make(directory.join('it'));
    const read = readRegular(directory.join('it'), { ...strict, followLinks });
    await expect(read).rejects.toThrow(message);
  });
});

it('nothing waits at a pipe: a hash, the pyproject.toml of the directory, what an environment says', async () => {
  using directory = tempDirectory();
  pipe(directory.join('pyproject.toml'));
  await expect(hashRegularFile(directory.join('pyproject.toml'))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
  await expect(readProjectSettings(directory.path)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  const metadata = directory.join('quill-1.0.dist-info');
  mkdirSync(metadata);
  for (const name of ['RECORD', 'direct_url.json']) pipe(join(metadata, name));
  writeFileSync(join(metadata, 'METADATA'), '');
  expect(claimedFiles(metadata)).toEqual([]);
  pipe(directory.join('old.egg-link'));
  expect([...(await readInstalled([directory.path]))]).toMatchObject([
    ['quill', { version: '1.0', directUrl: undefined }],
  ]);
});

function pipe(path: string): void {
  execFileSync('mkfifo', [path]);
}

function large(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 11);
}
