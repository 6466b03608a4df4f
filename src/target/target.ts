import type { MarkerEnvironment, ProjectName, PythonVersion } from '../packaging/types.js';

/** The target that archives are chosen for: a probed or a described interpreter. */
export interface Target {
  /** The target's name in reports: `CPython 3.11 on linux_x86_64`, or the text of `--for`. */
  readonly label: string;
  /** Wheel tags `interpreter-abi-platform`, best first. */
  readonly tags: readonly string[];
  readonly environment: MarkerEnvironment;
  readonly pythonVersion: PythonVersion;
  /** True for a target that accepts archives for every Python: Requires-Python is then ignored. */
  readonly acceptsEveryPython?: true;
}

/** A distribution found in the target environment. */
export interface InstalledDistribution {
  readonly project: ProjectName;
  readonly version: string;
  /** The `.dist-info` or `.egg-info` path. */
  readonly metadataPath: string;
  /** PEP 610: the source of a distribution that is not from an index; the unparsed `direct_url.json`, or undefined. */
  readonly directUrl: string | undefined;
  /** False for a `.dist-info` without RECORD, as left by an interrupted install or uninstall. */
  readonly hasRecord: boolean;
  /**
   * Metadata of the same project in the same directory, left by an interrupted install: it is unknown which one is
   * valid.
   */
  readonly duplicates: readonly string[];
}

export type PipState =
  | { readonly kind: 'present'; readonly version: string; readonly location: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

/** The directories that distributions are installed to, from an isolated probe; all exist. */
export interface SiteLayout {
  /** Directories of the environment itself. */
  readonly own: readonly string[];
  /** Directories of the base Python and of the user, if this environment uses them. */
  readonly others: readonly string[];
}

/** A probed Python. */
export interface Interpreter {
  /** `sys.executable` of the target, which runs pip. */
  readonly executable: string;
  readonly target: Target;
  readonly pip: PipState;
  /** `sys.path`: directories searched for installed distributions, in order; some may not exist. */
  readonly sitePaths: readonly string[];
  readonly prefix: string;
  /** The prefix of the Python from which a virtual environment was made; otherwise the same as `prefix`. */
  readonly basePrefix: string;
  /** The Python from which a virtual environment was made, if known; otherwise undefined. */
  readonly baseExecutable: string | undefined;
  readonly isVirtualEnvironment: boolean;
  /** The directory of its standard library. */
  readonly stdlib: string | undefined;
  /** Undefined unless the probe was isolated. */
  readonly layout: SiteLayout | undefined;
}
