import { containsVersion, parseSpecifiers } from '../../packaging/specifier.js';
import { parseVersion } from '../../packaging/version.js';

/** Exactly the pinned version. */
export interface PinnedVersion {
  readonly operator: '==' | '===';
  readonly version: string;
}

/** What a version must be: exactly the pinned one, or one of a specifier set of PEP 440. */
export type VersionWish = PinnedVersion | { readonly specifier: string };

/**
 * PEP 440 for specifiers. For `===`, and for `==` of what PEP 440 does not know, the text decides: the normalised one of
 * a version, as in pip, and the very text of anything else. Throws `SPECIFIER_MALFORMED`.
 */
export function versionTest(wish: VersionWish): (version: string) => boolean {
  const exact = 'version' in wish && (wish.operator === '===' || parseVersion(wish.version) === null);
  if (exact) {
    const pinned = wish.version.toLowerCase();
    return (version) => (parseVersion(version)?.normalized ?? version).toLowerCase() === pinned;
  }
  const specifiers = parseSpecifiers('specifier' in wish ? wish.specifier : `==${wish.version}`);
  return (version) => parseVersion(version) !== null && containsVersion(specifiers, version);
}
