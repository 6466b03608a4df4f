import { parseSdistFilenameFor, parseWheelFilename } from '../packaging/filename.js';
import { lineVersion } from '../packaging/line-version.js';
import { specifierContains } from '../packaging/specifier.js';
import type { ProjectName } from '../packaging/types.js';
import { isValidVersion } from '../packaging/version.js';

/**
 * The `==1.0` by which pip finds a staged archive, so that `pip freeze` shows `name==version`; undefined where
 * the file name is not a standard one for this project and version, and pip is to get the file itself.
 *
 * `version` is the pin's, or the archive's own where a URL or path was pinned; undefined when neither tells.
 */
export function nameSpecifier(
  filename: string,
  project: ProjectName,
  version: string | undefined,
): string | undefined {
  // It becomes part of a line that pip reads.
  if (version === undefined || lineVersion(version) === undefined) return undefined;
  const named = parseWheelFilename(filename) ?? parseSdistFilenameFor(project, filename);
  if (named === null || named.project !== project) return undefined;
  // What PEP 440 does not know is compared letter by letter, by pip too.
  if (!isValidVersion(version)) return named.version === version ? `===${version}` : undefined;
  if (!isValidVersion(named.version)) return undefined;
  // PEP 440: a pin without a local part takes any.
  const fits = specifierContains(`==${version}`, named.version);
  return fits ? `==${version}` : undefined;
}
