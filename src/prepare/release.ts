import { formatDigest } from '../hash/digest.js';
import { parseWheelFilename } from '../packaging/filename.js';
import type { ChoiceSettings } from '../prepare/candidates.js';
import { sourceFilename } from '../prepare/links.js';
import type { Pin, RequirementSource } from '../requirements/pin.js';
import { select } from '../resolver/choose/select.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';

export type VersionSource = Extract<RequirementSource, { readonly kind: 'version' }>;

/**
 * Every archive of a release, for any Python and platform, without duplicates if several indexes list it. Order:
 * best first, without preference for a target. Pure.
 */
export function releaseOf(
  links: readonly ArchiveLink[],
  source: VersionSource,
  { formatControl, preferBinary }: ChoiceSettings,
): readonly ArchiveLink[] {
  const { candidates } = select(links, {
    project: source.project,
    operator: source.operator,
    version: source.version,
    digests: undefined,
    target: everyTarget(links.map(({ filename }) => filename)),
    formatControl,
    preferBinary,
  });
  const release = candidates.map(({ link }) => link);
  return release.filter((link, i) => release.findIndex((other) => sameArchive(link, other)) === i);
}

/** A target that accepts every wheel of these names, for every Python. Markers are not evaluated for it. */
export function everyTarget(filenames: readonly string[]): Target {
  const tags = new Set(filenames.flatMap((filename) => parseWheelFilename(filename)?.tags ?? []));
  return {
    ...{ label: 'any target', tags: [...tags], environment: noEnvironment },
    ...{ pythonVersion: [3, 0, 0], acceptsEveryPython: true },
  };
}

/** A target that accepts every archive that the pin itself lists. */
export function everyTargetOf({ source, links = [] }: Pin): Target {
  return everyTarget(
    source.kind === 'version' ? links.map(({ filename }) => filename) : [sourceFilename(source)],
  );
}

function sameArchive(a: ArchiveLink, b: ArchiveLink): boolean {
  if (a.filename !== b.filename) return false;
  if (a.url === b.url) return true;
  const digests = a.advertised.map(formatDigest);
  return b.advertised.some((digest) => digests.includes(formatDigest(digest)));
}

const noEnvironment: Target['environment'] = {
  implementation_name: '',
  implementation_version: '',
  os_name: '',
  platform_machine: '',
  platform_python_implementation: '',
  platform_release: '',
  platform_system: '',
  platform_version: '',
  python_full_version: '',
  python_version: '',
  sys_platform: '',
};
