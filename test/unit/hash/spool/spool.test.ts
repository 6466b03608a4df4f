import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSpool, createStoredSpool } from '../../../../src/hash/spool/archive-spool.js';
import { EncryptedSpool } from '../../../../src/hash/spool/encrypted-spool.js';
import { ArchiveMemory, MemorySpool } from '../../../../src/hash/spool/memory-spool.js';
import type { Spool } from '../../../../src/hash/spool/spool.js';
import { bytesOf, directory, failure, onCleanup } from '../../fetch/support.js';

async function fill(spool: Spool, bytes: Buffer, step = 65_536): Promise<void> {
  for (let i = 0; i < bytes.length; i += step) await spool.append(Buffer.from(bytes.subarray(i, i + step)));
}

describe('the memory of all archives', () => {
  it('is shared: who finds it used up moves to ciphertext, in order, and gives its blocks back', async () => {
    const memory = new ArchiveMemory(1 << 20);
    const deps = { memory, spillDirectory: join(directory(), 'tmp') };
    const [a, b] = [createSpool(deps, undefined), createSpool(deps, undefined)];
    const [first, second] = [randomBytes(700_000), randomBytes(1_400_000)];
    await fill(a, first);
    await fill(b, second);
    // Of the second, a quarter of a mebibyte fits; the rest goes on as ciphertext.
    expect(memory.used).toBe(1 << 20);
    expect((await b.read(200_000, 300_000)).equals(second.subarray(200_000, 500_000))).toBe(true);
    expect((await bytesOf(a.chunks())).equals(first)).toBe(true);
    expect((await bytesOf(b.chunks())).equals(second)).toBe(true);
    await Promise.all([a.release(), b.release(), b.release()]);
    expect(memory.used).toBe(0);
    expect(readdirSync(deps.spillDirectory)).toEqual([]);
  });

  it('leaves a stored archive on disk when it would take more than half of what is left', () => {
    const memory = new ArchiveMemory(4 << 20);
    expect(createStoredSpool(memory, (2 << 20) + 1)).toBeUndefined();
    expect(createStoredSpool(memory, 2 << 20)).toBeInstanceOf(MemorySpool);
    expect(createStoredSpool(memory, 2 << 20)).toBeUndefined();
    expect(memory.used).toBe(2 << 20);
  });
});

describe('P4: a hold in memory', () => {
  /** As a file is read: into the room that the hold has. */
  function read(spool: Spool, bytes: Buffer): void {
    let done = 0;
    for (const room of spool.room?.(bytes.length) ?? []) {
      const copied = bytes.copy(room, 0, done);
      spool.append(room.subarray(0, copied));
      done += copied;
    }
  }

  it('is used again for the next archive, and what was released shows nothing of it', async () => {
    const memory = new ArchiveMemory(1 << 20);
    const first = createStoredSpool(memory, 300_000) as Spool;
    read(first, randomBytes(300_000));
    expect(memory.used).toBe(1 << 19);
    await first.release();
    const second = createStoredSpool(memory, 400_000) as Spool;
    const bytes = randomBytes(400_000);
    read(second, bytes);
    await first.release();
    expect(memory.used).toBe(1 << 19);
    await expect(first.read(0, 1)).rejects.toThrow(RangeError);
    expect((await bytesOf(first.chunks())).length).toBe(0);
    expect((await bytesOf(second.chunks())).equals(bytes)).toBe(true);
    expect((await second.read(10, 20)).equals(bytes.subarray(10, 30))).toBe(true);
    expect((await second.read(250_000, 20_000)).equals(bytes.subarray(250_000, 270_000))).toBe(true);
    await expect(second.read(399_990, 11)).rejects.toThrow(RangeError);
  });

  it('holds two archives apart, and ends where its room ends', () => {
    const memory = new ArchiveMemory(8 << 20);
    const [a, b] = [createStoredSpool(memory, 10) as Spool, createStoredSpool(memory, 10) as Spool];
    read(a, Buffer.from('aaaa'));
    read(b, Buffer.from('bbbb'));
    expect(a.room?.(4 << 20).map(({ length }) => length)).toEqual([(1 << 18) - 4]);
  });

  it('copies what it is given: its memory is used again by who gave it', async () => {
    const spool = new MemorySpool(new ArchiveMemory(1 << 20));
    const chunk = Buffer.from('a chunk');
    spool.append(chunk);
    chunk.fill('x');
    expect(String(await spool.read(0, 7))).toBe('a chunk');
  });
});

