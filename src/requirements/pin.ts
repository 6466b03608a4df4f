import type { Digest, Digests } from '../hash/digest.js';
import type { LineOption } from '../packaging/line-option.js';
import type { RecordedPublisher } from '../packaging/publisher.js';
import type { ProjectName } from '../packaging/types.js';
import type { PeepError, SourceLocation } from '../text/errors.js';

/** The exact thing that a requirement asks for: one version of a project, or one archive. */
export type RequirementSource =
  | {
      readonly kind: 'version';
      readonly project: ProjectName;
      /** The name as written. */
      readonly name: string;
      readonly operator: '==' | '===';
      /** As written after the operator. */
      readonly version: string;
    }
  | {
      readonly kind: 'url';
      /** http, https or file; without the fragment. */
      readonly url: string;
      /** From `name @ URL`, `#egg=`, or the archive's file name; undefined if none of them has a name. */
      readonly project: ProjectName | undefined;
      readonly name: string | undefined;
      /** From `#egg=NAME==VERSION` or the archive's file name; only informative. */
      readonly version?: string | undefined;
    }
  | {
      readonly kind: 'path';
      /** Absolute. */
      readonly path: string;
      readonly project: ProjectName | undefined;
      readonly name: string | undefined;
      readonly version?: string | undefined;
    };

interface PinBase {
  readonly source: RequirementSource;
  readonly extras: readonly string[];
  /** Marker text, or undefined. */
  readonly marker: string | undefined;
  /** The requirement as written, without hashes, options and comments, for reports. */
  readonly requirement: string;
  readonly place: SourceLocation;
  /** `--config-settings` and `--global-option` of the line, for pip. */
  readonly pipOptions: readonly LineOption[];
  /** The style in which to print new hashes for this line. */
  readonly hashStyle: 'peep' | 'pip';
  /** `# attested-by:` lines: the publisher of the archive must be one of them (P11). Absent if none is recorded. */
  readonly publishers?: readonly RecordedPublisher[];
  /** From a lock file: URLs of the archives of this pin, which are tried first. */
  readonly links?: readonly PinnedLink[];
  /** The index that a lock file names for this pin. */
  readonly index?: string | undefined;
  /**
   * From a lock file: `no` if the pin does not apply to the target, `depends` if there was no target. Absent if
   * only `marker` decides.
   */
  readonly locked?: 'no' | 'depends' | undefined;
}

/** An archive in a lock file. */
export interface PinnedLink {
  readonly filename: string;
  /** http(s) or file URL. */
  readonly url: string;
  readonly size: number | undefined;
  /** Empty if the lock file has no hash for it. */
  readonly digests: readonly Digest[];
}

/** A requirement with at least one digest of an accepted algorithm. */
export interface HashedPin extends PinBase {
  readonly hashed: true;
  readonly digests: Digests;
}

/** A requirement without digests: peep reports the digest that it finds, and never installs it. */
export interface UnhashedPin extends PinBase {
  readonly hashed: false;
}

/** P3: a pin without digests is a separate variant, so that code must handle the case. */
export type Pin = HashedPin | UnhashedPin;

/** A line that is not a pin, with the reason; it fails the run, after all other entries are processed. */
export interface RefusedLine {
  readonly status: 'malformed' | 'refused';
  readonly requirement: string;
  readonly place: SourceLocation;
  readonly error: PeepError;
  /** The requirement as written, if it can be read. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** A line with a false marker is not needed, even if it is invalid. */
  readonly marker?: string | undefined;
  /** Set for a line without a version: a constraint may supply one. */
  readonly open?: OpenRequirement | undefined;
}

/** A requirement that lacks only a version to be a pin. */
export interface OpenRequirement extends Omit<PinBase, 'source'> {
  readonly project: ProjectName;
  readonly name: string;
  /** Single specifiers joined by commas. */
  readonly specifier: string;
  readonly digests: Digests | undefined;
}

/** Entries in file order. */
export type RequirementEntry =
  | { readonly kind: 'pin'; readonly pin: Pin }
  | { readonly kind: 'refused'; readonly line: RefusedLine };

/** A line of a constraints file: requires nothing itself, and limits pins (pip's `-c`). */
export interface Constraint {
  readonly project: ProjectName;
  readonly place: SourceLocation;
  readonly requirement: string;
  readonly marker: string | undefined;
  /** Single specifiers joined by commas; empty if an archive is named. */
  readonly specifier: string;
  readonly archive: Extract<RequirementSource, { kind: 'url' | 'path' }> | undefined;
  readonly digests: readonly Digest[];
  /** Why nothing can meet the constraint; reported only if there is a requirement of the project. */
  readonly refusal?: PeepError | undefined;
  readonly publishers?: readonly RecordedPublisher[];
}
