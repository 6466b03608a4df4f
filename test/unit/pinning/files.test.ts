import * as fileSystem from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EditedFile, type WriteFileSystem, writeFiles } from '../../../src/pinning/files.js';
import type { PeepError } from '../../../src/text/errors.js';

let directory: string;
beforeEach(async () => {
  directory = await fileSystem.mkdtemp(join(tmpdir(), 'peep pin '));
});
afterEach(() => fileSystem.rm(directory, { recursive: true }));

const names = ['a.txt', 'b.txt'];

async function editedFiles(): Promise<EditedFile[]> {
  return Promise.all(
    names.map(async (file) => {
      const path = join(directory, file);
      await fileSystem.writeFile(path, 'old\n');
      return { file, path, bytes: Buffer.from('old\n'), changed: Buffer.from('new\n') };
    }),
  );
}

const contents = () => Promise.all(names.map((name) => fileSystem.readFile(join(directory, name), 'utf8')));

/** A file system whose calls of one name fail from the `first` on. */
function failing(call: keyof WriteFileSystem, first: number, code: string): WriteFileSystem {
  let count = 0;
  const real: WriteFileSystem = { ...fileSystem };
  const fail = async (...args: unknown[]): Promise<never> => {
    if (count++ < first) return (real[call] as (...given: unknown[]) => Promise<never>)(...args);
    throw Object.assign(new Error(code), { code });
  };
  return { ...fileSystem, [call]: fail } as WriteFileSystem;
}

const codes = ['EACCES', 'EROFS', 'ENOSPC', 'EBUSY', 'EIO'];
const calls = ['realpath', 'stat', 'open', 'readFile', 'rename'] as const;

test.each(calls.flatMap((call) => codes.map((code) => [call, code] as const)))(
  'a failing %s (%s) leaves both files as they were, and says so',
  async (call, code) => {
    for (const first of [0, 1]) {
      const files = await editedFiles();
      const fs = failing(call, first, code);
      if (call === 'rename' && first === 1) {
        // What was renamed cannot be put back by a rename either: that is told.
        await expect(writeFiles(files, fs)).rejects.toMatchObject({
          code: 'REQUIREMENTS_UNWRITABLE',
          hint: expect.stringContaining('Already changed: a.txt.'),
        });
        expect(await contents()).toEqual(['new\n', 'old\n']);
      } else {
        const error = (await writeFiles(files, fs).catch((caught: unknown) => caught)) as PeepError;
        expect(error).toMatchObject({
          code: 'REQUIREMENTS_UNWRITABLE',
          hint: expect.stringContaining('Nothing was written.'),
        });
        expect(error.message).not.toContain(code);
        expect(await contents()).toEqual(['old\n', 'old\n']);
      }
      expect((await fileSystem.readdir(directory)).sort()).toEqual(names);
    }
  },
);

test('a second rename that fails once is undone', async () => {
  const files = await editedFiles();
  let count = 0;
  const rename: typeof fileSystem.rename = async (from, to) => {
    if (++count === 2) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
    return fileSystem.rename(from, to);
  };
  await expect(writeFiles(files, { ...fileSystem, rename })).rejects.toMatchObject({
    message: "cannot change 'b.txt': another program uses it",
    hint: expect.stringContaining('Nothing was written.'),
  });
  expect(await contents()).toEqual(['old\n', 'old\n']);
});

test('all are written, or none when one changed meanwhile', async () => {
  await writeFiles(await editedFiles());
  expect(await contents()).toEqual(['new\n', 'new\n']);
  const files = await editedFiles();
  await fileSystem.writeFile(join(directory, 'b.txt'), 'other\n');
  await expect(writeFiles(files)).rejects.toMatchObject({
    message: "cannot change 'b.txt': it changed since it was read",
  });
  expect(await contents()).toEqual(['old\n', 'other\n']);
});
