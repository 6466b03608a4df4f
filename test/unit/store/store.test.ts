import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempName } from '../../../src/files/temp-name.js';
import { type Digest, type Digests, parseHexDigest } from '../../../src/hash/digest.js';
import { Verification, type VerifiedArchive } from '../../../src/hash/verification.js';
import { aliasPath } from '../../../src/store/layout.js';
import { listStore, pruneStore, verifyStore } from '../../../src/store/maintenance.js';
import { createStore, type Store } from '../../../src/store/store.js';
import { memorySpool } from '../../support/memory-hold.js';

const bytes = Buffer.from('the bytes of a wheel '.repeat(5_000));
const filename = 'quill-1.0-py3-none-any.whl';

let root: string;
let store: Store;
let bad: { path: string; reason: string }[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'peep-store-'));
  bad = [];
  store = createStore(root, (entry) => bad.push(entry));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function digest(algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return parseHexDigest(algorithm, createHash(algorithm).update(bytes).digest('hex'));
}

async function verified(expected: Digests = [digest()]): Promise<VerifiedArchive> {
  const verification = new Verification(expected, memorySpool());
  await verification.write(bytes);
  return verification.finish(filename);
}

async function read(archive: VerifiedArchive): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of archive.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const entryPath = () => join(root, 'v1', 'sha256', digest().hex.slice(0, 2), digest().hex, filename);

