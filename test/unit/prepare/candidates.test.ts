import { describe, expect, it } from 'vitest';
import { candidatesFor, storedCandidate } from '../../../src/prepare/candidates.js';
import type { Pin } from '../../../src/requirements/pin.js';
import { PeepError } from '../../../src/text/errors.js';
import { link, pin, settings, stored, target, unhashed } from './samples.js';

const wheel = 'useless-1.0-py3-none-any.whl';
const newer = 'useless-1.0-2-py3-none-any.whl';
const source = 'useless-1.0.tar.gz';
const foreign = 'useless-1.0-cp27-none-win32.whl';
const down = { index: 'https://index.example/simple/', error: new PeepError('HTTP_STATUS', 'status 500') };
const unasked = {
  index: 'https://index.example/simple/',
  error: new PeepError('NETWORK_OFFLINE', 'offline'),
};

function errorOf(action: () => unknown): PeepError {
  try {
    action();
  } catch (error) {
    if (error instanceof PeepError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('candidatesFor', () => {
  it.each([
    [
      'no archive of the project',
      [],
      /useless==1\.0 found at https:\/\/\*\*\*\*@index\.example\/simple\/: it has no archive of the project$/,
    ],
    [
      'other versions, the newest of them named',
      ['0.1', '0.9', '0.10', '2.0', '2.0rc1', '0.2', '0.3'].map((version) => `useless-${version}.tar.gz`),
      /: it has 2\.0, 2\.0rc1, 0\.10, 0\.9, 0\.3 and 2 older$/,
    ],
    [
      'what does not fit the target',
      [foreign],
      /^no archive of useless==1\.0 is for CPython 3\.11 on linux_x86_64: its only file is for another platform or Python$/,
    ],
  ])('%s', (_, files, message) => {
    const page = { links: files.map((file) => link(file)), failures: [] };
    const error = errorOf(() => candidatesFor(pin('useless==1.0', 1), target, settings, page));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });

  it('the archives of a lock file alone, where it names them', () => {
    const [digest] = pin('useless==1.0', 1).digests;
    const locked = {
      filename: foreign,
      url: `https://h/${foreign}`,
      size: undefined,
      digests: [digest] as const,
    };
    const page = { links: [link(wheel)], failures: [] };
    expect(
      errorOf(() => candidatesFor({ ...pin('useless==1.0', 1), links: [locked] }, target, settings, page))
        .code,
    ).toBe('NOT_FOR_TARGET');
    const empty = errorOf(() =>
      candidatesFor({ ...pin('useless==1.0', 1), links: [] }, target, settings, page),
    );
    expect(empty.message).toBe(
      'no archive of useless==1.0 found at the archives that requirements.txt names: they have no archive of the project',
    );
  });

  it('an index that failed fails the pin, unless another one offers a pinned digest', () => {
    const ask = (advertised?: number, source: Pin = pin('useless==1.0', 1)) =>
      candidatesFor(source, target, settings, {
        links: [link(wheel, advertised === undefined ? {} : { advertised })],
        failures: [down],
      });
    expect(errorOf(() => ask())).toBe(down.error);
    expect(errorOf(() => ask(2))).toBe(down.error);
    expect(errorOf(() => ask(undefined, unhashed('useless==1.0')))).toBe(down.error);
    expect(ask(1)[0].link.filename).toBe(wheel);
  });

  it('an index that --offline keeps from being asked counts only where nothing is at hand', () => {
    const ask = (links: ReturnType<typeof link>[]) =>
      candidatesFor(pin('useless==1.0', 1), target, settings, { links, failures: [unasked] });
    expect(ask([link(wheel)])[0].link.filename).toBe(wheel);
    expect(errorOf(() => ask([]))).toBe(unasked.error);
    expect(errorOf(() => ask([link(wheel, { advertised: 2 })]))).toBe(unasked.error);
  });

  it.each([
    ['https://h/useless-1.0-cp27-none-win32.whl', 'NOT_FOR_TARGET'],
    ['https://h/%00.zip', 'FILENAME_UNSAFE'],
  ])('the archive at %s: %s', (url, code) => {
    const direct: Pin = {
      ...pin('useless==1.0', 1),
      source: { kind: 'url', url, project: undefined, name: undefined },
    };
    expect(errorOf(() => candidatesFor(direct, target, settings, { links: [], failures: [] })).code).toBe(
      code,
    );
  });
});

describe('storedCandidate (contract section 5, P10)', () => {
  const choose = (source: ReturnType<typeof pin>, files: readonly (readonly [string, number])[]) =>
    storedCandidate(
      source,
      target,
      files.map(([file, digit]) => stored(file, digit)),
      settings,
      false,
    )?.entry.filename;

  it('one pinned digest, and it is stored', () => {
    expect(choose(pin('useless==1.0', 1), [[wheel, 1]])).toBe(wheel);
  });

  it('several, and not all are: the indexes are asked', () => {
    expect(choose(pin('useless==1.0', 1, 2), [[wheel, 1]])).toBeUndefined();
  });

  it('several, all stored: the one that the indexes would lead to', () => {
    const files = [
      [wheel, 1],
      [newer, 2],
      [source, 3],
    ] as const;
    for (const order of [files, [...files].reverse()]) {
      expect(choose(pin('useless==1.0', 1, 2, 3), order)).toBe(newer);
    }
  });

  it.each([
    ['another version', 'useless-2.0-py3-none-any.whl'],
    ['another project', 'useful-1.0-py3-none-any.whl'],
    ['another platform', foreign],
    ['an odd name', 'archive.zip'],
  ])('not what is stored under the name of %s', (_, file) => {
    expect(choose(pin('useless==1.0', 1), [[file, 1]])).toBeUndefined();
  });

  it('for a URL: the same file name, and one pinned digest', () => {
    const at = (url: string, ...digits: [number, ...number[]]) => ({
      ...pin('useless==1.0', ...digits),
      source: { kind: 'url', url, project: undefined, name: undefined } as const,
    });
    expect(choose(at('https://h/abc.zip', 1), [['abc.zip', 1]])).toBe('abc.zip');
    expect(choose(at('https://h/abd.zip', 1), [['abc.zip', 1]])).toBeUndefined();
    expect(choose(at('https://h/abc.zip', 1, 2), [['abc.zip', 1]])).toBeUndefined();
  });
});
