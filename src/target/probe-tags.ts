import { type PlatformFacts, platformTags, type VersionPair } from './platforms.js';
import type { ProbeAnswer } from './probe-answer.js';
import { type CpythonBuild, defaultAbis, supportedTags, type TagFacts } from './tags.js';

/** Facts about a Linux that only the interpreter's file has. */
export interface LinuxBinaryFacts {
  readonly musl: VersionPair | undefined;
  /** False if the program does not have the ABI of 32-bit wheels. */
  readonly wheelAbi: boolean;
}

/** The platform of a probed interpreter. */
export function platformOf(answer: ProbeAnswer, linux: LinuxBinaryFacts | undefined): PlatformFacts {
  const { bits, environment } = answer;
  const arch = environment.platform_machine;
  switch (environment.platform_system) {
    case 'Linux': {
      if (linux?.wheelAbi === false) return { kind: 'linux', arch, bits };
      if (answer.glibc !== undefined)
        return { kind: 'manylinux', arch, bits, glibc: answer.glibc, declined: answer.declined };
      if (linux?.musl !== undefined) return { kind: 'musllinux', arch, bits, musl: linux.musl };
      return { kind: 'linux', arch, bits };
    }
    case 'Darwin':
      return { kind: 'macosx', arch, bits, version: answer.macVersion ?? [0, 0] };
    case 'iOS':
      return { kind: 'ios', arch: answer.sysplat ?? arch, version: pair(answer.mobile) };
    case 'Android':
      return {
        kind: 'android',
        arch: answer.sysplat?.split('-').at(-1) ?? arch,
        version: [answer.mobile?.[0] ?? 0],
      };
    default:
      return { kind: 'other', sysplat: answer.sysplat ?? `${environment.sys_platform}-${arch}` };
  }
}

/**
 * The tags of a probed interpreter, best first, in the order of the newest packaging, whatever pip the target has.
 */
export function tagsOf(answer: ProbeAnswer, platform: PlatformFacts): string[] {
  return supportedTags({ ...interpreterOf(answer), platforms: platformTags(platform) });
}

function interpreterOf(answer: ProbeAnswer): Omit<TagFacts, 'platforms'> {
  const { kind, version } = answer;
  const pythonVersion = [version[0], version[1]] as const;
  const abis = kind === 'cpython' ? defaultAbis(pythonVersion, buildOf(answer)) : genericAbis(answer);
  return { implementation: shortNames.get(kind) ?? kind, pythonVersion, abis };
}

const shortNames: ReadonlyMap<string, string> = new Map([
  ['cpython', 'cp'],
  ['pypy', 'pp'],
  ['ironpython', 'ip'],
  ['jython', 'jy'],
]);

function buildOf({ abiflags, debug, freeThreaded, pymalloc, wideUnicode }: ProbeAnswer): CpythonBuild {
  // If a Python has abiflags, its extension modules are named by them.
  if (abiflags !== undefined) {
    return {
      debug: abiflags.includes('d'),
      freeThreaded: freeThreaded || abiflags.includes('t'),
      pymalloc: abiflags.includes('m'),
    };
  }
  return { debug, freeThreaded, wideUnicode, ...(pymalloc === undefined ? {} : { pymalloc }) };
}

/** The ABI of another implementation, from the suffix of its extension modules: `.pypy310-pp73-x86_64-linux-gnu.so`. */
export function genericAbis({ extSuffix }: Pick<ProbeAnswer, 'extSuffix'>): string[] {
  const parts = (extSuffix ?? '').split('.');
  const soabi = parts.length < 3 ? '' : (parts[1] ?? '');
  if (soabi === '') return [];
  const words = soabi.split('-');
  const kept = soabi.startsWith('pypy')
    ? words.slice(0, 2)
    : soabi.startsWith('graalpy')
      ? words.slice(0, 3)
      : words;
  return [kept.join('_').replace(/[. ]/g, '_')];
}

function pair(numbers: readonly number[] | undefined): VersionPair {
  return [numbers?.[0] ?? 0, numbers?.[1] ?? 0];
}
