import type { Digest } from '../../hash/digest.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import type { ProjectName } from '../../packaging/types.js';
import type { PeepError, SourceLocation } from '../../text/errors.js';

/** The tools whose lock files are read. */
export type LockTool = 'uv' | 'poetry' | 'pdm' | 'pipenv' | 'pylock';

/** What a lock file says, whichever tool wrote it; extras and groups are decided, markers are not. */
export interface Lock {
  readonly tool: LockTool;
  /** The file, line 1. */
  readonly place: SourceLocation;
  /** In file order. */
  readonly packages: readonly LockedPackage[];
  /** What the target has to meet: see `checkConditions`. */
  readonly conditions: readonly LockCondition[];
  readonly warnings: readonly LockWarning[];
  /** Only uv writes a graph; elsewhere each package says by its own marker whether it applies. */
  readonly graph: LockGraph | undefined;
  /** Set where the file does not say which packages apply to a target; taking all of them is still possible. */
  readonly undecided: PeepError | undefined;
}

/** What each entry has, in every format. */
export interface PackageHead {
  /** As written. */
  readonly name: string;
  readonly project: ProjectName;
  readonly version: string | undefined;
  readonly extras: readonly string[];
  readonly place: SourceLocation;
  /** What is left of the marker when extras and groups are decided; undefined: it always holds. */
  readonly marker: string | undefined;
  /** Who may have published it, where the file says so. */
  readonly publishers?: readonly RecordedPublisher[] | undefined;
}

/** One entry of a lock file. */
export type LockedPackage =
  | (PackageHead & {
      readonly kind: 'release';
      readonly version: string;
      /** The index it was locked from, where the file names one. */
      readonly index: string | undefined;
      /** The archives it names; none where it holds digests alone. */
      readonly files: readonly LockedFile[];
      readonly digests: readonly Digest[];
    })
  | (PackageHead & {
      readonly kind: 'archive';
      /** http, https or file, without a fragment. */
      readonly url: string;
      readonly digests: readonly Digest[];
    })
  /** Something without an archive: listed, and refused or left out (`--skip-local`). */
  | (PackageHead & { readonly kind: 'local'; readonly what: LocalKind; readonly from: string })
  /** The entry breaks the format, or asks for what is never taken. */
  | (PackageHead & { readonly kind: 'refused'; readonly error: PeepError });

export type LocalKind = 'editable' | 'directory' | 'vcs';

/** An archive that a lock file names. */
export interface LockedFile {
  readonly filename: string;
  /** http(s) or file URL; undefined where the file names no place. */
  readonly url: string | undefined;
  readonly size: number | undefined;
  readonly digests: readonly Digest[];
}

/** Something a lock file demands of the target. */
export interface LockCondition {
  readonly place: SourceLocation;
  /** It is demanded only where this marker holds. */
  readonly when: string | undefined;
  /** Markers, one of which has to hold. */
  readonly anyOf: readonly string[];
  /** For the error. */
  readonly what: string;
}

export interface LockWarning {
  readonly message: string;
  readonly hint: string;
  readonly place: SourceLocation;
  /** It is told only where this marker does not hold. */
  readonly unless: string | undefined;
}

/** The dependencies of a uv.lock. Numbers are positions in `Lock.packages`. */
export interface LockGraph {
  /** To the project itself, or members of its workspace: walked from, and not asked for. */
  readonly roots: readonly LockEdge[];
  /** To what groups and scripts ask for without a package of their own. */
  readonly requests: readonly LockEdge[];
  readonly nodes: readonly LockNode[];
  /** Chosen extras, groups and projects, by the names that markers use: see uv-names.ts. */
  readonly chosen: readonly string[];
  /** Sets of extras and groups of which only one may be chosen, by the names that markers use. */
  readonly conflicts: readonly (readonly string[])[];
}

export interface LockNode {
  readonly project: ProjectName;
  /** The project that the lock file belongs to, or a virtual member: never asked for, also by an edge. */
  readonly own: boolean;
  readonly dependencies: readonly LockEdge[];
  readonly extras: ReadonlyMap<string, readonly LockEdge[]>;
}

export interface LockEdge {
  readonly to: number;
  readonly extras: readonly string[];
  /** May compare `extra` with the names in `LockGraph.chosen`. */
  readonly marker: string | undefined;
}
