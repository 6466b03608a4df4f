import { parseSdistFilenameFor, parseWheelFilename } from '../packaging/filename.js';
import { lineVersion } from '../packaging/line-version.js';
import { specifierContains } from '../packaging/specifier.js';
import type { ProjectName } from '../packaging/types.js';
import { isValidVersion } from '../packaging/version.js';

declare const specifierBrand: unique symbol;
/** `==1.0` or `===2004d`: one word, safe in a line of a generated file. */
export type NameSpecifier = string & { readonly [specifierBrand]: true };

/**
 * The `==1.0` with which pip finds a staged archive, so that `pip freeze` shows `name==version`. Undefined if the
 * file name is not a standard one for this project and version; pip then gets the path of the file.
 *
 * `version` is the version of the pin, or of the archive itself if a URL or path is pinned; undefined if neither
 * has one.
 */
export function nameSpecifier(
  filename: string,
  project: ProjectName,
  version: string | undefined,
): NameSpecifier | undefined {
  // The text becomes part of a line that pip reads.
  if (version === undefined || lineVersion(version) === undefined) return undefined;
  const named = parseWheelFilename(filename) ?? parseSdistFilenameFor(project, filename);
  if (named === null || named.project !== project) return undefined;
  // pip too compares versions that PEP 440 does not define letter by letter.
  if (!isValidVersion(version))
    return named.version === version ? (`===${version}` as NameSpecifier) : undefined;
  if (!isValidVersion(named.version)) return undefined;
  // PEP 440: a pin without a local part accepts any local version.
  const fits = specifierContains(`==${version}`, named.version);
  return fits ? (`==${version}` as NameSpecifier) : undefined;
}
