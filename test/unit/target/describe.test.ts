import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeFor, describeTarget, type TargetOptions } from '../../../src/target/describe.js';
import { pipSupportedTags } from '../../../src/target/pip-tags.js';
import type { Target } from '../../../src/target/target.js';

const nothing: TargetOptions = {
  pythonVersion: undefined,
  implementation: undefined,
  abis: [],
  platforms: [],
};

function recorded(version: string): { tags: string[]; environment: Record<string, string> } {
  const all = JSON.parse(
    readFileSync(new URL('../../vectors/interpreters.json', import.meta.url), 'utf8'),
  ) as {
    executableVersion: string;
    environment: Record<string, string>;
    oracles: { tags: string[] }[];
  }[];
  const found = all.find((each) => each.executableVersion === version);
  return { tags: found?.oracles.at(-1)?.tags ?? [], environment: found?.environment ?? {} };
}

describe('--for', () => {
  it('is what packaging 26.3 says on such a machine', () => {
    const { tags, environment } = recorded('3.11.7');
    const target = describeFor('3.11.7:manylinux_2_36_x86_64');
    expect(target.tags).toEqual(tags);
    expect(target.environment).toEqual({ ...environment, platform_release: '', platform_version: '' });
    expect(target.pythonVersion).toEqual([3, 11, 7]);
    expect(target.label).toBe('3.11.7:manylinux_2_36_x86_64');
  });

  it.each([
    [
      '3.11:manylinux2014_x86_64',
      'cp311-cp311-linux_x86_64',
      'manylinux_2_17_x86_64',
      'manylinux_2_18_x86_64',
    ],
    ['3.11:manylinux1_i686', 'cp311-cp311-linux_i686', 'manylinux1_i686', 'manylinux_2_6_i686'],
    [
      '312:musllinux_1_2_aarch64',
      'cp312-cp312-linux_aarch64',
      'musllinux_1_1_aarch64',
      'musllinux_1_3_aarch64',
    ],
    [
      '3.12:macosx_14_0_arm64',
      'cp312-cp312-macosx_14_0_arm64',
      'macosx_11_0_universal2',
      'macosx_15_0_arm64',
    ],
    ['3.12:macosx_11_0_x86_64', 'cp312-cp312-macosx_11_0_x86_64', 'macosx_10_9_x86_64', 'macosx_11_0_arm64'],
    ['cp313t:macosx_14_0_arm64', 'cp313-cp313t-macosx_14_0_arm64', 'macosx_11_0_arm64', 'macosx_15_0_arm64'],
    ['3.14t:win_amd64', 'cp314-cp314t-win_amd64', 'win_amd64', 'win32'],
    ['3.8:win32', 'cp38-cp38-win32', 'win32', 'win_amd64'],
    ['3.11:WIN_ARM64', 'cp311-cp311-win_arm64', 'win_arm64', 'win_amd64'],
    [
      'pp310:manylinux_2_28_x86_64',
      'pp310-pypy310_pp73-linux_x86_64',
      'manylinux_2_17_x86_64',
      'manylinux_2_29_x86_64',
    ],
    ['pp27:win32', 'pp27-pypy_73-win32', 'win32', 'win_amd64'],
    ['2.7:manylinux1_x86_64', 'cp27-cp27mu-linux_x86_64', 'manylinux1_x86_64', 'manylinux2010_x86_64'],
    ['2.7:win_amd64', 'cp27-cp27m-win_amd64', 'win_amd64', 'win32'],
    ['3.11:linux_riscv64', 'cp311-cp311-linux_riscv64', 'linux_riscv64', 'manylinux_2_31_riscv64'],
    [
      '3.13:android_24_arm64_v8a',
      'cp313-cp313-android_24_arm64_v8a',
      'android_21_arm64_v8a',
      'android_25_arm64_v8a',
    ],
    [
      '3.13:ios_13_0_arm64_iphoneos',
      'cp313-cp313-ios_13_0_arm64_iphoneos',
      'ios_12_9_arm64_iphoneos',
      'ios_13_1_arm64_iphoneos',
    ],
  ])('%s takes older ones of its kind, and no newer', (text, first, older, newer) => {
    const { tags } = describeFor(text);
    expect(tags[0]).toBe(first);
    const platforms = new Set(tags.map((tag) => tag.split('-')[2]));
    expect(platforms).toContain(older);
    expect(platforms).not.toContain(newer);
  });

  it('any takes wheels for no machine alone', () => {
    const { tags, environment } = describeFor('3.11:any');
    expect(tags[0]).toBe('cp311-none-any');
    expect(tags.every((tag) => tag.endsWith('-none-any'))).toBe(true);
    expect(environment).toMatchObject({ sys_platform: '', platform_machine: '', python_version: '3.11' });
  });

  it.each([
    [
      '3.11:win_amd64',
      { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows', platform_machine: 'AMD64' },
    ],
    ['3.11:win32', { platform_machine: 'x86', sys_platform: 'win32' }],
    ['3.11:win_arm64', { platform_machine: 'ARM64' }],
    [
      '3.11:macosx_11_0_arm64',
      { os_name: 'posix', sys_platform: 'darwin', platform_system: 'Darwin', platform_machine: 'arm64' },
    ],
    [
      '3.11:musllinux_1_2_aarch64',
      { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux', platform_machine: 'aarch64' },
    ],
    [
      '2.7:manylinux1_x86_64',
      {
        sys_platform: 'linux2',
        implementation_name: '',
        implementation_version: '0',
        python_full_version: '2.7.0',
      },
    ],
    [
      'pp310:win_amd64',
      {
        implementation_name: 'pypy',
        platform_python_implementation: 'PyPy',
        implementation_version: '',
        python_version: '3.10',
      },
    ],
    [
      'cp313t:win_amd64',
      { implementation_name: 'cpython', implementation_version: '3.13.0', python_version: '3.13' },
    ],
    [
      '3.13:android_24_arm64_v8a',
      { sys_platform: 'android', platform_system: 'Android', platform_machine: 'aarch64' },
    ],
    ['3.13:ios_13_0_arm64_iphoneos', { sys_platform: 'ios', platform_system: 'iOS', platform_machine: '' }],
  ])('%s drives the markers', (text, markers) => {
    expect(describeFor(text).environment).toMatchObject({
      ...markers,
      platform_release: '',
      platform_version: '',
    });
  });

  it.each([
    '',
    '3.11',
    ':win_amd64',
    '3.11:',
    '3:win_amd64',
    'cp:win_amd64',
    'jy27:win_amd64',
    '3.12t:win_amd64',
    'pp310t:win_amd64',
    '3.11:macosx_12_0_universal2',
    '3.11:macosx_10_3_x86_64',
    '3.11:manylinux_2_28',
    '3.11:manylinux_2_4_x86_64',
    '3.11:manylinux_9_9_x86_64',
    '3.11:manylinux_2_99999_x86_64',
    '3.11:ios_9_0_arm64_iphoneos',
    '3.11:win_mips',
    '3.11:plan9',
    '3.x:any',
    '3.11:a b',
  ])('%j is refused with a way out', (text) => {
    expect(() => describeFor(text)).toThrowError(
      expect.objectContaining({ code: 'TARGET_INVALID', hint: expect.stringMatching(/such as/) }),
    );
  });
});

describe("pip's options", () => {
  const base = describeFor('3.10.4:manylinux_2_31_x86_64');

  it('give the tags that pip gives, each once', () => {
    const target = describeTarget(
      {
        ...nothing,
        pythonVersion: '3.11',
        platforms: ['manylinux2014_x86_64'],
        implementation: 'cp',
        abis: ['cp311'],
      },
      undefined,
    );
    const expected = pipSupportedTags({
      version: '311',
      platforms: ['manylinux2014_x86_64'],
      implementation: 'cp',
      abis: ['cp311'],
    });
    expect(target.tags).toEqual([...new Set(expected)]);
    // A platform means itself: no plain linux, no manylinux_2_17.
    expect(target.tags.some((tag) => /-(?:linux|manylinux_2)_/.test(tag))).toBe(false);
    expect(target.environment).toMatchObject({
      sys_platform: 'linux',
      platform_machine: 'x86_64',
      python_version: '3.11',
    });
  });

  it('take what is not named from the Python that is there', () => {
    const version = describeTarget({ ...nothing, pythonVersion: '3.12' }, base);
    expect(version.tags[0]).toBe('cp312-cp312-linux_x86_64');
    expect(version.environment).toMatchObject({ python_full_version: '3.12.0', platform_system: 'Linux' });
    const platform = describeTarget({ ...nothing, platforms: ['win_amd64'] }, base);
    expect(platform.tags[0]).toBe('cp310-cp310-win_amd64');
    expect(platform.pythonVersion).toEqual([3, 10, 4]);
    expect(platform.environment).toMatchObject({ python_full_version: '3.10.4', platform_system: 'Windows' });
  });

  it('read versions as pip does', () => {
    const version = (pythonVersion: string): Target => describeTarget({ ...nothing, pythonVersion }, base);
    expect(version('3').tags[0]).toBe('cp3-none-linux_x86_64');
    expect(version('3').pythonVersion).toEqual([3, 0, 0]);
    expect(version('37').pythonVersion).toEqual([3, 7, 0]);
    expect(version('3.7.3').pythonVersion).toEqual([3, 7, 3]);
  });

  it('let the first platform that is known decide the markers', () => {
    const target = describeTarget(
      { ...nothing, pythonVersion: '3.11', platforms: ['plan9', 'win_amd64', 'linux_x86_64'] },
      undefined,
    );
    expect(target.environment.sys_platform).toBe('win32');
    expect(target.tags).toContain('cp311-cp311-plan9');
    expect(
      describeTarget({ ...nothing, pythonVersion: '3.11', platforms: ['any'] }, undefined).environment
        .sys_platform,
    ).toBe('');
  });

  it.each([
    [{ ...nothing, platforms: ['win_amd64'] }, '--python-version'],
    [{ ...nothing, pythonVersion: '3.11' }, '--platform'],
    [{ ...nothing, pythonVersion: '3.11.1.1', platforms: ['any'] }, '3.11.1.1'],
    [{ ...nothing, pythonVersion: '0', platforms: ['any'] }, "'0'"],
    [{ ...nothing, pythonVersion: '3.11', platforms: ['a-b'] }, 'a-b'],
    [
      { ...nothing, pythonVersion: '3.11', platforms: ['macosx_999999999_0_arm64'] },
      'macosx_999999999_0_arm64',
    ],
    [{ ...nothing, pythonVersion: '3.11', platforms: ['any'], abis: [''] }, "''"],
    [{ ...nothing, pythonVersion: '3.11', platforms: ['any'], implementation: 'c p' }, 'c p'],
  ])('%j is refused', (options, named) => {
    expect(() => describeTarget(options, undefined)).toThrowError(
      expect.objectContaining({
        code: 'TARGET_INVALID',
        message: expect.stringContaining(named),
        hint: expect.any(String),
      }),
    );
  });
});
