import type { MarkerEnvironment, ProjectName, PythonVersion } from '../packaging/types.js';

/** What archives are chosen for: an interpreter that was probed, or one that was described. */
export interface Target {
  /** How it is named in reports: `CPython 3.11 on linux_x86_64`, or the text of `--for`. */
  readonly label: string;
  /** Wheel tags `interpreter-abi-platform`, best first. */
  readonly tags: readonly string[];
  readonly environment: MarkerEnvironment;
  readonly pythonVersion: PythonVersion;
}

/** A distribution found in the target environment. */
export interface InstalledDistribution {
  readonly project: ProjectName;
  readonly version: string;
  /** The `.dist-info` or `.egg-info` path. */
  readonly metadataPath: string;
  /** PEP 610: where it came from when not from an index; `direct_url.json` as it stands, or undefined. */
  readonly directUrl: string | undefined;
  /** False for a `.dist-info` without RECORD, as an install or uninstall leaves it that broke off. */
  readonly hasRecord: boolean;
  /** Metadata of the same project in the same directory, left by an install that broke off: which one counts is open. */
  readonly duplicates: readonly string[];
}

export type PipState =
  | { readonly kind: 'present'; readonly version: string; readonly location: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly reason: string };

/** The directories that distributions are installed to, as an isolated probe finds them; all exist. */
export interface SiteLayout {
  /** The environment's own. */
  readonly own: readonly string[];
  /** Those of the Python it was made from and of the user, where this environment sees them. */
  readonly others: readonly string[];
}

/** A real Python that was probed. */
export interface Interpreter {
  /** `sys.executable` of the target: what pip is started with. */
  readonly executable: string;
  readonly target: Target;
  readonly pip: PipState;
  /** `sys.path`: directories searched for installed distributions, in order; some may not exist. */
  readonly sitePaths: readonly string[];
  readonly prefix: string;
  /** The prefix of the Python that a virtual environment was made from; `prefix` outside of one. */
  readonly basePrefix: string;
  /** The Python that a virtual environment was made from, as far as it knows; undefined outside of one. */
  readonly baseExecutable: string | undefined;
  readonly isVirtualEnvironment: boolean;
  /** The directory of its standard library. */
  readonly stdlib: string | undefined;
  /** Undefined unless the probe was isolated. */
  readonly layout: SiteLayout | undefined;
}
