import type { MarkerEnvironment } from '../packaging/types.js';
import { manylinuxVersions, type PlatformFacts, type VersionPair } from './platforms.js';

/** The marker variables that a platform decides. */
export type PlatformMarkers = Pick<
  MarkerEnvironment,
  'os_name' | 'platform_machine' | 'platform_system' | 'sys_platform'
>;

export const unknownPlatform: PlatformMarkers = {
  os_name: '',
  platform_machine: '',
  platform_system: '',
  sys_platform: '',
};

/**
 * Parses a platform tag as a machine: `manylinux_2_28_x86_64` is a Linux with glibc 2.28. Undefined if it names
 * none, or one for which no interpreter is built.
 */
export function readPlatform(tag: string): PlatformFacts | undefined {
  const words =
    /^(?:(manylinux|musllinux|macosx|ios)_(\d{1,3})_(\d{1,3})|android_(\d{1,3})|(linux|win)|(manylinux(?:1|2010|2014)))_(\w+)$/.exec(
      tag,
    );
  if (tag === 'win32') return { kind: 'windows', arch: 'x86' };
  if (words === null) return undefined;
  const [, versioned, major, minor, apiLevel, plain, legacy, arch = ''] = words;
  const version: VersionPair = [Number(major), Number(minor)];
  if (legacy !== undefined) return manylinux(legacyGlibc[legacy] ?? [0, 0], arch);
  if (apiLevel !== undefined) return { kind: 'android', arch, version: [Number(apiLevel)] };
  if (plain === 'linux') return { kind: 'linux', arch };
  if (plain === 'win') return arch === 'amd64' || arch === 'arm64' ? { kind: 'windows', arch } : undefined;
  switch (versioned) {
    case 'manylinux':
      return manylinux(version, arch);
    case 'musllinux':
      return { kind: 'musllinux', arch, musl: version };
    case 'macosx':
      return { kind: 'macosx', arch, version };
    default:
      return { kind: 'ios', arch, version };
  }
}

/** The marker variables of a machine; variables that a platform tag does not determine are empty. */
export function platformMarkers(facts: PlatformFacts): PlatformMarkers {
  switch (facts.kind) {
    case 'manylinux':
    case 'musllinux':
    case 'linux':
      return {
        os_name: 'posix',
        sys_platform: 'linux',
        platform_system: 'Linux',
        platform_machine: facts.arch,
      };
    case 'macosx':
      return {
        os_name: 'posix',
        sys_platform: 'darwin',
        platform_system: 'Darwin',
        // `universal2` and similar formats contain code for several machines.
        platform_machine: /^(?:arm64|x86_64|i386|ppc|ppc64)$/.test(facts.arch) ? facts.arch : '',
      };
    case 'windows':
      return {
        os_name: 'nt',
        sys_platform: 'win32',
        platform_system: 'Windows',
        platform_machine: facts.arch === 'x86' ? 'x86' : facts.arch.toUpperCase(),
      };
    case 'ios':
      return { os_name: 'posix', sys_platform: 'ios', platform_system: 'iOS', platform_machine: '' };
    case 'android':
      return {
        os_name: 'posix',
        sys_platform: 'android',
        platform_system: 'Android',
        platform_machine: androidMachines[facts.arch] ?? '',
      };
    case 'other':
      return unknownPlatform;
  }
}

const legacyGlibc: Readonly<Record<string, VersionPair>> = {
  manylinux1: [2, 5],
  manylinux2010: [2, 12],
  manylinux2014: [2, 17],
};

const androidMachines: Readonly<Record<string, string>> = {
  arm64_v8a: 'aarch64',
  armeabi_v7a: 'armv7l',
  x86_64: 'x86_64',
  x86: 'i686',
};

function manylinux(glibc: VersionPair, arch: string): PlatformFacts | undefined {
  return glibc[0] === 2 && manylinuxVersions(glibc, arch).length > 0
    ? { kind: 'manylinux', arch, glibc }
    : undefined;
}
