import type { FormatControl } from '../../config/settings.js';
import type { Digests } from '../../hash/digest.js';
import type { ProjectName, PythonVersion } from '../../packaging/types.js';
import type { Version } from '../../packaging/version.js';
import type { ArchiveLink } from '../link.js';
import type { VersionWish } from './version-test.js';

/** How the advertised digest of an archive compares with the pin (contract section 4, rule 1). */
export type DigestGroup = 'pinned' | 'unknown' | 'other';

/** An archive that fits, with the facts that rank it. */
export interface Candidate {
  readonly link: ArchiveLink;
  readonly group: DigestGroup;
  readonly kind: 'wheel' | 'sdist';
  /** Version from the file name. */
  readonly version: string;
}

/**
 * Why a link was not chosen: another project or version; an invalid format or name; excluded by an option; not for
 * the target; a link that must not be used; a better candidate exists.
 */
export type RejectionKind = 'project' | 'version' | 'name' | 'option' | 'target' | 'refused' | 'behind';

/** A link that was not chosen, with the reason: the rest of a sentence that begins with the file's name. */
export interface Rejection {
  readonly link: ArchiveLink;
  readonly kind: RejectionKind;
  readonly reason: string;
  /** Set for a link of another version. */
  readonly version?: string;
}

export type SelectionRequest = VersionWish & SelectionSettings;

export interface SelectionSettings {
  readonly project: ProjectName;
  /** Undefined for a pin without digests: every file is then in the group `unknown`. */
  readonly digests: Digests | undefined;
  readonly target: SelectionTarget;
  readonly formatControl: FormatControl;
  readonly preferBinary: boolean;
}

export interface SelectionTarget {
  /** Best first. */
  readonly tags: readonly string[];
  readonly pythonVersion: PythonVersion;
  /** True if Requires-Python excludes nothing. */
  readonly acceptsEveryPython?: true;
}

export interface Selection {
  /** Best first, sorted by group. */
  readonly candidates: readonly Candidate[];
  /** Links that are not candidates. */
  readonly rejections: readonly Rejection[];
  /** Why each candidate except the first ranks below it. */
  readonly passedOver: readonly Rejection[];
  /** Candidates that rank below the first one only by index or name. */
  readonly tied: readonly Candidate[];
}

export interface Ranked {
  readonly candidate: Candidate;
  /** Null if PEP 440 does not define it: then all candidates have the same text. */
  readonly version: Version | null;
  /** Index of its best tag in the target's list; past the end for a source archive. */
  readonly tagRank: number;
  readonly build: readonly [bigint, string] | null;
}
