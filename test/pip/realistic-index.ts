import type { FileSpec } from '../mock-index/scenario.js';
import { sdist } from '../mock-index/sdist.js';
import { wheel } from '../mock-index/wheel.js';

/** A project as indexes have them, and the versions that are pinned of it, as written behind `==`. */
export interface RealisticProject {
  readonly name: string;
  readonly pinned: readonly string[];
  readonly files: readonly FileSpec[];
}

/** Projects with what is found on the public index: dozens of files a release. The same files at each call. */
export function realisticProjects(): readonly RealisticProject[] {
  return [
    arrays(),
    secretThings(),
    everywhere(),
    pure(),
    rebuilt(),
    localVersions(),
    source(),
    yanked(),
    guarded(),
  ];
}

const manylinux = (arch: string) => `manylinux_2_17_${arch}.manylinux2014_${arch}`;
const oldLinux = (arch: string) =>
  `manylinux_2_5_${arch}.manylinux1_${arch}.manylinux_2_12_${arch}.manylinux2010_${arch}`;
const windows = ['win32', 'win_amd64', 'win_arm64'];
const servers = ['ppc64le', 's390x', 'riscv64', 'armv7l'];

type Facts = Partial<FileSpec>;

/** One wheel for each pair of `pythons` (`cp39-cp39`) and platforms. */
function wheels(
  name: string,
  version: string,
  pythons: readonly string[],
  platforms: readonly string[],
  facts: Facts = {},
): FileSpec[] {
  return pythons.flatMap((python) =>
    platforms.map((platform) => oneWheel(name, version, `${python}-${platform}`, facts)),
  );
}

function oneWheel(
  name: string,
  version: string,
  tag: string,
  { build, ...facts }: Facts & { readonly build?: string } = {},
): FileSpec {
  return { ...wheel({ name, version, tag, files: {}, ...(build !== undefined && { build }) }), ...facts };
}

function oneSdist(name: string, version: string, filename?: string, facts: Facts = {}): FileSpec {
  const format = filename?.endsWith('.zip') ? 'zip' : 'tar.gz';
  return { ...sdist({ name, version, format, ...(filename !== undefined && { filename }) }), ...facts };
}

/** `cp39-cp39` … with the ABI's `m` of old ones. */
function cpython(...minors: readonly (number | `${number}t`)[]): string[] {
  return minors.map((minor) => {
    const flags = typeof minor === 'number' && minor < 8 ? 'm' : '';
    return `cp3${String(minor).replace('t', '')}-cp3${minor}${flags}`;
  });
}

/** Wheels for each CPython, as numerical packages have them. */
function arrays(): RealisticProject {
  const name = 'arrays';
  const now = [
    'macosx_10_13_x86_64',
    'macosx_11_0_arm64',
    'macosx_14_0_arm64',
    'macosx_14_0_x86_64',
    'manylinux_2_27_x86_64.manylinux_2_28_x86_64',
    'manylinux_2_27_aarch64.manylinux_2_28_aarch64',
    'musllinux_1_2_x86_64',
    'musllinux_1_2_aarch64',
    ...windows,
  ];
  const before = [
    'macosx_10_9_x86_64',
    'macosx_11_0_arm64',
    ...['x86_64', 'aarch64', 's390x'].map(manylinux),
    'musllinux_1_1_x86_64',
    'win32',
    'win_amd64',
  ];
  const long = [
    'macosx_10_6_intel.macosx_10_9_intel.macosx_10_9_x86_64.macosx_10_10_intel.macosx_10_10_x86_64',
    ...['x86_64', 'i686'].flatMap((arch) => [`manylinux1_${arch}`, `manylinux2010_${arch}`]),
    'manylinux2014_aarch64',
    'win32',
    'win_amd64',
  ];
  return {
    name,
    pinned: ['2.4.0rc1', '1.21.6', '1.16'],
    files: [
      ...wheels(name, '2.4.0rc1', cpython(11, 12, 13, '13t', 14, '14t'), now, { requiresPython: '>=3.11' }),
      ...wheels(name, '2.3.4', [...cpython(11, 12, 13, '13t', 14, '14t'), 'pp311-pypy311_pp73'], now, {
        requiresPython: '>=3.11',
      }),
      oneSdist(name, '2.3.4', undefined, { requiresPython: '>=3.11' }),
      ...wheels(
        name,
        '1.21.6',
        [...cpython(7, 8, 9, 10, 11), 'pp37-pypy37_pp73', 'pp310-pypy310_pp73'],
        before,
        {
          requiresPython: '>=3.7,<3.12',
        },
      ),
      oneSdist(name, '1.21.6', `${name}-1.21.6.zip`),
      ...wheels(name, '1.16.0', ['cp27-cp27m', 'cp27-cp27mu', ...cpython(4, 5, 6, 7)], long),
      oneSdist(name, '1.16.0', `${name}-1.16.0.zip`),
    ],
  };
}

