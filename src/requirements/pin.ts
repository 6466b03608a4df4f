import type { Digest, Digests } from '../hash/digest.js';
import type { RecordedPublisher } from '../packaging/publisher.js';
import type { ProjectName } from '../packaging/types.js';
import type { PeepError, SourceLocation } from '../text/errors.js';

/** What a requirement asks for, exactly: a version of a project, or one archive. */
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
      /** From `name @ URL`, `#egg=`, or the archive's file name; undefined when none tells. */
      readonly project: ProjectName | undefined;
      readonly name: string | undefined;
      /** From `#egg=NAME==VERSION` or the archive's file name; it steers nothing. */
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
  /** The requirement as written, less hashes, options and comments: what reports print. */
  readonly requirement: string;
  readonly place: SourceLocation;
  /** `--config-settings`, `--global-option` of the line, for pip. */
  readonly pipOptions: readonly string[];
  /** How hashes are written for this line, for what is printed ready to paste. */
  readonly hashStyle: 'peep' | 'pip';
  /** `# attested-by:` lines, any of which the archive's publisher must be (P11); absent where none is recorded. */
  readonly publishers?: readonly RecordedPublisher[];
  /** Known from a lock file: where the archives of this pin are, to be asked first. */
  readonly links?: readonly PinnedLink[];
  /** The index that a lock file names for this pin. */
  readonly index?: string | undefined;
  /**
   * Whether a lock file wants this pin for the target: `no`, or `depends` where no target was asked about. Absent
   * where `marker` alone tells.
   */
  readonly locked?: 'no' | 'depends' | undefined;
}

/** An archive that a lock file names. */
export interface PinnedLink {
  readonly filename: string;
  /** http(s) or file URL. */
  readonly url: string;
  readonly size: number | undefined;
  /** None where the lock file has no hash for it. */
  readonly digests: readonly Digest[];
}

/** A requirement with at least one digest that can match. */
export interface HashedPin extends PinBase {
  readonly hashed: true;
  readonly digests: Digests;
}

/** A requirement without digests: it is reported with what was found, and never installed. */
export interface UnhashedPin extends PinBase {
  readonly hashed: false;
}

/** P3: a pin with no digests is its own variant, so that no code can forget the case. */
export type Pin = HashedPin | UnhashedPin;

/** A line that is not a pin, with the reason; it fails the run, after everything was looked at. */
export interface RefusedLine {
  readonly status: 'malformed' | 'refused';
  readonly requirement: string;
  readonly place: SourceLocation;
  readonly error: PeepError;
  /** As written, where it can be read. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** A line whose marker is false asks for nothing, whatever is wrong with it. */
  readonly marker?: string | undefined;
  /** Of a line that names no version: a constraint may lend it one. */
  readonly open?: OpenRequirement | undefined;
}

/** A requirement that is a pin but for its version. */
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

/** A line of a constraints file: it asks for nothing, and limits what pins may say (pip's `-c`). */
export interface Constraint {
  readonly project: ProjectName;
  readonly place: SourceLocation;
  readonly requirement: string;
  readonly marker: string | undefined;
  /** Single specifiers joined by commas; '' where an archive is named. */
  readonly specifier: string;
  readonly archive: Extract<RequirementSource, { kind: 'url' | 'path' }> | undefined;
  readonly digests: readonly Digest[];
  /** Why nothing can meet it; that matters where a requirement of the project is there. */
  readonly refusal?: PeepError | undefined;
  readonly publishers?: readonly RecordedPublisher[];
}
