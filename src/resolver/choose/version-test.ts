import { containsVersion, parseSpecifiers } from '../../packaging/specifier.js';
import { parseVersion } from '../../packaging/version.js';

/** Exactly the pinned version. */
export interface PinnedVersion {
  readonly operator: '==' | '===';
  readonly version: string;
}

/** A test for a version: equal to the pinned one, or in a specifier set of PEP 440. */
export type VersionWish = PinnedVersion | { readonly specifier: string };

/**
 * PEP 440 for specifiers. `===`, and `==` with text that PEP 440 does not define, compare text: normalised for a
 * version, as in pip, and exact for any other text. Throws `SPECIFIER_MALFORMED`.
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
