import type { VerifiedArchive } from '../hash/verification.js';
import type { ProjectName } from '../packaging/types.js';
import type { SecondReader } from './second/listing.js';

/** What the archive must be, from the pin and the file name. */
export interface Expectation {
  /** Undefined for an archive URL that does not say. */
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
  /** The entry's name, made printable; undefined for the archive as a whole. */
  readonly entry: string | undefined;
  readonly message: string;
}

export interface Inspection {
  readonly kind: 'wheel' | 'sdist';
  /** From the archive's own metadata. */
  readonly project: ProjectName | undefined;
  readonly version: string | undefined;
  readonly findings: readonly Finding[];
  readonly needs: Needs;
  /** What its metadata says of its licence, untrusted; absent where it says nothing or was not read. */
  readonly licence?: DeclaredLicence | undefined;
  /** Of a wheel that could be read. */
  readonly layout?: WheelLayout;
}

/** The licence fields of METADATA or PKG-INFO, as written. */
export interface DeclaredLicence {
  /** `License-Expression` (PEP 639). */
  readonly expression: string | undefined;
  /** `License`, which is free text. */
  readonly text: string | undefined;
}

/** What decides where the files of a wheel are installed. */
export interface WheelLayout {
  /** `name-version`, as in `name-version.dist-info`. */
  readonly stem: string;
  /** Names of its files, as in the archive. */
  readonly files: readonly string[];
  /** The text of entry_points.txt; empty without one. */
  readonly entryPoints: string;
}

/** What an archive says it needs, as written. */
export interface Needs {
  /** Source archives: `[build-system] requires`, or setuptools and wheel for a legacy one. */
  readonly buildRequires: readonly string[];
  /** Source archives: `[build-system] build-backend`; undefined means setuptools. */
  readonly buildBackend: string | undefined;
  /** Source archives: `[build-system] backend-path`, directories below the archive's root. */
  readonly backendPath: readonly string[];
  /** `Requires-Dist` of a wheel's METADATA. */
  readonly requiresDist: readonly string[];
  /** `Requires-Python` of a wheel's METADATA. */
  readonly requiresPython: string | undefined;
}

/**
 * How far to look. `structure`: framing, names, metadata and RECORD's listing, without unpacking the other
 * contents. `full`: unpacks everything, so that CRCs, sizes, RECORD's hashes and bombs are proven; what goes to
 * pip is looked at so. A tar has no directory: it is always read in full.
 */
export type Depth = 'structure' | 'full';

export interface InspectOptions {
  /** What reads the archive a second time; by default yauzl and tar-stream in this thread where `depth` is `full`. */
  readonly secondReader?: SecondReader | undefined;
  /** Does the file system that source archives are unpacked to fold case? Then names must differ in more; false by default. */
  readonly foldsCase?: boolean;
  /** `full` by default. */
  readonly depth?: Depth;
}

/** P2: takes nothing but a verified archive. What is wrong inside is a finding, never an exception. */
export type Inspect = (
  archive: VerifiedArchive,
  expected: Expectation,
  options?: InspectOptions,
) => Promise<Inspection>;
