declare const projectNameBrand: unique symbol;
/** A project name in the normalised form of PEP 503: lower case, runs of `-_.` as one `-`. */
export type ProjectName = string & { readonly [projectNameBrand]: true };

/** Three numbers of a Python version, for comparison with Requires-Python. */
export type PythonVersion = readonly [major: number, minor: number, micro: number];

/** The eleven variables of PEP 508 markers. */
export interface MarkerEnvironment {
  readonly implementation_name: string;
  readonly implementation_version: string;
  readonly os_name: string;
  readonly platform_machine: string;
  readonly platform_python_implementation: string;
  readonly platform_release: string;
  readonly platform_system: string;
  readonly platform_version: string;
  readonly python_full_version: string;
  readonly python_version: string;
  readonly sys_platform: string;
}

/** The parts of a wheel's file name (binary distribution format). Tags are `interpreter-abi-platform`, expanded. */
export interface WheelFilename {
  readonly kind: 'wheel';
  readonly filename: string;
  readonly project: ProjectName;
  /** As written in the file name, with `_` not yet replaced. */
  readonly version: string;
  readonly build: readonly [number: bigint, rest: string] | null;
  readonly tags: readonly string[];
}

/** The parts of a source archive's file name, parsed for a known project. */
export interface SdistFilename {
  readonly kind: 'sdist';
  readonly filename: string;
  readonly project: ProjectName;
  readonly version: string;
  readonly extension:
    | '.tar.gz'
    | '.zip'
    | '.tar.bz2'
    | '.tar.xz'
    | '.tgz'
    | '.tar'
    | '.tbz'
    | '.txz'
    | '.tlz'
    | '.tar.lz'
    | '.tar.lzma';
}