/** Wheels for the stable ABI, with several floors. */
function secretThings(): RealisticProject {
  const name = 'Secret.Things';
  const platforms = [
    'macosx_10_12_universal2',
    'macosx_10_12_x86_64',
    'macosx_11_0_arm64',
    ...['x86_64', 'aarch64', 'i686'].map(manylinux),
    ...['x86_64', 'aarch64', 'armv7l'].map((arch) => `manylinux_2_28_${arch}`),
    ...['x86_64', 'aarch64'].map((arch) => `manylinux_2_34_${arch}`),
    ...['x86_64', 'aarch64'].flatMap((arch) => [`musllinux_1_1_${arch}`, `musllinux_1_2_${arch}`]),
    'win32',
    'win_amd64',
  ];
  const pypy = ['macosx_10_12_x86_64', manylinux('x86_64'), 'manylinux_2_28_x86_64', 'win_amd64'];
  return {
    name,
    pinned: ['46.0.3', '45.0.0', '3.4.8'],
    files: [
      ...wheels(name, '46.0.3', ['cp38-abi3', 'cp311-abi3', ...cpython('14t')], platforms, {
        requiresPython: '>=3.8, !=3.9.0, !=3.9.1',
      }),
      ...wheels(name, '46.0.3', ['pp311-pypy311_pp73'], pypy, { requiresPython: '>=3.8, !=3.9.0, !=3.9.1' }),
      oneSdist(name, '46.0.3'),
      ...wheels(name, '45.0.0', ['cp37-abi3', 'cp39-abi3', 'cp311-abi3', 'cp313-abi3'], platforms),
      // A wheel of one Python beside those for many.
      ...wheels(name, '45.0.0', cpython(10, 12), ['macosx_11_0_arm64', manylinux('x86_64')]),
      oneSdist(name, '45.0.0'),
      ...wheels(name, '3.4.8', ['cp35-abi3', 'cp36-abi3'], platforms, { requiresPython: '>=3.6' }),
      ...wheels(name, '3.4.8', ['cp27-cp27m', 'cp27-cp27mu'], [oldLinux('x86_64'), 'macosx_10_10_x86_64']),
      ...wheels(name, '3.4.8', ['pp37-pypy37_pp73', 'pp310-pypy310_pp73'], pypy),
      oneSdist(name, '3.4.8'),
    ],
  };
}

