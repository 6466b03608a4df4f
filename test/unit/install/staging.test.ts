import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempName } from '../../../src/files/temp-name.js';
import { StoredSpool } from '../../../src/hash/spool/stored-spool.js';
import { createStaging } from '../../../src/install/staging.js';
import { verified } from './verified.js';

const uid = process.getuid?.();

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'peep test ü '));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const mode = async (path: string) => ((await lstat(path)).mode & 0o7777).toString(8);

/** The name a process that has ended would have given its directory. */
function nameOfTheGone(): string {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  return `peep-install-${tempName().replace(`-${process.pid}-`, `-${pid}-`)}`;
}

describe('staging', () => {
  test('is a private directory of read-only files, and goes', async () => {
    const staging = await createStaging({ parent, uid });
    const path = await staging.addArchive(await verified('a-1.0.tar.gz', 'bytes'), 'archives');
    const text = await staging.addText('requirements.txt', 'a==1.0\n');
    expect(await mode(staging.root)).toBe('700');
    expect(await mode(join(staging.root, 'archives'))).toBe('700');
    expect([await mode(path), await mode(text)]).toEqual(['400', '400']);
    expect(path).toBe(join(staging.root, 'archives', 'a-1.0.tar.gz'));
    expect(await readFile(path, 'utf8')).toBe('bytes');
    await staging.remove();
    await staging.remove();
    expect(await readdir(parent)).toEqual([]);
  });

  test('keeps archives of one name apart by directory', async () => {
    const staging = await createStaging({ parent, uid });
    const archive = await verified('v1.0.zip', 'one');
    await staging.addArchive(archive, 'direct-0');
    await staging.addArchive(await verified('v1.0.zip', 'two'), 'direct-1');
    await expect(staging.addArchive(archive, 'direct-1')).rejects.toMatchObject({ code: 'STAGING_FAILED' });
    expect(await readFile(join(staging.root, 'direct-1', 'v1.0.zip'), 'utf8')).toBe('two');
  });

  test('does not keep bytes that changed since they were verified (P4)', async () => {
    const stored = join(parent, 'stored');
    await writeFile(stored, 'good');
    const spool = new StoredSpool(await open(stored), stored);
    const archive = await verified('a-1.0.tar.gz', Buffer.from('good'), spool);
    const staging = await createStaging({ parent, uid });
    await writeFile(stored, 'evil');
    await expect(staging.addArchive(archive, 'archives')).rejects.toMatchObject({ code: 'STORE_CHANGED' });
    expect(await readdir(join(staging.root, 'archives'))).toEqual([]);
    await archive.release();
  });

  test('removes what killed runs left, and nothing else', async () => {
    const leftover = join(parent, nameOfTheGone());
    await mkdir(join(leftover, 'archives'), { recursive: true });
    await writeFile(join(leftover, 'archives', 'x.whl'), 'x', { mode: 0o400 });
    const living = join(parent, `peep-install-${tempName()}`);
    const other = join(parent, 'peep-install-notes');
    await Promise.all([mkdir(living), mkdir(other)]);
    const link = join(parent, nameOfTheGone());
    await symlink(other, link);
    await createStaging({ parent, uid }).then((staging) => staging.remove());
    expect((await readdir(parent)).map((name) => join(parent, name)).sort()).toEqual(
      [link, living, other].sort(),
    );
  });

  test.skipIf(uid === undefined)('refuses a directory that others can change', async () => {
    const shared = join(parent, 'open');
    const below = join(shared, 'mine');
    await mkdir(below, { recursive: true });
    await chmod(shared, 0o777);
    await expect(createStaging({ parent: below, uid })).rejects.toMatchObject({
      code: 'STAGING_UNSAFE',
      message: expect.stringContaining('other users can write to it'),
      hint: expect.stringContaining('TMPDIR'),
    });
    await chmod(shared, 0o1777);
    await createStaging({ parent: below, uid }).then((staging) => staging.remove());
  });

  test.skipIf(uid === undefined)('refuses a directory that is another user’s', async () => {
    // Root may stand below anybody's directory; anybody else's directory here is the one of whoever runs the test.
    const other = uid === 0 ? 12_345 : undefined;
    if (other !== undefined) await chown(parent, other, other);
    const staging = createStaging({ parent, uid: other === undefined ? (uid ?? 0) + 1 : uid });
    await expect(staging).rejects.toMatchObject({
      code: 'STAGING_UNSAFE',
      message: expect.stringContaining('belongs to another user'),
    });
  });

  test('says what is wrong with the directory for temporary files', async () => {
    const error = createStaging({ parent: join(parent, 'none'), uid });
    await expect(error).rejects.toMatchObject({
      code: 'STAGING_FAILED',
      message: expect.stringContaining('there is no such file'),
    });
  });
});
