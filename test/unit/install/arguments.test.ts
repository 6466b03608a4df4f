import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkLineOptions,
  passThroughArguments,
  splitInstallArguments,
} from '../../../src/install/arguments.js';
import { installOptions } from '../../../src/install/options.js';
import { parsePipVersion } from '../../../src/install/pip-version.js';
import { isPeepError, PeepError } from '../../../src/text/errors.js';
import { lineOptions } from './verified.js';

function failure(action: () => unknown): PeepError {
  try {
    action();
  } catch (error) {
    if (error instanceof PeepError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const passedOn = (argv: string[], pip = '26.2') =>
  passThroughArguments(splitInstallArguments(argv).passed, parsePipVersion(pip), '/home/me');

describe('the command line of peep install', () => {
  test('is split between peep and pip', () => {
    const args = splitInstallArguments([
      ...['-r', 'a.txt', '--requirement=b.txt', '-rc.txt', '-i', 'https://i/', '--pre'],
      ...['--target', 'lib dir', '--no-compile', '-C', 'k=v w', '--root', '-dash'],
    ]);
    expect(args.values('--requirement')).toEqual(['a.txt', 'b.txt', 'c.txt']);
    expect(args.value('--index-url')).toBe('https://i/');
    expect(args.has('--pre')).toBe(true);
    expect(args.has('--no-index')).toBe(false);
    expect(args.passed.map(({ argument }) => argument)).toEqual([
      '--target=lib dir',
      '--no-compile',
      '--config-settings=k=v w',
      '--root=-dash',
    ]);
  });

  test("gives pip absolute paths, for it runs in a directory of peep's own (P5)", () => {
    const given = ['-t', 'lib dir', '--prefix=../p', '--root', '-dash', '--log=~/pip.log', '-C', 'k=v'];
    expect(passedOn(given, '24.0')).toEqual([
      '--target=/home/me/lib dir',
      '--prefix=/home/p',
      '--root=/home/me/-dash',
      '--log=~/pip.log',
      '--config-settings=k=v',
    ]);
  });

  test('takes no line end into a value: it could begin a requirement of its own', () => {
    expect(() => splitInstallArguments(['-C', 'a=b\nevil==1.0'])).toThrow('line break');
    expect(() => splitInstallArguments(['--global-option=a\u2028b'])).toThrow('line break');
  });

  test('keeps the order of options of which the later one wins', () => {
    const { given } = splitInstallArguments(['--no-binary', 'a', '--only-binary=:all:', '--no-binary=b']);
    expect(given).toEqual([
      { name: '--no-binary', value: 'a' },
      { name: '--only-binary', value: ':all:' },
      { name: '--no-binary', value: 'b' },
    ]);
  });

  test('reads letters in a row', () => {
    const args = splitInstallArguments(['-Uqqr', 'a.txt', '-vtlib']);
    expect(args.count('--quiet')).toBe(2);
    expect(args.has('--upgrade')).toBe(true);
    expect(args.values('--requirement')).toEqual(['a.txt']);
    expect(args.passed.map(({ argument }) => argument)).toEqual(['--upgrade', '--target=lib']);
  });

  test('tells both sides of what both must know', () => {
    const args = splitInstallArguments(['--force-reinstall', '-t', 'd', '--python-version', '3.9']);
    expect(args.has('--force-reinstall')).toBe(true);
    expect(args.value('--python-version')).toBe('3.9');
    expect(args.passed.map(({ argument }) => argument)).toEqual([
      '--force-reinstall',
      '--target=d',
      '--python-version=3.9',
    ]);
  });

  test('takes what is so anyway', () => {
    const args = splitInstallArguments([
      '--no-deps',
      '--require-hashes',
      '--isolated',
      '--upgrade-strategy',
      'eager',
    ]);
    expect(args.given).toEqual([]);
    expect(args.passed).toEqual([]);
  });

  test.each([
    [['requests'], "'requests' is a requirement on the command line"],
    [['--', 'requests'], "'requests' is a requirement on the command line"],
    [['-'], "'-' is a requirement on the command line"],
    [['-e', '.'], '-e installs a directory or a checkout'],
    [['--no-require-hashes'], 'would switch hash checking off'],
    [['--install-option=x'], 'peep builds a wheel first'],
    [['--dependency-groups', 'dev'], 'pyproject.toml'],
    [['--build-constraint', 'c.txt'], '--build-requirements'],
    [['--download', 'd'], 'peep fetch --dest'],
    [['-r'], "'-r <value>' argument missing"],
    [['--pre=1'], "unknown option '--pre=1'"],
    [['--abi', 'cp39'], '--abi selects a different Python'],
    [['-Zr', 'x'], "unknown option '-Zr'"],
  ])('refuses %j', (argv, message) => {
    const error = failure(() => splitInstallArguments(argv));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(message);
  });

  test.each([
    ['--requirment', '--requirement'],
    ['--tagret', '--target'],
    ['--extra-index-ur', '--extra-index-url'],
    ['--noindex', '--no-index'],
    ['--forcereinstall', '--force-reinstall'],
  ])('knows what %s was meant to be', (written, meant) => {
    expect(failure(() => splitInstallArguments([written])).hint).toBe(`Did you mean ${meant}?`);
  });

  test('has no guess for what is like nothing', () => {
    expect(failure(() => splitInstallArguments(['--zebra-crossing'])).hint).toContain('peep help install');
  });

  test('throws nothing but errors of its own', () => {
    const names = installOptions.flatMap(({ names: all }) => [...all]);
    const word = fc.oneof(
      fc.constantFrom(...names),
      fc.string(),
      fc.string().map((text) => `-${text}`),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        try {
          splitInstallArguments(argv);
        } catch (error) {
          expect(isPeepError(error, 'USAGE')).toBe(true);
        }
      }),
    );
  });
});

describe('options of pip', () => {
  test.each([
    [['-C', 'k=v'], '23.0.1', '--config-settings needs pip 23.1 or newer; this run uses pip 23.0.1'],
    [['--break-system-packages'], '23.0', '--break-system-packages needs pip 23.0.1 or newer'],
    [['--global-option', 'x'], '26.2', 'pip 25.3 and newer have no --global-option'],
  ])('that a pip does not know are refused: %j for %s', (argv, pip, message) => {
    const error = failure(() => passedOn(argv, pip));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain(message);
  });

  test('that a pip knows go through', () => {
    expect(passedOn(['-C', 'k=v', '--break-system-packages'], '23.1')).toEqual([
      '--config-settings=k=v',
      '--break-system-packages',
    ]);
    expect(passedOn(['--global-option', 'x'], '25.2')).toEqual(['--global-option=x']);
  });

  test('on a line of a requirement need pip 23.1', () => {
    const place = { file: 'r.txt', line: 3 };
    expect(() => checkLineOptions(lineOptions('--config-settings=a=b'), [23, 1, 0], place)).not.toThrow();
    expect(() => checkLineOptions([], [19, 0, 0], place)).not.toThrow();
    const error = failure(() => checkLineOptions(lineOptions('--config-settings=a=b'), [23, 0, 1], place));
    expect(error).toMatchObject({ code: 'PIP_OPTION_UNKNOWN', place });
  });

  test('have one name each in the table', () => {
    const names = installOptions.flatMap(({ names: all }) => [...all]);
    expect(names.length).toBe(new Set(names).size);
    for (const definition of installOptions) {
      expect('why' in definition).toBe(definition.kind === 'refused');
    }
  });
});
