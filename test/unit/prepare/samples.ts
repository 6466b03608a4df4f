import { type Digests, parseHexDigest, type Sha256 } from '../../../src/hash/digest.js';
import type { ProjectName } from '../../../src/packaging/types.js';
import type { HashedPin, UnhashedPin } from '../../../src/requirements/pin.js';
import type { ArchiveLink } from '../../../src/resolver/link.js';
import type { StoredArchive } from '../../../src/store/store.js';
import type { Target } from '../../../src/target/target.js';

/** A sha256 of one digit. */
export const hex = (digit: number): string => `${digit}`.repeat(64);
const digest = (digit: number) => parseHexDigest('sha256', hex(digit));

export const target: Target = {
  label: 'CPython 3.11 on linux_x86_64',
  tags: ['cp311-cp311-linux_x86_64', 'py3-none-any'],
  pythonVersion: [3, 11, 7],
  environment: {
    implementation_name: 'cpython',
    implementation_version: '3.11.7',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: '3.11.7',
    python_version: '3.11',
    sys_platform: 'linux',
  },
};

export const settings = {
  formatControl: { noBinary: new Set<string>(), onlyBinary: new Set<string>() },
  preferBinary: false,
  indexUrls: ['https://user:secret@index.example/simple/'],
  findLinks: [],
};

/** A pin of `name==version` with digests of one digit each. */
export function pin(requirement: string, ...digits: [number, ...number[]]): HashedPin {
  const [first, ...rest] = digits;
  const digests: Digests = [digest(first), ...rest.map(digest)];
  return { ...unhashed(requirement), hashed: true, digests };
}

export function unhashed(requirement: string): UnhashedPin {
  const [name = '', version = ''] = requirement.split('==');
  return {
    hashed: false,
    source: { kind: 'version', project: name.toLowerCase() as ProjectName, name, operator: '==', version },
    extras: [],
    marker: undefined,
    requirement,
    place: { file: 'requirements.txt', line: 2 },
    pipOptions: [],
    hashStyle: 'peep',
  };
}

export function link(filename: string, { advertised }: { readonly advertised?: number } = {}): ArchiveLink {
  return {
    filename,
    url: `https://index.example/files/${filename}`,
    advertised: advertised === undefined ? [] : [digest(advertised)],
    size: undefined,
    requiresPython: undefined,
    yanked: false,
    uploadTime: undefined,
    index: 'https://index.example/simple/',
    source: 'index',
    order: 0,
  };
}

export function stored(filename: string, digit: number): StoredArchive {
  return { sha256: hex(digit) as Sha256, filename, size: 1 };
}