describe('P1: a sealed hold', () => {
  it('writes ciphertext alone, into a file without a name that nobody else may read', async () => {
    const spillDirectory = join(directory(), 'tmp');
    const spool = new EncryptedSpool(spillDirectory);
    const bytes = Buffer.alloc(600_000, 'plaintext ');
    await fill(spool, bytes);
    await spool.read(0, 1);
    if (process.platform === 'linux') {
      const spilled = openFiles().filter((path) => path.startsWith(spillDirectory));
      expect(spilled.length).toBe(1);
      expect(spilled[0]).toMatch(/ \(deleted\)$/);
      expect(openContents(spillDirectory).includes('plaintext')).toBe(false);
      expect(openContents(spillDirectory).length).toBeGreaterThan(500_000);
    }
    expect(readdirSync(spillDirectory)).toEqual([]);
    await spool.release();
    if (process.platform === 'linux')
      expect(openFiles().filter((path) => path.startsWith(spillDirectory))).toEqual([]);
    await expect(spool.read(0, 1)).rejects.toThrow('released');
  });

  it.runIf(process.platform === 'linux')('notices ciphertext that was changed', async () => {
    const spillDirectory = join(directory(), 'tmp');
    const spool = new EncryptedSpool(spillDirectory);
    onCleanup(() => spool.release());
    await fill(spool, randomBytes(600_000));
    await spool.read(0, 1);
    writeFileSync(openPath(spillDirectory), 'x', { flag: 'r+' });
    expect((await failure(bytesOf(spool.chunks()))).code).toBe('SPILL_FAILED');
    expect((await spool.read(300_000, 10)).length).toBe(10);
  });

  it('says so when the directory cannot be used, and leaves nothing', async () => {
    const parent = directory();
    writeFileSync(join(parent, 'file'), '');
    const spool = new EncryptedSpool(join(parent, 'file', 'tmp'));
    const error = await failure(fill(spool, randomBytes(3_000_000)));
    expect(error.code).toBe('SPILL_FAILED');
    expect(error.hint).toContain('--memory-budget');
    await spool.release();
    expect(readdirSync(parent)).toEqual(['file']);
  });

  it('shows what came since the last read of the same block', async () => {
    const spool = new EncryptedSpool(join(directory(), 'tmp'));
    onCleanup(() => spool.release());
    await fill(spool, Buffer.from('first'));
    expect(String(await spool.read(0, 5))).toBe('first');
    await fill(spool, Buffer.from(' second'));
    expect(String(await spool.read(3, 9))).toBe('st second');
  });

  it('refuses reads past the end', async () => {
    const spool = new EncryptedSpool(join(directory(), 'tmp'));
    onCleanup(() => spool.release());
    await fill(spool, randomBytes(10));
    await expect(spool.read(5, 6)).rejects.toBeInstanceOf(RangeError);
    await expect(spool.read(-1, 1)).rejects.toBeInstanceOf(RangeError);
    expect((await spool.read(10, 0)).length).toBe(0);
  });
});

function descriptors(): { readonly path: string; readonly target: string }[] {
  const { readlinkSync } = process.getBuiltinModule('node:fs');
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [{ path: `/proc/self/fd/${name}`, target: readlinkSync(`/proc/self/fd/${name}`) }];
    } catch {
      return [];
    }
  });
}

function openFiles(): string[] {
  return descriptors().map(({ target }) => target);
}

function openPath(spillDirectory: string): string {
  return descriptors().find(({ target }) => target.startsWith(spillDirectory))?.path ?? '';
}

function openContents(spillDirectory: string): Buffer {
  return readFileSync(openPath(spillDirectory));
}
