import type { VerifiedArchive } from '../hash/verification.js';
import type { ProjectName } from '../packaging/types.js';
import type { SecondReader } from './second/listing.js';

/** The identity that an archive must have, from the pin and the file name. */
export interface Expectation {
  /** Undefined for an archive URL that names no project. */
  readonly project: ProjectName | undefined;
  /** As the pin spells it. */
  readonly version: string | undefined;
  /** `index`: a standard source archive with PKG-INFO; `url`: a project tree is enough (contract section 8). */
  readonly origin: 'index' | 'url';
}

/** One finding of an inspection; `rule` is the code of docs/archive-rules.md. */
export interface Finding {
  readonly rule: string;
  readonly severity: 'refuse' | 'warn' | 'note';
  /** The name of the entry, made printable; undefined for the archive as a whole. */
  readonly entry: string | undefined;
  readonly message: string;
}

export interface Inspection {
  readonly kind: 'wheel' | 'sdist';
  /** Name and version from the archive's own metadata. */
  readonly project: ProjectName | undefined;
  readonly version: string | undefined;
  readonly findings: readonly Finding[];
  readonly needs: Needs;
  /** The licence in its metadata, untrusted; absent if it names none or was not read. */
  readonly licence?: DeclaredLicence | undefined;
  /** Set for a wheel that could be read. */
  readonly layout?: WheelLayout;
}

/** The licence fields of METADATA or PKG-INFO, as written. */
export interface DeclaredLicence {
  /** `License-Expression` (PEP 639). */
  readonly expression: string | undefined;
  /** `License`, which is free text. */
  readonly text: string | undefined;
}

/** The facts that decide where the files of a wheel are installed. */
export interface WheelLayout {
  /** `name-version`, as in `name-version.dist-info`. */
  readonly stem: string;
  /** Names of its files, as in the archive. */
  readonly files: readonly string[];
  /** The text of entry_points.txt; empty if there is none. */
  readonly entryPoints: string;
}

/** The requirements that an archive declares, as written. */
export interface Needs {
  /** Source archives: `[build-system] requires`; for a legacy archive setuptools and wheel. */
  readonly buildRequires: readonly string[];
  /** Source archives: `[build-system] build-backend`; undefined means setuptools. */
  readonly buildBackend: string | undefined;
  /** Source archives: `[build-system] backend-path`, directories below the root of the archive. */
  readonly backendPath: readonly string[];
  /** `Requires-Dist` of a wheel's METADATA. */
  readonly requiresDist: readonly string[];
  /** Source archives: `Requires-Dist` of PKG-INFO and `[project] dependencies`; a build may find others. */
  readonly statedRequires: readonly string[];
  /** `Requires-Python` of a wheel's METADATA. */
  readonly requiresPython: string | undefined;
}

/**
 * How much to inspect. `structure`: framing, names, metadata and the file list of RECORD, without unpacking other
 * contents. `full`: unpacks everything, and so checks CRCs, sizes, the hashes of RECORD and expansion ratios; used
 * for archives that pip gets. A tar has no directory, so it is always read in full.
 */
export type Depth = 'structure' | 'full';

export interface InspectOptions {
  /** Reads the archive a second time; by default yauzl and tar-stream in this thread if `depth` is `full`. */
  readonly secondReader?: SecondReader | undefined;
  /**
   * True if source archives are unpacked to a case-insensitive file system, where names must differ in more than
   * case. False by default.
   */
  readonly foldsCase?: boolean;
  /** `full` by default. */
  readonly depth?: Depth;
}

/** P2: accepts only a verified archive. Faults of the contents are findings, never exceptions. */
export type Inspect = (
  archive: VerifiedArchive,
  expected: Expectation,
  options?: InspectOptions,
) => Promise<Inspection>;
