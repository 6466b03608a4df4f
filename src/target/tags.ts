/** One or two numbers of a Python version: `[3, 11]`, or `[3]` for any Python 3. */
export type TagVersion = readonly [major: number, minor?: number];

/** The facts that decide the ABI of a CPython. */
export interface CpythonBuild {
  readonly debug?: boolean;
  /** PEP 703: built without the global interpreter lock; counts from 3.13 on. */
  readonly freeThreaded?: boolean;
  /** Before 3.8; true by default. */
  readonly pymalloc?: boolean;
  /** Before 3.3; true by default. */
  readonly wideUnicode?: boolean;
}

/** The facts that decide the wheel tags of an interpreter. */
export interface TagFacts {
  /** `cp`, `pp`, or another interpreter's tag name. */
  readonly implementation: string;
  readonly pythonVersion: TagVersion;
  /** Best first; null or absent for the ABIs of CPython's `build`. */
  readonly abis?: readonly string[] | null;
  readonly build?: CpythonBuild;
  /** Best first. */
  readonly platforms: readonly string[];
}

/**
 * The tags `interpreter-abi-platform` that an interpreter supports, best first, in the order of packaging 26.3 (PEP
 * 425, PEP 384 for abi3, PEP 803 for abi3t).
 */
export function supportedTags(facts: TagFacts): string[] {
  const { implementation, pythonVersion, platforms } = facts;
  if (implementation === 'cp') {
    const abis =
      facts.abis ?? (pythonVersion[1] === undefined ? [] : defaultAbis(pythonVersion, facts.build));
    return [
      ...cpythonTags(pythonVersion, abis, platforms),
      ...compatibleTags(pythonVersion, `cp${nodot(pythonVersion)}`, platforms),
    ];
  }
  return [
    ...genericTags(`${implementation}${nodot(pythonVersion)}`, facts.abis ?? [], platforms),
    ...compatibleTags(pythonVersion, implementation === 'pp' ? 'pp3' : undefined, platforms),
  ];
}

/** The ABIs that a CPython of `version` loads, best first. */
export function defaultAbis(version: TagVersion, build: CpythonBuild = {}): string[] {
  const [major, minor = 0] = version;
  const before = (m: number, n: number): boolean => major < m || (major === m && minor < n);
  const threads = build.freeThreaded === true && !before(3, 13) ? 't' : '';
  const debug = build.debug === true ? 'd' : '';
  const base = `cp${nodot(version)}${threads}`;
  if (before(3, 8)) {
    const malloc = build.pymalloc === false ? '' : 'm';
    const wide = before(3, 3) && build.wideUnicode !== false ? 'u' : '';
    return [`${base}${debug}${malloc}${wide}`];
  }
  // From 3.8 on, a debug build also loads extension modules of release builds.
  return debug === '' ? [base] : [`${base}d`, base];
}

export function cpythonTags(
  version: TagVersion,
  abis: readonly string[],
  platforms: readonly string[],
): string[] {
  const [major, minor] = version;
  const freeThreaded = /^cp\d+.*t/.test(abis[0] ?? '');
  const stable = freeThreaded ? 'abi3t' : 'abi3';
  const own = abis.filter((abi) => abi !== 'none' && abi !== 'abi3' && !(freeThreaded && abi === 'abi3t'));
  const hasStable = minor !== undefined && (major > 3 || (major === 3 && minor >= 2));
  const interpreter = `cp${nodot(version)}`;
  const tags = cross(interpreter, [...own, ...(hasStable ? [stable] : []), 'none'], platforms);
  if (hasStable) {
    for (let older = minor - 1; older >= 2; older--)
      tags.push(...cross(`cp${major}${older}`, [stable], platforms));
  }
  return tags;
}

export function genericTags(
  interpreter: string,
  abis: readonly string[],
  platforms: readonly string[],
): string[] {
  return cross(interpreter, abis.includes('none') ? abis : [...abis, 'none'], platforms);
}

/** Tags of wheels without compiled code: `py3-none-PLATFORM` and then `py3-none-any`. */
export function compatibleTags(
  version: TagVersion,
  interpreter: string | undefined,
  platforms: readonly string[],
): string[] {
  const pythons = pythonRange(version);
  return [
    ...pythons.flatMap((python) => cross(python, ['none'], platforms)),
    ...(interpreter === undefined ? [] : cross(interpreter, ['none'], ['any'])),
    ...pythons.map((python) => `${python}-none-any`),
  ];
}

/** `[3, 11]` as `311`. */
export function nodot([major, minor]: TagVersion): string {
  return `${major}${minor ?? ''}`;
}

/** `py311`, `py3`, `py310`, … `py30`. */
function pythonRange([major, minor]: TagVersion): string[] {
  if (minor === undefined) return [`py${major}`];
  const older = Array.from({ length: minor }, (_, i) => `py${major}${minor - 1 - i}`);
  return [`py${major}${minor}`, `py${major}`, ...older];
}

function cross(interpreter: string, abis: readonly string[], platforms: readonly string[]): string[] {
  // Tags are compared without case, and platforms of some systems have capitals.
  return abis.flatMap((abi) =>
    platforms.map((platform) => `${interpreter}-${abi}-${platform}`.toLowerCase()),
  );
}
