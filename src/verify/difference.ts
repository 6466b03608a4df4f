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
  /** Under `--strict`: only its own RECORD vouches for it. */
  | 'unproven';

/** One way in which an environment is not what its pins say. */
export interface Difference {
  readonly change: FileChange | DistributionChange;
  /** Null for a file that belongs to no project. */
  readonly project: ProjectName | null;
  /** Absolute; null where the distribution as a whole differs. */
  readonly path: string | null;
  readonly reason: string | null;
}

/** Something that cannot be proven, or is let pass; no difference. */
export interface VerifyNote {
  /** Null for what belongs to no project. */
  readonly project: ProjectName | null;
  readonly reason: string;
}
