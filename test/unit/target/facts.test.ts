import { describe, expect, it } from 'vitest';
import { parseMuslVersion, readLinuxBinary } from '../../../src/target/linux-binary.js';
import { type ProbeAnswer, readAnswer } from '../../../src/target/probe-answer.js';
import { probeMarker } from '../../../src/target/probe-script.js';
import { platformOf, tagsOf } from '../../../src/target/probe-tags.js';
import { elfProgram } from './elf-builder.js';

const linux = {
  executable: '/usr/bin/python3',
  version: [3, 11, 4],
  kind: 'cpython',
  bits: 64,
  sys_path: ['/usr/lib/python3.11'],
  prefix: '/usr',
  os_name: 'posix',
  sys_platform: 'linux',
  implementation_name: 'cpython',
  implementation_version: '3.11.4',
  full_version: '3.11.4',
  python_implementation: 'CPython',
  system: 'Linux',
  machine: 'x86_64',
  abiflags: '',
  glibc: 'glibc 2.36',
};

function answer(facts: Record<string, unknown>): ProbeAnswer {
  const read = readAnswer(`noise${probeMarker}${JSON.stringify({ ...linux, ...facts })}${probeMarker}\n`);
  if (read === undefined) throw new Error('the answer cannot be read');
  return read;
}

function firstTags(
  facts: Record<string, unknown>,
  binary = { musl: undefined, wheelAbi: true } as Parameters<typeof platformOf>[1],
): string[] {
  const read = answer(facts);
  return tagsOf(read, platformOf(read, binary)).slice(0, 3);
}

const windows = {
  os_name: 'nt',
  sys_platform: 'win32',
  system: 'Windows',
  machine: 'AMD64',
  abiflags: null,
  glibc: null,
  sysplat: 'win-amd64',
};
const mac = {
  sys_platform: 'darwin',
  system: 'Darwin',
  machine: 'arm64',
  glibc: null,
  mac_version: '14.2.1',
};

describe('tags of interpreters that are not on this machine', () => {
  it.each([
    ['Linux', {}, 'cp311-cp311-linux_x86_64'],
    [
      'Python 2.7, wide',
      { version: [2, 7, 18], abiflags: null, pymalloc: 1, wide_unicode: true },
      'cp27-cp27mu-linux_x86_64',
    ],
    [
      'Python 2.7, narrow',
      { version: [2, 7, 18], abiflags: null, wide_unicode: false },
      'cp27-cp27m-linux_x86_64',
    ],
    ['Python 3.6', { version: [3, 6, 1], abiflags: 'm' }, 'cp36-cp36m-linux_x86_64'],
    ['Python 3.7 without pymalloc', { version: [3, 7, 1], abiflags: '' }, 'cp37-cp37-linux_x86_64'],
    ['debug', { abiflags: 'd' }, 'cp311-cp311d-linux_x86_64'],
    ['free-threaded', { version: [3, 13, 0], abiflags: 't' }, 'cp313-cp313t-linux_x86_64'],
    ['free-threaded debug', { version: [3, 14, 0], abiflags: 'td' }, 'cp314-cp314td-linux_x86_64'],
    ['32 bits on x86_64', { bits: 32 }, 'cp311-cp311-linux_i686'],
    ['armv7l', { bits: 32, machine: 'armv7l' }, 'cp311-cp311-linux_armv7l'],
    ['32 bits on aarch64', { bits: 32, machine: 'aarch64' }, 'cp311-cp311-linux_armv8l'],
    ['riscv64', { machine: 'riscv64' }, 'cp311-cp311-linux_riscv64'],
    ['Windows', windows, 'cp311-cp311-win_amd64'],
    ['Windows, 32 bits', { ...windows, sysplat: 'win32', bits: 32 }, 'cp311-cp311-win32'],
    ['Windows on Arm', { ...windows, sysplat: 'win-arm64' }, 'cp311-cp311-win_arm64'],
    [
      'Windows, free-threaded',
      { ...windows, version: [3, 13, 1], free_threaded: true },
      'cp313-cp313t-win_amd64',
    ],
    ['Windows, debug', { ...windows, debug: true }, 'cp311-cp311d-win_amd64'],
    ['Windows, Python 3.7', { ...windows, version: [3, 7, 9] }, 'cp37-cp37m-win_amd64'],
    ['macOS on Arm', mac, 'cp311-cp311-macosx_14_0_arm64'],
    [
      'macOS on Intel',
      { ...mac, machine: 'x86_64', mac_version: '10.15.7' },
      'cp311-cp311-macosx_10_15_x86_64',
    ],
    [
      'PyPy',
      { kind: 'pypy', version: [3, 10, 14], ext_suffix: '.pypy310-pp73-x86_64-linux-gnu.so' },
      'pp310-pypy310_pp73-linux_x86_64',
    ],
    [
      'PyPy 2.7',
      { kind: 'pypy', version: [2, 7, 18], ext_suffix: '.pypy-73.so' },
      'pp27-pypy_73-linux_x86_64',
    ],
    [
      'GraalPy',
      { kind: 'graalpy', ext_suffix: '.graalpy242-311-native-x86_64-linux.so' },
      'graalpy311-graalpy242_311_native-linux_x86_64',
    ],
    [
      'FreeBSD',
      { system: 'FreeBSD', glibc: null, sysplat: 'freebsd-14.0-RELEASE-amd64' },
      'cp311-cp311-freebsd_14_0_release_amd64',
    ],
    [
      'Android',
      { system: 'Android', glibc: null, sysplat: 'android-24-arm64_v8a', mobile: [24], version: [3, 13, 0] },
      'cp313-cp313-android_24_arm64_v8a',
    ],
    [
      'iOS',
      { system: 'iOS', glibc: null, sysplat: 'arm64-iphoneos', mobile: [17, 1], version: [3, 13, 0] },
      'cp313-cp313-ios_17_1_arm64_iphoneos',
    ],
  ])('%s', (_, facts, first) => {
    expect(firstTags(facts)[0]).toBe(first);
  });

  it('has musllinux wheels where the loader is musl', () => {
    expect(firstTags({ glibc: null }, { musl: [1, 2], wheelAbi: true })).toEqual([
      'cp311-cp311-linux_x86_64',
      'cp311-cp311-musllinux_1_2_x86_64',
      'cp311-cp311-musllinux_1_1_x86_64',
    ]);
  });

  it('has plain Linux wheels alone for an ABI that no wheel is built for', () => {
    expect(firstTags({ bits: 32, machine: 'armv7l' }, { musl: undefined, wheelAbi: false })).toEqual([
      'cp311-cp311-linux_armv7l',
      'cp311-abi3-linux_armv7l',
      'cp311-none-linux_armv7l',
    ]);
  });
});

