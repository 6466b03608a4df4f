import type { LineOption } from '../../packaging/line-option.js';
import type { LineVersion } from '../../packaging/line-version.js';
import type { ProjectName } from '../../packaging/types.js';
import type { RequirementSource } from '../../requirements/pin.js';
import type { ArchiveSource } from '../install-archives.js';

/** A verified source archive to build. */
export interface BuildSource {
  /** `flask==0.9`, for messages. */
  readonly label: string;
  readonly archive: ArchiveSource;
  /** The expected project and version of the wheel. */
  readonly pinned: RequirementSource;
  /** Undefined if only the build can tell. */
  readonly project: ProjectName | undefined;
  /** `[build-system] build-backend`; undefined means setuptools. */
  readonly backend: string | undefined;
  readonly backendPath: readonly string[];
  /** Options of the requirement's own line. */
  readonly pipOptions: readonly LineOption[];
}

/** A wheel for use in builds: verified, or built only from verified files. */
export interface BuildWheel {
  readonly archive: ArchiveSource;
  readonly project: ProjectName;
  readonly version: LineVersion;
}
