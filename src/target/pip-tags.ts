import { androidPlatforms, iosPlatforms, macPlatforms } from './platforms.js';
import { compatibleTags, cpythonTags, defaultAbis, genericTags, type TagVersion } from './tags.js';

/** The options of `pip download` that describe a target. */
export interface PipTargetOptions {
  /** Digits of the version: `311`, `27`, or `3`. */
  readonly version: string;
  /** As written; expanded as in pip. */
  readonly platforms: readonly string[];
  /** `cp`, `pp`, `py`, … */
  readonly implementation: string;
  /** Null or empty for the ABI of a release build. */
  readonly abis?: readonly string[] | null;
}

/**
 * The tags of a described target, as pip 26.2 computes them for `--python-version`, `--platform`,
 * `--implementation` and `--abi`: best first, with duplicates. A platform stands for itself and, as in pip, for
 * older macOS, iOS and Android versions, and for the older names of `manylinux2014` and `manylinux2010`.
 */
export function pipSupportedTags(options: PipTargetOptions): string[] {
  const version = versionOfDigits(options.version);
  const { implementation } = options;
  const platforms = expandPlatforms(options.platforms);
  const interpreter = `${implementation}${options.version}`;
  const given = options.abis ?? [];
  if (implementation === 'cp') {
    const abis = given.length > 0 || version[1] === undefined ? given : defaultAbis(version);
    return [...cpythonTags(version, abis, platforms), ...compatibleTags(version, interpreter, platforms)];
  }
  return [...genericTags(interpreter, given, platforms), ...compatibleTags(version, interpreter, platforms)];
}

/** pip's reading of version digits: the first is the major version, the others are the minor one. */
export function versionOfDigits(digits: string): TagVersion {
  return digits.length > 1 ? [Number(digits.slice(0, 1)), Number(digits.slice(1))] : [Number(digits)];
}

/** Each platform with the ones that pip adds for it; one that was already added is not expanded again. */
export function expandPlatforms(given: readonly string[]): string[] {
  const seen = new Set<string>();
  for (const platform of given) {
    if (seen.has(platform)) continue;
    for (const each of pipPlatforms(platform)) seen.add(each);
  }
  return [...seen];
}

function pipPlatforms(platform: string): string[] {
  const apple = /^(macosx|ios)(.*)_(\d+)_(\d+)_(.+)$/.exec(platform);
  if (apple !== null) {
    const [, system, custom = '', major, minor, arch = ''] = apple;
    const version = [Number(major), Number(minor)] as const;
    const names = system === 'ios' ? iosPlatforms(version, arch) : macPlatforms(version, arch).map(fat32);
    // pip only looks at the prefix, so a distributor's `macosxcustom_…` keeps its own name.
    return custom === '' ? names : names.map((name) => name.replace(/^[a-z]+/, `${system}${custom}`));
  }
  const android = /^android_(\d+)_(.+)$/.exec(platform);
  if (android !== null) return androidPlatforms(Number(android[1]), android[2] ?? '');
  const manylinux = /^(manylinux20(?:14|10))(?:_(.*))?$/.exec(platform);
  if (manylinux === null) return [platform];
  const [, kind, arch] = manylinux;
  const suffix = arch === undefined ? '' : `_${arch}`;
  if (kind === 'manylinux2010') return [platform, `manylinux1${suffix}`];
  // PEP 599: manylinux2014 includes the two older ones, if they exist for the architecture.
  if (arch !== 'x86_64' && arch !== 'i686') return [platform];
  return [platform, `manylinux2010${suffix}`, `manylinux1${suffix}`];
}

/** The packaging in pip 26.2 still has an older name for the 32-bit universal format. */
function fat32(platform: string): string {
  return platform.replace(/_fat3$/, '_fat32');
}
