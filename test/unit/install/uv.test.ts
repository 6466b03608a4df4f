import { describe, expect, test } from 'vitest';
import type { Sha256 } from '../../../src/hash/digest.js';
import { splitInstallArguments } from '../../../src/install/arguments.js';
import { installerName } from '../../../src/install/choose-installer.js';
import type { NameSpecifier } from '../../../src/install/name-specifier.js';
import { type UvPlan, uvEnvironment, uvHandOver } from '../../../src/install/uv-handover.js';
import { uvArguments } from '../../../src/install/uv-options.js';
import type { ProjectName } from '../../../src/packaging/types.js';

const sha256 = 'ab'.repeat(32) as Sha256;
const wheel = { path: '/s/archives/x-1.0-py3-none-any.whl', sha256, name: 'x' as ProjectName };
const specifier = '==1.0' as NameSpecifier;

function handOver(changes: Partial<UvPlan> = {}) {
  return uvHandOver({
    python: '/v/bin/python',
    archives: [{ ...wheel, specifier }],
    findLinks: '/s/archives',
    requirementsFile: '/s/requirements.txt',
    passThrough: [],
    reinstall: false,
    verbosity: 0,
    color: true,
    cacheDir: '/s/cache',
    links: true,
    platform: 'linux',
    env: {},
    ...changes,
  });
}

describe('the hand-over to uv', () => {
  test('shuts uv in (P5)', () => {
    const { argv, requirementsText } = handOver({ passThrough: ['--target=/my lib'], color: false });
    expect(argv).toEqual([
      ...['pip', 'install', '--no-index', '--no-deps', '--require-hashes', '--no-config', '--offline'],
      ...['--no-build', '--no-progress', '--cache-dir', '/s/cache', '--link-mode', 'hardlink'],
      ...['--prerelease', 'allow', '--python', '/v/bin/python', '--find-links', '/s/archives'],
      ...['--color', 'never', '--target=/my lib', '-r', '/s/requirements.txt'],
    ]);
    expect(requirementsText).toBe(`x==1.0 --hash=sha256:${sha256}\n`);
  });

  test.each([
    [{ reinstall: true }, '--reinstall'],
    [{ links: false }, 'copy'],
    [{ verbosity: -2 }, '-qq'],
    [{ verbosity: 1 }, '-v'],
  ])('%j gives %s', (changes, option) => {
    expect(handOver(changes).argv).toContain(option);
    expect(handOver().argv).not.toContain(option);
  });

  test('names the version of the file, whose digests uv looks for', () => {
    const path = '/s/archives/x-1.0+cpu-py3-none-any.whl';
    const { requirementsText } = handOver({ archives: [{ ...wheel, path, specifier }] });
    expect(requirementsText).toBe(`x==1.0+cpu --hash=sha256:${sha256}\n`);
  });

  test('names the file where its name is no standard one', () => {
    const { requirementsText } = handOver({ archives: [{ ...wheel, specifier: undefined }] });
    expect(requirementsText).toBe(`x @ file:///s/archives/x-1.0-py3-none-any.whl --hash=sha256:${sha256}\n`);
  });

  test('leaves out what steers uv or Python', () => {
    const inherited = { UV_INDEX: 'a', Uv_Cache_Dir: 'b', PYTHONPATH: 'c', PATH: '/bin', HOME: '/h' };
    expect(uvEnvironment(inherited)).toEqual({ PATH: '/bin', HOME: '/h', UV_PYTHON_DOWNLOADS: 'never' });
  });
});

describe('options of pip', () => {
  const context = { cwd: '/home/me', home: '/home/me', platform: 'linux' } as const;
  const given = (argv: string[]) => uvArguments(splitInstallArguments(argv).passed, context);

  test.each([
    [
      ['-t', 'lib dir', '--prefix=~/p'],
      ['--target=/home/me/lib dir', '--prefix=/home/me/p'],
    ],
    [
      ['--compile', '--force-reinstall'],
      ['--compile-bytecode', '--reinstall'],
    ],
    [['--break-system-packages'], ['--break-system-packages']],
    [['-U', '--no-compile', '-C', 'a=b', '--no-warn-script-location'], []],
  ])('%j become %j', (argv, expected) => {
    expect(given(argv)).toEqual(expected);
  });

  test.each([
    ['--user'],
    ['--root=/r'],
    ['--require-virtualenv'],
    ['--log=l'],
    ['--ignore-installed'],
    ['--ignore-requires-python'],
  ])('%s is refused', (option) => {
    expect(() => given([option])).toThrow(`uv has no ${option.replace(/=.*/, '')}`);
  });
});

describe('which installer', () => {
  test.each([
    [undefined, undefined, 'pip'],
    [undefined, '', 'pip'],
    [undefined, 'uv', 'uv'],
    ['pip', 'uv', 'pip'],
    ['uv', undefined, 'uv'],
  ])('--installer %s, PEEP_INSTALLER=%s: %s', (option, variable, name) => {
    expect(installerName(option, variable)).toBe(name);
  });

  test('is pip or uv', () => {
    expect(() => installerName('poetry', undefined)).toThrow("--installer 'poetry' is neither pip nor uv");
    expect(() => installerName(undefined, 'UV')).toThrow("PEEP_INSTALLER 'UV' is neither pip nor uv");
  });
});