describe('the answer', () => {
  it('reads a version of a checkout as packaging does', () => {
    expect(answer({ full_version: '3.14.0a1+' }).environment.python_full_version).toBe('3.14.0a1+local');
  });

  it('drops paths that are no text', () => {
    expect(answer({ sys_path: ['/a', '/b\udcff', '', 3, '/c\0'] }).sysPath).toEqual(['/a']);
  });

  it.each([
    { version: [3] },
    { version: 'x' },
    { kind: '' },
    { prefix: null },
    { sys_path: {} },
    { full_version: 3 },
  ])('is refused with %j', (facts) => {
    expect(
      readAnswer(`${probeMarker}${JSON.stringify({ ...linux, ...facts })}${probeMarker}`),
    ).toBeUndefined();
  });
});

describe('what only the program file tells', () => {
  const none = { kind: 'failed', error: undefined } as const;
  const facts = (more: Record<string, unknown>): ProbeAnswer => answer(more);

  it('reads the version of musl from its loader', async () => {
    using program = elfProgram({ bits: 64, machine: 62, interpreter: '/lib/ld-musl-x86_64.so.1' });
    const started: string[] = [];
    const binary = await readLinuxBinary(facts({ glibc: null }), program.path, async (loader) => {
      started.push(loader);
      return {
        kind: 'ended',
        status: 1,
        stdout: '',
        stderr: 'musl libc (x86_64)\nVersion 1.2.4\nDynamic Program Loader\n',
      };
    });
    expect(started).toEqual(['/lib/ld-musl-x86_64.so.1']);
    expect(binary).toEqual({ musl: [1, 2], wheelAbi: true });
  });

  it('starts no loader that is not of musl', async () => {
    using program = elfProgram({ bits: 64, machine: 62, interpreter: '/lib64/ld-linux-x86-64.so.2' });
    const binary = await readLinuxBinary(facts({ glibc: null }), program.path, () => {
      throw new Error('started');
    });
    expect(binary.musl).toBeUndefined();
  });

  it.each([
    ['hard-float Arm', { bits: 32, machine: 40, flags: 0x5000400 }, 'armv7l', true],
    ['soft-float Arm', { bits: 32, machine: 40, flags: 0x5000200 }, 'armv7l', false],
    ['Arm on aarch64', { bits: 32, machine: 40, flags: 0x5000400 }, 'aarch64', true],
    ['i386', { bits: 32, machine: 3, flags: 0 }, 'x86_64', true],
    ['x32', { bits: 32, machine: 62, flags: 0 }, 'x86_64', false],
  ] as const)('%s', async (_, header, machine, wheelAbi) => {
    using program = elfProgram(header);
    expect(
      (await readLinuxBinary(facts({ bits: 32, machine }), program.path, async () => none)).wheelAbi,
    ).toBe(wheelAbi);
  });

  it('takes what musl prints and nothing else', () => {
    expect(parseMuslVersion('musl libc (x86_64)\nVersion 1.2.2\n')).toEqual([1, 2]);
    expect(parseMuslVersion('ld.so: error\n')).toBeUndefined();
    expect(parseMuslVersion('musl libc\n')).toBeUndefined();
  });
});
