import type { Digest } from '../../hash/digest.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import type { ProjectName } from '../../packaging/types.js';
import type { PeepError, SourceLocation } from '../../text/errors.js';
import type { LockTool } from './formats.js';

/** The contents of a lock file of any tool; extras and groups are already evaluated, markers are not. */
export interface Lock {
  readonly tool: LockTool;
  /** The file, line 1. */
  readonly place: SourceLocation;
  /** In file order. */
  readonly packages: readonly LockedPackage[];
  /** The conditions on the target: see `checkConditions`. */
  readonly conditions: readonly LockCondition[];
  readonly warnings: readonly LockWarning[];
  /** Only uv writes a dependency graph; in other formats, the marker of each package decides whether it applies. */
  readonly graph: LockGraph | undefined;
  /** Set if the file does not say which packages apply to a target; all of them can still be fetched. */
  readonly undecided: PeepError | undefined;
}

/** The fields of an entry in every format. */
export interface PackageHead {
  /** As written. */
  readonly name: string;
  readonly project: ProjectName;
  readonly version: string | undefined;
  readonly extras: readonly string[];
  readonly place: SourceLocation;
  /** The marker after evaluating extras and groups; undefined if it is always true. */
  readonly marker: string | undefined;
  /** The allowed publishers, if the file has any. */
  readonly publishers?: readonly RecordedPublisher[] | undefined;
}

/** An entry of a lock file. */
export type LockedPackage =
  | (PackageHead & {
      readonly kind: 'release';
      readonly version: string;
      /** The index it was locked from, if the file names one. */
      readonly index: string | undefined;
      /** The archives that it lists; empty if it only has digests. */
      readonly files: readonly LockedFile[];
      readonly digests: readonly Digest[];
    })
  | (PackageHead & {
      readonly kind: 'archive';
      /** http, https or file, without a fragment. */
      readonly url: string;
      readonly digests: readonly Digest[];
    })
  /** An entry without an archive: refused, or left out with `--skip-local`. */
  | (PackageHead & { readonly kind: 'local'; readonly what: LocalKind; readonly from: string })
  /** An entry that breaks the format, or asks for something that peep never accepts. */
  | (Omit<PackageHead, 'project'> & {
      readonly kind: 'refused';
      readonly project: ProjectName | undefined;
      readonly error: PeepError;
    });

export type LocalKind = 'editable' | 'directory' | 'vcs';

/** An archive in a lock file. */
export interface LockedFile {
  readonly filename: string;
  /** http(s) or file URL; undefined if the file has no URL. */
  readonly url: string | undefined;
  readonly size: number | undefined;
  readonly digests: readonly Digest[];
}

/** A condition of a lock file on the target. */
export interface LockCondition {
  readonly place: SourceLocation;
  /** The condition applies only if this marker is true. */
  readonly when: string | undefined;
  /** Markers, at least one of which must be true. */
  readonly anyOf: readonly string[];
  /** Text for the error. */
  readonly what: string;
}

export interface LockWarning {
  readonly message: string;
  readonly hint: string;
  readonly place: SourceLocation;
  /** The warning is shown only if this marker is false. */
  readonly unless: string | undefined;
}

/** The dependency graph of a uv.lock. Numbers are positions in `Lock.packages`. */
export interface LockGraph {
  /** Dependencies on the project itself or members of its workspace: followed, but not installed. */
  readonly roots: readonly LockEdge[];
  /** Dependencies of groups and scripts that do not belong to a package. */
  readonly requests: readonly LockEdge[];
  readonly nodes: readonly LockNode[];
  /** Selected extras, groups and projects, by their names in markers: see uv-names.ts. */
  readonly chosen: readonly string[];
  /** Sets of extras and groups that exclude each other, by their names in markers. */
  readonly conflicts: readonly (readonly string[])[];
}

export interface LockNode {
  /** The normalised name. */
  readonly project: string;
  /**
   * True for the project of the lock file and for virtual members: they are not installed, even if an edge leads to
   * them.
   */
  readonly own: boolean;
  readonly dependencies: readonly LockEdge[];
  readonly extras: ReadonlyMap<string, readonly LockEdge[]>;
}

export interface LockEdge {
  readonly to: number;
  readonly extras: readonly string[];
  /** The marker may compare `extra` with the names in `LockGraph.chosen`. */
  readonly marker: string | undefined;
}
