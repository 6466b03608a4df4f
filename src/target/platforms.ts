/** Two numbers of a version: of glibc, musl, macOS or iOS. */
export type VersionPair = readonly [major: number, minor: number];

interface LinuxFacts {
  /** As reported by `uname -m`: `x86_64`, `aarch64`, `armv7l`, … */
  readonly arch: string;
  /** 32 for a 32-bit interpreter, which may run on a 64-bit kernel. */
  readonly bits?: 32 | 64;
}

/** The facts that decide the platform tags of an interpreter. */
export type PlatformFacts =
  | (LinuxFacts & {
      readonly kind: 'manylinux';
      readonly glibc: VersionPair;
      /** False for a soft-float interpreter on 32-bit Arm. */
      readonly hardfloat?: boolean;
      /** PEP 600: glibc versions whose wheels the distributor's `_manylinux` module rejects. */
      readonly declined?: readonly VersionPair[];
    })
  | (LinuxFacts & { readonly kind: 'musllinux'; readonly musl: VersionPair })
  /** Linux with an unknown libc. */
  | (LinuxFacts & { readonly kind: 'linux' })
  | { readonly kind: 'macosx'; readonly arch: string; readonly version: VersionPair; readonly bits?: 32 | 64 }
  | { readonly kind: 'windows'; readonly arch: string }
  | { readonly kind: 'ios'; readonly arch: string; readonly version: VersionPair }
  | { readonly kind: 'android'; readonly arch: string; readonly version: readonly [apiLevel: number] }
  /** Any other system: the result of `sysconfig.get_platform()`. */
  | { readonly kind: 'other'; readonly sysplat: string };

/**
 * The platform tags of an interpreter, best first, in the order of packaging 26.3: plain `linux_*` before
 * `manylinux*` and `musllinux*`. Sources: PEP 425, 513, 571, 599, 600, 656, 730, 738.
 */
export function platformTags(facts: PlatformFacts): string[] {
  switch (facts.kind) {
    case 'manylinux': {
      const archs = linuxArchs(facts);
      return [...plainLinux(archs), ...manylinuxPlatforms(archs, facts)];
    }
    case 'musllinux': {
      const archs = linuxArchs(facts);
      return [...plainLinux(archs), ...archs.flatMap((arch) => musllinuxPlatforms(arch, facts.musl))];
    }
    case 'linux':
      return plainLinux(linuxArchs(facts));
    case 'macosx':
      return macPlatforms(facts.version, facts.bits === 32 ? mac32(facts.arch) : facts.arch);
    case 'windows':
      return [facts.arch === 'x86' ? 'win32' : `win_${normalized(facts.arch)}`];
    case 'ios':
      return iosPlatforms(facts.version, facts.arch);
    case 'android':
      return androidPlatforms(facts.version[0], facts.arch);
    case 'other':
      return [normalized(facts.sysplat)];
  }
}

/** PEP 600 platforms of one architecture, from `glibc` down, with the older names in their places. */
export function manylinuxVersions(glibc: VersionPair, arch: string): VersionPair[] {
  const oldest = oldestGlibc(arch);
  const versions: VersionPair[] = [];
  for (let major = glibc[0]; major >= 2; major--) {
    const newestMinor = major === glibc[0] ? glibc[1] : lastGlibcMinor;
    const oldestMinor = major === oldest[0] ? oldest[1] : 0;
    for (let minor = newestMinor; minor >= oldestMinor; minor--) versions.push([major, minor]);
  }
  return versions;
}

/** The names of one manylinux version: `manylinux_2_17_ARCH`, and `manylinux2014_ARCH` for some. */
export function manylinuxNames([major, minor]: VersionPair, arch: string): string[] {
  const legacy = legacyManylinux.get(`${major}.${minor}`);
  const name = `manylinux_${major}_${minor}_${arch}`;
  return legacy === undefined ? [name] : [name, `${legacy}_${arch}`];
}

/** PEP 656: wheels for the same major version and older minors. */
export function musllinuxPlatforms(arch: string, [major, minor]: VersionPair): string[] {
  return countdown(minor, 0).map((older) => `musllinux_${major}_${older}_${arch}`);
}

/** macOS platforms from `version` down, each with the binary formats that contain code for `arch`. */
export function macPlatforms(version: VersionPair, arch: string): string[] {
  const [major, minor] = version;
  const platforms: string[] = [];
  const add = (compatible: VersionPair, formats: readonly string[]): void => {
    for (const format of formats) platforms.push(`macosx_${compatible[0]}_${compatible[1]}_${format}`);
  };
  if (major === 10) {
    for (const older of countdown(minor, 0)) add([10, older], macBinaryFormats([10, older], arch));
    return platforms;
  }
  if (major < 11) return platforms;
  // From macOS 11 on, the major version counts; 10.16 is the name of 11 in older builds.
  for (const older of countdown(major, 11)) add([older, 0], macBinaryFormats([older, 0], arch));
  for (const older of countdown(16, 4)) {
    // The Intel half of a universal2 wheel may support versions before the first Arm macOS.
    add([10, older], arch === 'x86_64' ? macBinaryFormats([10, older], arch) : ['universal2']);
  }
  return platforms;
}

