import { type LineVersion, lineVersion } from '../../src/packaging/line-version.js';
import { canonicalizeName } from '../../src/packaging/name.js';
import type { ProjectName } from '../../src/packaging/types.js';

/** A project and a version as they stand in the constraints of a build. */
export function named(
  project: string,
  version: string,
): { readonly project: ProjectName; readonly version: LineVersion } {
  const word = lineVersion(version);
  if (word === undefined) throw new Error(`'${version}' is not a version`);
  return { project: canonicalizeName(project) as ProjectName, version: word };
}
