import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHold, createStoredHold } from '../../../../src/hash/spool/archive-spool.js';
import { SealedHold } from '../../../../src/hash/spool/encrypted-spool.js';
import { ArchiveMemory, MemoryHold } from '../../../../src/hash/spool/memory-spool.js';
import type { Hold } from '../../../../src/hash/verification.js';
import { bytesOf, failure, folder, onCleanup } from '../../fetch/support.js';

async function fill(hold: Hold, bytes: Buffer, step = 65_536): Promise<void> {
  for (let i = 0; i < bytes.length; i += step) await hold.append(Buffer.from(bytes.subarray(i, i + step)));
}

describe('the memory of all archives', () => {
  it('is shared: who finds it used up moves to ciphertext, in order, and gives its blocks back', async () => {
    const memory = new ArchiveMemory(1 << 20);
    const deps = { memory, spillFolder: join(folder(), 'tmp') };
    const [a, b] = [createHold(deps, undefined), createHold(deps, undefined)];
    const [first, second] = [randomBytes(700_000), randomBytes(1_400_000)];
    await fill(a, first);
    expect(a.exposedFrom).toBe(Number.POSITIVE_INFINITY);
    await fill(b, second);
    // A quarter of a mebibyte in memory, the rest behind it as ciphertext.
    expect([a.exposedFrom, b.exposedFrom]).toEqual([Number.POSITIVE_INFINITY, 4 * 65_536]);
    expect(memory.used).toBe(1 << 20);
    expect((await b.read(200_000, 300_000)).equals(second.subarray(200_000, 500_000))).toBe(true);
    expect((await bytesOf(a.chunks())).equals(first)).toBe(true);
    expect((await bytesOf(b.chunks())).equals(second)).toBe(true);
    await Promise.all([a.release(), b.release(), b.release()]);
    expect(memory.used).toBe(0);
    expect(readdirSync(deps.spillFolder)).toEqual([]);
  });

  it('leaves a stored archive on disk when it would take more than half of what is left', () => {
    const memory = new ArchiveMemory(4 << 20);
    expect(createStoredHold(memory, (2 << 20) + 1)).toBeUndefined();
    expect(createStoredHold(memory, 2 << 20)?.exposedFrom).toBe(Number.POSITIVE_INFINITY);
    expect(createStoredHold(memory, 2 << 20)).toBeUndefined();
    expect(memory.used).toBe(2 << 20);
  });
});

describe('P4: a hold in memory', () => {
  /** As a file is read: into the room that the hold has. */
  function read(hold: Hold, bytes: Buffer): void {
    let done = 0;
    for (const room of hold.room?.(bytes.length) ?? []) {
      const copied = bytes.copy(room, 0, done);
      hold.append(room.subarray(0, copied));
      done += copied;
    }
  }

  it('is used again for the next archive, and what was released shows nothing of it', async () => {
    const memory = new ArchiveMemory(1 << 20);
    const first = createStoredHold(memory, 300_000) as Hold;
    read(first, randomBytes(300_000));
    expect(memory.used).toBe(1 << 19);
    await first.release();
    const second = createStoredHold(memory, 400_000) as Hold;
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
    const [a, b] = [createStoredHold(memory, 10) as Hold, createStoredHold(memory, 10) as Hold];
    read(a, Buffer.from('aaaa'));
    read(b, Buffer.from('bbbb'));
    expect(a.room?.(4 << 20).map(({ length }) => length)).toEqual([(1 << 18) - 4]);
  });

  it('copies what it is given: its memory is used again by who gave it', async () => {
    const hold = new MemoryHold(new ArchiveMemory(1 << 20));
    const chunk = Buffer.from('a chunk');
    hold.append(chunk);
    chunk.fill('x');
    expect(String(await hold.read(0, 7))).toBe('a chunk');
  });
});

describe('P1: a sealed hold', () => {
  it('writes ciphertext alone, into a file without a name that nobody else may read', async () => {
    const spillFolder = join(folder(), 'tmp');
    const hold = new SealedHold(spillFolder);
    const bytes = Buffer.alloc(600_000, 'plaintext ');
    await fill(hold, bytes);
    await hold.read(0, 1);
    if (process.platform === 'linux') {
      const spilled = openFiles().filter((path) => path.startsWith(spillFolder));
      expect(spilled.length).toBe(1);
      expect(spilled[0]).toMatch(/ \(deleted\)$/);
      expect(openContents(spillFolder).includes('plaintext')).toBe(false);
      expect(openContents(spillFolder).length).toBeGreaterThan(500_000);
    }
    expect(readdirSync(spillFolder)).toEqual([]);
    await hold.release();
    if (process.platform === 'linux')
      expect(openFiles().filter((path) => path.startsWith(spillFolder))).toEqual([]);
    await expect(hold.read(0, 1)).rejects.toThrow('released');
  });

  it.runIf(process.platform === 'linux')('notices ciphertext that was changed', async () => {
    const spillFolder = join(folder(), 'tmp');
    const hold = new SealedHold(spillFolder);
    onCleanup(() => hold.release());
    await fill(hold, randomBytes(600_000));
    await hold.read(0, 1);
    writeFileSync(openPath(spillFolder), 'x', { flag: 'r+' });
    expect((await failure(bytesOf(hold.chunks()))).code).toBe('SPILL_FAILED');
    expect((await hold.read(300_000, 10)).length).toBe(10);
  });

  it('says so when the folder cannot be used, and leaves nothing', async () => {
    const parent = folder();
    writeFileSync(join(parent, 'file'), '');
    const hold = new SealedHold(join(parent, 'file', 'tmp'));
    const error = await failure(fill(hold, randomBytes(3_000_000)));
    expect(error.code).toBe('SPILL_FAILED');
    expect(error.hint).toContain('--memory-budget');
    await hold.release();
    expect(readdirSync(parent)).toEqual(['file']);
  });

  it('shows what came since the last read of the same block', async () => {
    const hold = new SealedHold(join(folder(), 'tmp'));
    onCleanup(() => hold.release());
    await fill(hold, Buffer.from('first'));
    expect(String(await hold.read(0, 5))).toBe('first');
    await fill(hold, Buffer.from(' second'));
    expect(String(await hold.read(3, 9))).toBe('st second');
  });

  it('refuses reads past the end', async () => {
    const hold = new SealedHold(join(folder(), 'tmp'));
    onCleanup(() => hold.release());
    await fill(hold, randomBytes(10));
    await expect(hold.read(5, 6)).rejects.toBeInstanceOf(RangeError);
    await expect(hold.read(-1, 1)).rejects.toBeInstanceOf(RangeError);
    expect((await hold.read(10, 0)).length).toBe(0);
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

function openPath(spillFolder: string): string {
  return descriptors().find(({ target }) => target.startsWith(spillFolder))?.path ?? '';
}

function openContents(spillFolder: string): Buffer {
  return readFileSync(openPath(spillFolder));
}