/** Tools in every shape: one wheel a platform, one a Python, tags that name no Python or no platform. */
function everywhere(): RealisticProject {
  const name = 'every_where';
  const platforms = [
    'linux_armv6l',
    'macosx_10_9_universal2',
    'macosx_10_12_x86_64',
    'macosx_11_0_arm64',
    ...['x86_64', 'aarch64', 'i686', ...servers].map(manylinux),
    ...['riscv64', 'loongarch64'].map((arch) => `manylinux_2_31_${arch}`),
    'manylinux_2_39_riscv64',
    ...['x86_64', 'aarch64', 'i686', 'armv7l'].map((arch) => `musllinux_1_2_${arch}`),
    ...windows,
    'ios_13_0_arm64_iphoneos',
    'android_21_arm64_v8a',
  ];
  return {
    name,
    pinned: ['0.14.4', '6.0.1', '5.4'],
    files: [
      ...wheels(name, '0.14.4', ['py3-none', 'py2.py3-none', 'py310-none'], platforms),
      oneSdist(name, '0.14.4'),
      ...wheels(name, '6.0.1', cpython(6, 7, 8, 9, 10, 11, 12, 13, 14, '14t'), [
        'macosx_10_9_universal2',
        'macosx_10_9_x86_64',
        ...['x86_64', 'aarch64', 'i686', 'ppc64le', 's390x', 'riscv64'].map(manylinux),
        ...['x86_64', 'aarch64'].map((arch) => `musllinux_1_1_${arch}`),
        ...windows,
      ]),
      oneWheel(name, '6.0.1', 'graalpy311-graalpy242_311_native-manylinux_2_28_x86_64'),
      oneSdist(name, '6.0.1', 'everywhere-6.0.1.tar.gz'),
      oneSdist(name, '6.0.1', 'every.where-6.0.1.tar.gz'),
      ...wheels(
        name,
        '5.4',
        ['cp27-cp27m', 'cp27-cp27mu', ...cpython(6, 7, 8, 9)],
        [oldLinux('x86_64'), oldLinux('i686'), 'macosx_10_9_x86_64', 'win32', 'win_amd64'],
      ),
      // What only some Pythons and platforms take.
      ...['cp3-none', 'cp39-none', 'pp3-none', 'pp310-none', 'py36-none', 'py27-none'].map((python) =>
        oneWheel(name, '5.4', `${python}-any`),
      ),
      ...wheels(name, '5.4', ['cp310-none', 'cp311-none', 'py311-none'], ['win_amd64', 'linux_x86_64']),
    ],
  };
}

/** No platform at all; formats and spellings of old. */
function pure(): RealisticProject {
  const name = 'pure-python';
  return {
    name,
    pinned: ['3.0', '2.0', '1.0'],
    files: [
      oneWheel(name, '3.0', 'py3-none-any', { requiresPython: '>=3.7' }),
      oneSdist(name, '3.0', 'pure_python-3.0.tar.gz', { requiresPython: '>=3.7' }),
      oneWheel(name, '2.0', 'py2.py3-none-any'),
      oneSdist(name, '2.0'),
      oneSdist(name, '2.0', 'pure-python-2.0.zip'),
      { ...oneWheel(name, '2.0', 'py3-none-any'), filename: 'pure-python-2.0.win32.exe' },
      { ...oneWheel(name, '2.0', 'py3-none-any'), filename: 'pure_python-2.0-py2.7.egg' },
      { ...oneSdist(name, '2.0'), filename: 'pure_python-2.0-1.noarch.rpm' },
      ...Array.from({ length: 50 }, (_, i) => oneWheel(name, `1.${i}`, 'py2.py3-none-any')),
      { ...oneSdist(name, '1.7'), filename: 'pure-python-1.7.tar.bz2' },
      oneWheel(name, '1.0b2', 'py3-none-any'),
      oneWheel(name, '1.0.post1', 'py3-none-any'),
      oneWheel(name, '1.0.dev1', 'py3-none-any'),
    ],
  };
}

/** Wheels that were built again. */
function rebuilt(): RealisticProject {
  const name = 'rebuilt';
  const platforms = [manylinux('x86_64'), 'manylinux_2_28_x86_64', 'macosx_10_9_universal2', 'win_amd64'];
  return {
    name,
    pinned: ['1.0', '2.0', '3.0'],
    files: [
      ...['1', '2', '10', '10b', '10a', undefined].map((build) =>
        oneWheel(name, '1.0', 'py2.py3-none-any', build === undefined ? {} : { build }),
      ),
      ...cpython(8, 9, 10, 11, 12, 13, 14).flatMap((python) =>
        platforms.flatMap((platform) =>
          ['1', '2_local'].map((build) => oneWheel(name, '2.0', `${python}-${platform}`, { build })),
        ),
      ),
      ...wheels(name, '2.0', cpython(10, 11, 12, 13), platforms),
      // A better build of a lesser tag, and the other way round.
      oneWheel(name, '3.0', 'py3-none-any', { build: '9' }),
      oneWheel(name, '3.0', 'cp311-none-any', { build: '3' }),
      oneWheel(name, '3.0', 'cp313-none-any', { build: '3' }),
      oneWheel(name, '3.0', 'cp313-none-any', { build: '20200101' }),
    ],
  };
}