describe('the store', () => {
  it('keeps an archive under its digest, read-only, in private directories', async () => {
    await store.put(await verified());
    expect((await stat(entryPath())).mode & 0o777).toBe(0o444);
    expect((await stat(join(entryPath(), '..'))).mode & 0o777).toBe(0o700);
    expect(await readFile(entryPath())).toEqual(bytes);
    expect(await readdir(join(root, 'v1', 'tmp'))).toEqual([]);
  });

  it.each(['in memory', 'left on disk'])('hands an archive out again, %s', async (where) => {
    await store.put(await verified());
    const [entry] = await store.find([digest()]);
    const archive = await store.open(entry!, [digest()], where === 'in memory' ? memorySpool() : undefined);
    expect(archive?.filename).toBe(filename);
    expect(await archive?.read(4, 5)).toEqual(bytes.subarray(4, 9));
    expect(await read(archive!)).toEqual(bytes);
    await archive?.release();
  });

  it('finds an archive by a sha512 pin, and still hashes it', async () => {
    await store.put(await verified([digest('sha512')]));
    const [entry] = await store.find([digest('sha512')]);
    const archive = await store.open(entry!, [digest('sha512')]);
    expect(archive?.matched).toEqual(digest('sha512'));
    await archive?.release();
  });

  it('does not hand out an archive for another digest (P3)', async () => {
    await store.put(await verified());
    const [entry] = await store.find([digest()]);
    expect(await store.open(entry!, [{ algorithm: 'sha256', hex: '0'.repeat(64) }])).toBeUndefined();
  });

  it.each([
    [
      'a flipped bit',
      async (path: string) => writeFile(path, Buffer.concat([Buffer.from('T'), bytes.subarray(1)])),
    ],
    ['a truncated file', async (path: string) => truncate(path, 100)],
    ['bytes appended', async (path: string) => writeFile(path, Buffer.concat([bytes, Buffer.from('!')]))],
  ])('notices, removes and reports %s (P4)', async (_, spoil) => {
    await store.put(await verified());
    await chmod(entryPath(), 0o644);
    await spoil(entryPath());
    const [entry] = await store.find([digest()]);
    expect(await store.open(entry!, [digest()])).toBeUndefined();
    expect(bad).toEqual([{ path: entryPath(), reason: expect.stringContaining('hash') }]);
    expect(await store.find([digest()])).toEqual([]);
  });

  it.each([
    ['a symbolic link', async (path: string) => symlink('/etc/hostname', path)],
    ['a directory', async (path: string) => mkdir(path)],
  ])('removes %s in the place of an archive', async (_, plant) => {
    await mkdir(join(entryPath(), '..'), { recursive: true });
    await plant(entryPath());
    expect(await store.find([digest()])).toEqual([]);
    expect(bad).toHaveLength(1);
    await store.put(await verified());
    expect(await store.find([digest()])).toHaveLength(1);
  });

  it('discards an entry with two names: which one would count depends on who put them there (P10)', async () => {
    await store.put(await verified());
    await writeFile(join(entryPath(), '..', 'other-1.0-py3-none-any.whl'), bytes);
    expect(await store.find([digest()])).toEqual([]);
    expect(bad).toEqual([{ path: dirname(entryPath()), reason: 'the archive has several names' }]);
  });

  it('removes a link beside the archive, which stays (P4, P10)', async () => {
    await store.put(await verified());
    const link = join(entryPath(), '..', 'other-1.0-py3-none-any.whl');
    await symlink(filename, link);
    expect(await store.find([digest()])).toMatchObject([{ filename }]);
    expect(bad).toEqual([{ path: link, reason: expect.stringContaining('symbolic link') }]);
    expect(await readdir(dirname(entryPath()))).toEqual([filename]);
  });

  it('says that an entry cannot be looked at, and takes it for neither absent nor bad', async () => {
    await store.put(await verified());
    const archives = dirname(dirname(dirname(entryPath())));
    // A loop of links is no place that is not there.
    await rm(archives, { recursive: true });
    await symlink(archives, archives);
    await expect(store.find([digest()])).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(bad).toEqual([]);
    await rm(archives);
  });

  it('hands an archive out under the name that was asked for', async () => {
    await store.put(await verified());
    const [entry] = await store.find([digest()]);
    const archive = await store.open({ ...entry!, filename: 'other-1.0.tar.gz' }, [digest()]);
    expect(archive?.filename).toBe('other-1.0.tar.gz');
    await archive?.release();
  });

  it('removes names that no archive has', async () => {
    await mkdir(join(entryPath(), '..'), { recursive: true });
    await writeFile(join(entryPath(), '..', '-rf'), bytes);
    expect(await store.find([digest()])).toEqual([]);
    expect(bad).toHaveLength(1);
  });

  it('refuses a change between the pass that verified a large archive and the one that hands it on', async () => {
    await store.put(await verified());
    const [entry] = await store.find([digest()]);
    const archive = await store.open(entry!, [digest()]);
    await chmod(entryPath(), 0o644);
    await writeFile(entryPath(), Buffer.concat([Buffer.from('T'), bytes.subarray(1)]));
    // Whatever way it is read: as a whole, or at a place that zlib is then given (P2).
    await expect(read(archive!)).rejects.toMatchObject({ code: 'STORE_CHANGED' });
    await expect(archive!.read(0, 4)).rejects.toMatchObject({ code: 'STORE_CHANGED' });
    await truncate(entryPath(), 2);
    await expect(archive!.read(2, 2)).rejects.toMatchObject({ code: 'STORE_CHANGED' });
    await archive?.release();
  });

  it('says that a store cannot be written, and leaves nothing', async () => {
    await writeFile(join(root, 'v1'), 'a file where a directory belongs');
    await expect(store.put(await verified())).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(await readdir(root)).toEqual(['v1']);
  });
});