/** PEP 730: every minor up to 9 of earlier majors; 12 is the oldest iOS that runs CPython. */
export function iosPlatforms([major, minor]: VersionPair, arch: string): string[] {
  if (major < 12) return [];
  const multiarch = arch.replaceAll('-', '_');
  const own = countdown(minor, 0).map((older) => `ios_${major}_${older}_${multiarch}`);
  const older = countdown(major - 1, 12).flatMap((before) =>
    countdown(9, 0).map((any) => `ios_${before}_${any}_${multiarch}`),
  );
  return [...own, ...older];
}

/** PEP 738: API level 16 is the oldest that runs CPython. */
export function androidPlatforms(apiLevel: number, arch: string): string[] {
  return countdown(apiLevel, 16).map((level) => `android_${level}_${normalized(arch)}`);
}

/** Replaces dots, dashes and spaces of a platform text with `_`, as in tags. */
export function normalized(text: string): string {
  return text.replace(/[.\- ]/g, '_');
}

/** If glibc ever has a major version 3, assume this many minors of version 2. */
const lastGlibcMinor = 50;

const legacyManylinux: ReadonlyMap<string, string> = new Map([
  ['2.17', 'manylinux2014'],
  ['2.12', 'manylinux2010'],
  ['2.5', 'manylinux1'],
]);

const manylinuxArchs: ReadonlySet<string> = new Set([
  'x86_64',
  'i686',
  'aarch64',
  'armv7l',
  'ppc64',
  'ppc64le',
  's390x',
  'loongarch64',
  'riscv64',
]);

/** Wheels for Intel support CentOS 5 and newer, those for other machines CentOS 7 and newer. */
function oldestGlibc(arch: string): VersionPair {
  return arch === 'x86_64' || arch === 'i686' ? [2, 5] : [2, 17];
}

/** The machine name of a 32-bit interpreter on a 64-bit kernel; Armv8 in 32-bit mode runs Armv7 code. */
function linuxArchs({ arch, bits }: LinuxFacts): string[] {
  const own = bits === 32 ? (narrow.get(arch) ?? arch) : arch;
  return own === 'armv8l' ? ['armv8l', 'armv7l'] : [normalized(own)];
}

const narrow: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'i686'],
  ['aarch64', 'armv8l'],
]);

function plainLinux(archs: readonly string[]): string[] {
  return archs.map((arch) => `linux_${arch}`);
}

function manylinuxPlatforms(
  archs: readonly string[],
  { glibc, hardfloat, declined = [] }: Extract<PlatformFacts, { kind: 'manylinux' }>,
): string[] {
  if (!archs.some((arch) => manylinuxArchs.has(arch))) return [];
  // PEP 599: 32-bit Arm wheels need the hard-float ABI.
  if (archs.includes('armv7l') && hardfloat === false) return [];
  return archs.flatMap((arch) =>
    manylinuxVersions(glibc, arch)
      .filter(([major, minor]) => !declined.some((pair) => pair[0] === major && pair[1] === minor))
      .flatMap((version) => manylinuxNames(version, arch)),
  );
}

function mac32(arch: string): string {
  return arch.startsWith('ppc') ? 'ppc' : 'i386';
}

function macBinaryFormats(version: VersionPair, arch: string): string[] {
  const [, minor] = version;
  const old = version[0] === 10;
  switch (arch) {
    case 'x86_64':
      if (old && minor < 4) return [];
      return ['x86_64', 'intel', 'fat64', 'fat3', 'universal2', 'universal'];
    case 'i386':
      if (old && minor < 4) return [];
      return ['i386', 'intel', 'fat3', 'fat', 'universal'];
    case 'ppc64':
      return old && minor >= 4 && minor <= 5 ? ['ppc64', 'fat64', 'universal'] : [];
    case 'ppc':
      return old && minor <= 6 ? ['ppc', 'fat3', 'fat', 'universal'] : [];
    case 'arm64':
      return ['arm64', 'universal2'];
    case 'intel':
      return ['intel', 'universal'];
    default:
      return [arch];
  }
}

/** `from`, `from` - 1, … `to`. */
function countdown(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, from - to + 1) }, (_, i) => from - i);
}
