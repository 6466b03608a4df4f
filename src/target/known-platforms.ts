import { editDistance } from '../text/edit-distance.js';

/** The machines for which interpreters are built, by the kind of platform in a tag. */
const linuxMachines = [
  ...['x86_64', 'i686', 'aarch64', 'armv7l', 'armv6l', 'ppc64le', 'ppc64', 's390x', 'riscv64', 'loongarch64'],
  ...['i386', 'i586', 'armv8l', 'mips', 'mips64', 'mips64el'],
];
const knownMachines: Readonly<Record<string, readonly string[]>> = {
  linux: linuxMachines,
  manylinux: linuxMachines,
  musllinux: linuxMachines,
  macosx: ['x86_64', 'arm64', 'i386', 'ppc', 'ppc64'],
  ios: ['arm64_iphoneos', 'arm64_iphonesimulator', 'x86_64_iphonesimulator'],
  android: ['arm64_v8a', 'x86_64', 'armeabi_v7a', 'x86'],
};

/** True when an interpreter is built for machines of this kind and architecture. */
export function isKnownMachine(kind: string, arch: string): boolean {
  return knownMachines[kind]?.includes(arch) ?? true;
}

/** The known platform with the spelling closest to the unknown `text`. */
export function nearestPlatform(text: string): string {
  const [, prefix = '', kind = ''] = /^(([a-z]+)(?:\d*(?:_\d{1,3})*)_)/.exec(text) ?? [];
  const sameKind = (knownMachines[kind] ?? []).map((arch) => prefix + arch);
  const all = [...sameKind, 'win32', 'win_amd64', 'win_arm64', 'manylinux_2_28_x86_64', 'macosx_11_0_arm64'];
  const longer = all.find((platform) => platform.startsWith(text));
  if (longer !== undefined) return longer;
  const near = all.map((platform) => ({ platform, distance: editDistance(text.slice(0, 60), platform) }));
  return near.reduce((best, each) => (each.distance < best.distance ? each : best)).platform;
}