describe('looking after the store', () => {
  it('lists and verifies', async () => {
    await store.put(await verified());
    expect(await listStore(store)).toMatchObject([{ filename, size: bytes.length, path: entryPath() }]);
    expect(await verifyStore(store)).toEqual({ good: 1, bad: 0, bytes: bytes.length });
    await chmod(entryPath(), 0o644);
    await writeFile(entryPath(), 'other');
    expect(await verifyStore(store)).toEqual({ good: 0, bad: 1, bytes: 5 });
    expect(await listStore(store)).toEqual([]);
  });

  it('prunes by age and by size', async () => {
    await store.put(await verified());
    const now = Date.now();
    expect((await pruneStore(store, { keepDays: 1, now })).removed).toEqual([]);
    await utimes(entryPath(), 0, 0);
    expect((await pruneStore(store, { keepDays: 1, now })).removed).toHaveLength(1);
    await store.put(await verified());
    expect((await pruneStore(store, { maxSize: bytes.length, now })).removed).toHaveLength(0);
    expect((await pruneStore(store, { maxSize: bytes.length - 1, now })).bytes).toBe(bytes.length);
    expect(await listStore(store)).toEqual([]);
  });

  it('prunes no provenance through a link that leads out of the store', async () => {
    const outside = join(root, 'outside');
    await mkdir(outside);
    await mkdir(join(root, 'v1/provenance'), { recursive: true });
    await writeFile(join(outside, digest().hex), '');
    await symlink(outside, join(root, 'v1/provenance', digest().hex.slice(0, 2)));
    expect((await pruneStore(store, { now: Date.now() })).provenance).toBe(0);
    expect(await readdir(outside)).toEqual([digest().hex]);
  });

  it('removes the temp files of writers that are gone, and no others', async () => {
    const temp = store.layout.temp;
    await mkdir(temp, { recursive: true });
    const alive = tempName();
    const gone = alive.replace(`-${process.pid}-`, '-4194305-');
    const successor = alive.replace(/-\d+-([0-9a-f]{16})$/, '-1-$1');
    for (const name of [alive, gone, successor, 'unknown']) await writeFile(join(temp, name), 'x');
    await utimes(join(temp, 'unknown'), 0, 0);
    expect((await pruneStore(store, { now: Date.now() })).tempFiles).toBe(
      process.platform === 'linux' ? 3 : 2,
    );
    expect(await readdir(temp)).toContain(alive);
    expect(await readdir(temp)).not.toContain(gone);
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe in place of an alias', async () => {
    const digest = parseHexDigest('sha384', 'cd'.repeat(48)) as Digest;
    const path = aliasPath(store.layout, digest);
    await mkdir(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    expect(await store.find([digest])).toEqual([]);
  });

  it('follows no link out of the store, and removes nothing where one leads (P4)', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'peep-outside-'));
    const sha256 = 'ab'.repeat(32);
    await mkdir(join(outside, sha256, 'precious'), { recursive: true });
    await writeFile(join(outside, 'old'), 'x');
    await utimes(join(outside, 'old'), 0, 0);
    await mkdir(store.layout.archives, { recursive: true });
    await symlink(outside, join(store.layout.archives, 'ab'));
    expect(await listStore(store)).toEqual([]);
    await symlink(outside, store.layout.temp);
    await expect(pruneStore(store, { now: Date.now() })).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
    expect(await store.find([parseHexDigest('sha256', sha256) as Digest])).toEqual([]);
    expect(bad).toMatchObject([{ reason: 'a symbolic link' }]);
    expect(await readdir(store.layout.archives)).toEqual([]);
    expect((await readdir(outside)).sort()).toEqual([sha256, 'old']);
    expect(await readdir(join(outside, sha256))).toEqual(['precious']);
    await rm(outside, { recursive: true });
  });
});

describe('a store that cannot be changed', () => {
  const { immutable } = process.getuid?.() === 0 ? { immutable: false } : { immutable: true };

  it.runIf(immutable)('says of a bad entry that it stays, and of prune why it fails', async () => {
    await store.put(await verified());
    await chmod(entryPath(), 0o644);
    await writeFile(entryPath(), 'other');
    await chmod(dirname(entryPath()), 0o500);
    try {
      const [entry] = await store.find([digest()]);
      expect(await store.open(entry!, [digest()])).toBeUndefined();
      expect(bad[0]?.reason).toContain('it cannot be removed: permission denied');
      await expect(pruneStore(store, { maxSize: 0, now: Date.now() })).rejects.toMatchObject({
        code: 'STORE_UNUSABLE',
      });
    } finally {
      await chmod(dirname(entryPath()), 0o700);
    }
  });
});
