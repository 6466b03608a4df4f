import { describe, expect, it } from 'vitest';
import { cacheRoot } from '../../../src/config/cache.js';
import { parseSize, parseSpan } from '../../../src/config/size.js';

describe('parseSize', () => {
  it.each([
    ['0', 0],
    ['4096', 4096],
    ['16M', 16 << 20],
    ['128m', 128 << 20],
    ['1.5 GiB', 1.5 * 2 ** 30],
    ['2kb', 2048],
    ['1T', 2 ** 40],
    ['10B', 10],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '-1', 'M', '1.2.3', '1X', '1e3', '0x10', '9999999999999999T', '1 2', '１M'])(
    '%j is refused',
    (text) => {
      expect(() => parseSize(text)).toThrowError(
        expect.objectContaining({ code: 'SIZE_INVALID', hint: expect.any(String) }),
      );
    },
  );
});

describe('parseSpan', () => {
  it.each([
    ['30', 30 * 86_400],
    ['30d', 30 * 86_400],
    ['12h', 43_200],
    ['1.5w', 907_200],
    ['90 m', 5400],
    ['5s', 5],
  ])('%s', (text, seconds) => {
    expect(parseSpan(text)).toBe(seconds);
  });

  it.each(['', 'd', '-1d', '1y', 'soon'])('%j is refused', (text) => {
    expect(() => parseSpan(text)).toThrowError(
      expect.objectContaining({ code: 'SIZE_INVALID', hint: expect.any(String) }),
    );
  });
});

describe('cacheRoot', () => {
  it.each([
    ['linux', {}, '/home/me', '/home/me/.cache/peep'],
    ['linux', { XDG_CACHE_HOME: '/cache' }, '/home/me', '/cache/peep'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/me', '/home/me/.cache/peep'],
    ['linux', { XDG_CACHE_HOME: '' }, '/home/me', '/home/me/.cache/peep'],
    ['freebsd', {}, '/home/me', '/home/me/.cache/peep'],
    ['darwin', { XDG_CACHE_HOME: '/cache' }, '/Users/me', '/Users/me/Library/Caches/peep'],
    ['win32', { LOCALAPPDATA: 'D:\\Local' }, 'C:\\Users\\me', 'D:\\Local\\peep\\Cache'],
    ['win32', {}, 'C:\\Users\\me', 'C:\\Users\\me\\AppData\\Local\\peep\\Cache'],
  ] as const)('%s %j', (platform, env, home, expected) => {
    expect(cacheRoot({ platform, env, home })).toBe(expected);
  });
});
