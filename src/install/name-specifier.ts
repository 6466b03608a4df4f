import { parseSdistFilenameFor, parseWheelFilename } from '../packaging/filename.js';
import { lineVersion } from '../packaging/line-version.js';
import { specifierContains } from '../packaging/specifier.js';
import type { ProjectName } from '../packaging/types.js';
import { isValidVersion } from '../packaging/version.js';

declare const specifierBrand: unique symbol;
/** `==1.0` or `===2004d`, one word that can stand in a line of a generated file. */
export type NameSpecifier = string & { readonly [specifierBrand]: true };

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
): NameSpecifier | undefined {
  // It becomes part of a line that pip reads.
  if (version === undefined || lineVersion(version) === undefined) return undefined;
  const named = parseWheelFilename(filename) ?? parseSdistFilenameFor(project, filename);
  if (named === null || named.project !== project) return undefined;
  // What PEP 440 does not know is compared letter by letter, by pip too.
  if (!isValidVersion(version))
    return named.version === version ? (`===${version}` as NameSpecifier) : undefined;
  if (!isValidVersion(named.version)) return undefined;
  // PEP 440: a pin without a local part takes any.
  const fits = specifierContains(`==${version}`, named.version);
  return fits ? (`==${version}` as NameSpecifier) : undefined;
}
