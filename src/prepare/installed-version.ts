import { parseSdistFilename, parseWheelFilename } from '../packaging/filename.js';
import type { ProjectName } from '../packaging/types.js';
import { sameVersion } from '../packaging/version.js';
import type { Pin } from '../requirements/pin.js';
import { versionTest } from '../resolver/choose/version-test.js';
import type { InstalledDistribution } from '../target/target.js';
import { sourceFilename } from './links.js';

/** The installed version if it meets the pin, or undefined if the pin must be installed. */
export function installedVersion(
  { source }: Pin,
  installed: ReadonlyMap<ProjectName, InstalledDistribution>,
): string | undefined {
  const found = source.project === undefined ? undefined : installed.get(source.project);
  // Leftovers of an interrupted install: the installed version is unknown.
  if (found === undefined || found.duplicates.length > 0) return undefined;
  if (source.kind === 'version') return takesVersion(source, found.version) ? found.version : undefined;
  const filename = sourceFilename(source);
  // A git commit has no version, and an unnamed project may be anything: install again.
  const version = (parseWheelFilename(filename) ?? parseSdistFilename(filename))?.version;
  return version !== undefined && sameVersion(found.version, version) ? found.version : undefined;
}

/** True if a pin of a version accepts this one. PEP 440: `==2.0` accepts `2.0+blue`. */
export function takesVersion(
  source: Extract<Pin['source'], { readonly kind: 'version' }>,
  version: string,
): boolean {
  return versionTest(source)(version);
}
