import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { takeLock } from '../../../src/files/lock-file.js';
import { tempName } from '../../../src/files/temp-name.js';
import { tempDirectory } from '../../support/temp-directory.js';

const directory = tempDirectory();
afterAll(() => directory[Symbol.dispose]());

const ports = (onWait: () => void = () => undefined) => ({ onWait, pause: () => setImmediate() });
/** A process number that Linux does not give out. */
const dead = () => tempName().replace(/-\d+-/, '-4194999-');

describe('takeLock', () => {
  it('lets one in at a time, tells that it waits once, and leaves no file', async () => {
    const path = directory.join('one');
    let inside = 0;
    let most = 0;
    let told = 0;
    const one = async () => {
      const release = await takeLock(
        path,
        ports(() => {
          told += 1;
        }),
      );
      inside += 1;
      most = Math.max(most, inside);
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      inside -= 1;
      release();
    };
    await Promise.all(Array.from({ length: 8 }, one));
    expect(most).toBe(1);
    expect(told).toBe(7);
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['a dangling link', (path: string) => symlinkSync(directory.join('nowhere'), path)],
    ['a directory', (path: string) => mkdirSync(path)],
  ])('does not wait for %s', async (what, make) => {
    const path = directory.join(what.replaceAll(' ', '-'));
    make(path);
    await expect(takeLock(path, ports())).rejects.toMatchObject({ code: 'EEXIST' });
    expect(existsSync(directory.join('nowhere'))).toBe(false);
  });

  it('reads no more of a huge file than a holder writes', async () => {
    const path = directory.join('huge');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 36);
    const release = await takeLock(path, ports());
    expect(statSync(path).size).toBeLessThan(200);
    release();
  });

  it('takes the lock of a process that is gone, and one waiter alone does', async () => {
    const path = directory.join('dead');
    writeFileSync(path, dead());
    let inside = 0;
    let most = 0;
    const one = async () => {
      const release = await takeLock(path, ports());
      inside += 1;
      most = Math.max(most, inside);
      await setImmediate();
      inside -= 1;
      release();
    };
    await Promise.all(Array.from({ length: 8 }, one));
    expect(most).toBe(1);
    expect(readdirSync(directory.path).filter((name) => name.startsWith('dead'))).toEqual([]);
  });

  it('takes it though another that took it over is gone too', async () => {
    const path = directory.join('twice');
    const holder = dead();
    writeFileSync(path, holder);
    writeFileSync(`${path}.${holder}`, dead());
    (await takeLock(path, ports()))();
    expect(readdirSync(directory.path).filter((name) => name.startsWith('twice'))).toEqual([]);
  });

  it('waits for a holder on another machine until it shows nothing any more', async () => {
    const path = directory.join('far');
    writeFileSync(path, '');
    let pauses = 0;
    const release = await takeLock(path, {
      onWait: () => undefined,
      async pause() {
        pauses += 1;
        if (pauses === 50) writeFileSync(path, 'from afar');
      },
    });
    expect(pauses).toBeGreaterThan(250);
    release();
  });

  it('is given up when the wait is', async () => {
    const path = directory.join('held');
    const release = await takeLock(path, ports());
    const pause = () => Promise.reject(new Error('interrupted'));
    await expect(takeLock(path, { onWait: () => undefined, pause })).rejects.toThrow('interrupted');
    release();
  });

  it('gives back only what it has', async () => {
    const path = directory.join('stolen');
    const release = await takeLock(path, ports());
    writeFileSync(path, 'another');
    release();
    expect(readFileSync(path, 'utf8')).toBe('another');
  });
});
