import type { ProjectName } from '../../packaging/types.js';
import { compareVersions, parseVersion } from '../../packaging/version.js';
import type { ArchiveLink } from '../link.js';
import { select } from './select.js';
import type { Candidate, SelectionSettings } from './selection-types.js';

/**
 * The newest version among `links` that meets `specifier` and has an archive for the target; pre-releases and
 * yanked files only if nothing else fits. Undefined if there is none. Only for proposals: an install never chooses
 * versions. Throws `SPECIFIER_MALFORMED`.
 */
export function bestVersion(
  links: readonly ArchiveLink[],
  project: ProjectName,
  specifier: string,
  settings: Pick<SelectionSettings, 'target' | 'formatControl' | 'preferBinary'>,
): string | undefined {
  const { candidates } = select(links, { ...settings, project, specifier, digests: undefined });
  const [best] = candidates.toSorted(
    (a, b) =>
      Number(isYanked(a)) - Number(isYanked(b)) ||
      Number(isPrerelease(a)) - Number(isPrerelease(b)) ||
      compareVersions(b.version, a.version),
  );
  return best?.version;
}

function isYanked({ link }: Candidate): boolean {
  return link.yanked !== false;
}

function isPrerelease({ version }: Candidate): boolean {
  return parseVersion(version)?.isPrerelease === true;
}
