import type { FormatControl } from '../../config/settings.js';
import type { Digests } from '../../hash/digest.js';
import type { ProjectName, PythonVersion } from '../../packaging/types.js';
import type { Version } from '../../packaging/version.js';
import type { ArchiveLink } from '../link.js';
import type { VersionWish } from './version-test.js';

/** What the index says of an archive's digest, held against the pin (contract section 4, rule 1). */
export type DigestGroup = 'pinned' | 'unknown' | 'other';

/** An archive that would do, with what ranks it. */
export interface Candidate {
  readonly link: ArchiveLink;
  readonly group: DigestGroup;
  readonly kind: 'wheel' | 'sdist';
  /** As the file name says. */
  readonly version: string;
}

/**
 * Why a link was not chosen: it is of another project or version; its form or name is none of an archive's; an option
 * shuts it out; it does not fit the target; it must not be followed; another one is better.
 */
export type RejectionKind = 'project' | 'version' | 'name' | 'option' | 'target' | 'refused' | 'behind';

/** A link that was not chosen, and why: the rest of a sentence that begins with the file's name. */
export interface Rejection {
  readonly link: ArchiveLink;
  readonly kind: RejectionKind;
  readonly reason: string;
  /** Of a link of another version. */
  readonly version?: string;
}

export type SelectionRequest = VersionWish & SelectionSettings;

export interface SelectionSettings {
  readonly project: ProjectName;
  /** Undefined for a pin without digests: every file is of the group `unknown`. */
  readonly digests: Digests | undefined;
  readonly target: SelectionTarget;
  readonly formatControl: FormatControl;
  readonly preferBinary: boolean;
}

export interface SelectionTarget {
  /** Best first. */
  readonly tags: readonly string[];
  readonly pythonVersion: PythonVersion;
}

export interface Selection {
  /** Best first; the groups follow each other. */
  readonly candidates: readonly Candidate[];
  /** Links that would not do. */
  readonly rejections: readonly Rejection[];
  /** Why each candidate but the first is behind it. */
  readonly passedOver: readonly Rejection[];
  /** Candidates that only their index or their name put behind the first one. */
  readonly tied: readonly Candidate[];
}

export interface Ranked {
  readonly candidate: Candidate;
  /** Null for what PEP 440 does not know: then all candidates carry the same text. */
  readonly version: Version | null;
  /** Index of the best of its tags in the target's list; past its end for a source archive. */
  readonly tagRank: number;
  readonly build: readonly [bigint, string] | null;
}
