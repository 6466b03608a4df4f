import type { ProjectName } from '../packaging/types.js';

/** How a file in the environment differs from the verified archives. */
export type FileChange = 'changed' | 'missing' | 'added';

/** How an installed distribution differs from what is pinned. */
export type DistributionChange =
  | 'not-installed'
  | 'version'
  | 'other-source'
  | 'leftovers'
  | 'unpinned'
  /** Under `--strict`: only its own RECORD confirms it. */
  | 'unproven';

/** One difference between the environment and its pins. */
export interface Difference {
  readonly change: FileChange | DistributionChange;
  /** Null for a file that belongs to no project. */
  readonly project: ProjectName | null;
  /** Absolute; null where the distribution as a whole differs. */
  readonly path: string | null;
  readonly reason: string | null;
}

/** Something that cannot be proven, or is allowed; not a difference. */
export interface VerifyNote {
  /** Null if it belongs to no project. */
  readonly project: ProjectName | null;
  readonly reason: string;
}
