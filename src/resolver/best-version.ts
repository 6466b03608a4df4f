import { parseSdistFilenameFor, parseWheelFilename } from '../packaging/filename.js';
import { specifierContains } from '../packaging/specifier.js';
import type { ProjectName } from '../packaging/types.js';
import { compareVersions, parseVersion } from '../packaging/version.js';
import type { ArchiveLink } from './link.js';
import { type SelectionRequest, select } from './select.js';

/**
 * The newest version among `links` that meets `specifier` and has an archive for the target; pre-releases and
 * yanked files only where nothing else does. Undefined when there is none. For proposals: an install never
 * chooses versions.
 */
export function bestVersion(
  links: readonly ArchiveLink[],
  project: ProjectName,
  specifier: string,
  request: Pick<SelectionRequest, 'target' | 'formatControl' | 'preferBinary'>,
): string | undefined {
  const versions = versionsOf(links, project).filter((version) => specifierContains(specifier, version));
  const ordered = versions.sort((a, b) => Number(isFinal(b)) - Number(isFinal(a)) || compareVersions(b, a));
  const choices = ordered.flatMap((version) => {
    const [best] = select(links, {
      ...request,
      project,
      operator: '==',
      version,
      digests: undefined,
    }).candidates;
    return best === undefined ? [] : [{ version, yanked: best.link.yanked !== false }];
  });
  return (choices.find(({ yanked }) => !yanked) ?? choices[0])?.version;
}

/** Every version that a file of the project has, normalised, each once. */
export function versionsOf(links: readonly ArchiveLink[], project: ProjectName): string[] {
  const versions = new Set<string>();
  for (const { filename } of links) {
    const wheel = parseWheelFilename(filename);
    const text = wheel === null ? parseSdistFilenameFor(project, filename)?.version : wheel.version;
    const version =
      text === undefined || (wheel !== null && wheel.project !== project) ? null : parseVersion(text);
    if (version !== null) versions.add(version.normalized);
  }
  return [...versions];
}

function isFinal(version: string): boolean {
  return parseVersion(version)?.isPrerelease === false;
}