/** Local versions beside the public one. */
function localVersions(): RealisticProject {
  const name = 'Local_Vers.ions';
  const platforms = [manylinux('x86_64'), manylinux('aarch64'), 'macosx_11_0_arm64', 'win_amd64'];
  const pythons = cpython(8, 9, 10, 11, 12, 13);
  return {
    name,
    pinned: ['2.1.0', '2.1.0+cpu', '2.2'],
    files: [
      ...['2.1.0+cpu', '2.1.0+cu118', '2.1.0+cu9'].flatMap((version) =>
        wheels(name, version, pythons, platforms),
      ),
      oneWheel(name, '2.1.0', 'py3-none-any'),
      ...wheels(name, '2.2', pythons, platforms),
      ...wheels(name, '2.2+cu118', pythons, ['linux_x86_64', 'win_amd64']),
      oneSdist(name, '2.2+cu118', 'Local_Vers.ions-2.2+cu118.tar.gz'),
    ],
  };
}

/** Nothing but source archives, and neighbours whose names begin alike. */
function source(): RealisticProject {
  const name = 'source-only';
  const others = Array.from({ length: 45 }, (_, i) => `0.${i}`);
  return {
    name,
    pinned: ['1.1', '1.2', '1.3'],
    files: [
      ...others.map((version) => oneSdist(name, version)),
      oneSdist(name, '1.1', 'source.only-1.1.zip'),
      oneSdist(name, '1.2', 'source-only-1.2.tgz'),
      oneSdist(name, '1.2', 'source-only-1.2-py3.11.tar.gz'),
      oneSdist('source-only-extra', '1.3'),
      oneSdist(name, '1.3', 'Source.Only-1.3.0.tar.gz'),
    ],
  };
}

/** Files and releases that were taken back. */
function yanked(): RealisticProject {
  const name = 'taken.back';
  const platforms = [
    manylinux('x86_64'),
    manylinux('aarch64'),
    'macosx_11_0_arm64',
    'musllinux_1_2_x86_64',
    ...windows,
  ];
  const pythons = cpython(6, 8, 9, 10, 11, 12, 13, '13t', 14);
  return {
    name,
    pinned: ['3.0', '2.0', '1.0'],
    files: [
      ...wheels(name, '3.0', pythons, platforms, { yanked: 'breaks things' }),
      oneSdist(name, '3.0', undefined, { yanked: true }),
      // The best ones are yanked, worse ones are not.
      ...wheels(name, '2.0', pythons, platforms, { yanked: '' }),
      ...wheels(name, '2.0', cpython(11), platforms),
      oneWheel(name, '2.0', 'py3-none-any'),
      oneSdist(name, '2.0'),
      ...wheels(name, '1.0', cpython(8, 9, 10), platforms, { yanked: false }),
      oneWheel(name, '1.0', 'py2.py3-none-any', { yanked: 'was empty' }),
      oneSdist(name, '1.0'),
    ],
  };
}

/** Files of one release that ask for different Pythons. */
function guarded(): RealisticProject {
  const name = 'guarded';
  const platforms = [manylinux('x86_64'), 'macosx_10_9_universal2', 'win_amd64', 'win32'];
  return {
    name,
    pinned: ['1.0', '2.0', '4.0'],
    files: [
      ...wheels(name, '1.0', cpython(6, 7, 8, 9, 10), platforms, { requiresPython: '>=3.11' }),
      ...wheels(name, '1.0', cpython(11, 12, 13, 14), platforms, { requiresPython: '!=3.12.*,>=3.11' }),
      oneWheel(name, '1.0', 'py2.py3-none-any', { requiresPython: '>=2.7, !=3.0.*, !=3.1.*, !=3.2.*, <4' }),
      oneWheel(name, '2.0', 'py3-none-any', { requiresPython: 'no specifier at all' }),
      oneWheel(name, '2.0', 'py2-none-any', { requiresPython: '' }),
      oneWheel(name, '2.0', 'cp310-none-any', { requiresPython: '~=3.9' }),
      oneWheel(name, '4.0', 'py3-none-any', { requiresPython: '>=4' }),
      oneWheel(name, '4.0', 'py2.py3-none-any', { requiresPython: '<3' }),
      oneSdist(name, '4.0', undefined, { requiresPython: '>=3.13.0rc1' }),
    ],
  };
}
