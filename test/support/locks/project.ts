import { createHash } from 'node:crypto';

/** A project for lock files: what depends on what, under which markers. Made from its size alone. */
export interface LockedProject {
  readonly name: string;
  readonly packages: readonly ProjectPackage[];
  readonly dependencies: readonly Dependency[];
  readonly extras: Readonly<Record<string, readonly Dependency[]>>;
  readonly groups: Readonly<Record<string, readonly Dependency[]>>;
  readonly defaultGroups: readonly string[];
}

export interface ProjectPackage {
  readonly name: string;
  readonly version: string;
  /** The marker of the fork, where the project stands in two versions. */
  readonly fork: string | undefined;
  readonly dependencies: readonly Dependency[];
  readonly extras: Readonly<Record<string, readonly Dependency[]>>;
  readonly files: readonly ProjectFile[];
}

export interface ProjectFile {
  readonly filename: string;
  readonly sha256: string;
  readonly size: number;
}

export interface Dependency {
  readonly name: string;
  /** Where several versions are. */
  readonly version: string | undefined;
  readonly extras: readonly string[];
  readonly marker: string | undefined;
}

const older = "python_full_version < '3.12'";
const newer = "python_full_version >= '3.12'";

const markers = [
  undefined,
  undefined,
  undefined,
  "sys_platform == 'win32'",
  "sys_platform != 'win32'",
  "platform_machine == 'arm64' and sys_platform == 'darwin'",
  "python_full_version < '3.11'",
  "(python_full_version >= '3.11' and sys_platform == 'linux') or platform_python_implementation == 'PyPy'",
] as const;

const words = ['quill', 'inkpot', 'vellum', 'nib', 'quire', 'folio', 'blotter', 'stylus', 'tablet', 'scroll'];

/** A project of `size` packages: conditional, forked, in two versions, with extras and groups. */
export function lockedProject(
  size: number,
  fileOf: (file: Named) => ProjectFile = madeUpFile,
): LockedProject {
  const random = sequence(size);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const names = Array.from({ length: size }, (_, i) => `${words[i % words.length]}-${i}`);
  const isForked = (i: number): boolean => i % 9 === 4;
  const hasExtra = (i: number): boolean => i % 7 === 2;
  const edge = (to: number): Dependency[] => {
    const marker = pick(markers);
    const name = names[to] as string;
    const extras = hasExtra(to) && random(2) === 0 ? ['fast'] : [];
    if (!isForked(to)) return [{ name, version: undefined, extras, marker }];
    const and = marker === undefined ? '' : ` and (${marker})`;
    return [
      { name, version: `1.${to}`, extras, marker: `${older}${and}` },
      { name, version: `2.${to}`, extras, marker: `${newer}${and}` },
    ];
  };
  const later = (from: number, most: number): Dependency[] =>
    from + 1 >= size
      ? []
      : distinct(Array.from({ length: random(most + 1) }, () => from + 1 + random(size - from - 1))).flatMap(
          edge,
        );
  const packages = names.flatMap((name, i): ProjectPackage[] =>
    (isForked(i) ? [older, newer] : [undefined]).map((fork, k) => {
      const version = `${k + 1}.${i}`;
      return {
        name,
        version,
        fork,
        dependencies: later(i, 3),
        extras: hasExtra(i) ? { fast: later(i, 2) } : {},
        files: filenames(name, version, i).map((filename) => fileOf({ filename, name, version })),
      };
    }),
  );
  const some = (step: number, from: number): Dependency[] =>
    names.flatMap((_, i) => (i % step === from % step ? edge(i) : []));
  return {
    name: 'example',
    packages,
    dependencies: some(4, 0),
    extras: { docs: some(11, 3), signals: some(13, 1) },
    groups: { dev: some(12, 2), lint: some(17, 1), bench: some(19, 3) },
    defaultGroups: ['dev', 'lint'],
  };
}

export interface Named {
  readonly filename: string;
  readonly name: string;
  readonly version: string;
}

function filenames(name: string, version: string, i: number): string[] {
  const stem = `${name.replaceAll('-', '_')}-${version}`;
  if (i % 40 === 5) return [`${stem}.tar.gz`];
  if (i % 8 !== 3) return [`${stem}-py3-none-any.whl`, `${stem}.tar.gz`];
  return ['manylinux_2_28_x86_64', 'macosx_11_0_arm64', 'win_amd64']
    .map((platform) => `${stem}-py3-none-${platform}.whl`)
    .concat(`${stem}.tar.gz`);
}

function madeUpFile({ filename }: Named): ProjectFile {
  const sha256 = createHash('sha256').update(filename).digest('hex');
  return { filename, sha256, size: 1000 + filename.length };
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** The same numbers in every run and on every machine. */
function sequence(seed: number): (below: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}
