import { containsVersion, parseSpecifiers } from '../packaging/specifier.js';
import type { ProjectName } from '../packaging/types.js';
import { compareVersions, parseVersion } from '../packaging/version.js';
import type { ChoiceSettings } from '../prepare/candidates.js';
import { everyTarget } from '../prepare/release.js';
import { select } from '../resolver/choose/select.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';

export interface NewestRequest {
  readonly project: ProjectName;
  /** The pinned version; if it is a pre-release, newer pre-releases are allowed too. */
  readonly current: string;
  /** Specifiers of constraints that the newer version must meet. */
  readonly specifiers: readonly string[];
  /** The version must have an archive for each of these targets; empty for no check. */
  readonly targets: readonly Target[];
  readonly choice: ChoiceSettings;
  /** `--min-age`, in seconds. */
  readonly minAge: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface NewestRelease {
  readonly version: string;
  /** The best archive for the first target. */
  readonly link: ArchiveLink;
}

/**
 * The newest release of a project that a pin may move to: not yanked, old enough, allowed by constraints, and with
 * an archive for every target. Undefined if there is none. Only for proposals: an install never chooses versions.
 * Pure.
 */
export function newestRelease(
  links: readonly ArchiveLink[],
  { project, current, specifiers, targets, choice, minAge, now }: NewestRequest,
): NewestRelease | undefined {
  const offered = links.filter((link) => link.yanked === false && isOldEnough(link, minAge, now));
  const scope = targets.length > 0 ? targets : [everyTarget(offered.map(({ filename }) => filename))];
  const { formatControl, preferBinary } = choice;
  const perTarget = scope.map((target) => {
    const wish = { project, specifier: '', digests: undefined, target, formatControl, preferBinary };
    const best = new Map<string, ArchiveLink>();
    for (const { version, link } of select(offered, wish).candidates)
      if (!best.has(version)) best.set(version, link);
    return best;
  });
  const [first = new Map<string, ArchiveLink>()] = perTarget;
  const limits = specifiers.map(parseSpecifiers);
  const isPre = (version: string) => parseVersion(version)?.isPrerelease === true;
  const allowed = [...first.keys()].filter(
    (version) =>
      (!isPre(version) || isPre(current)) &&
      perTarget.every((versions) => versions.has(version)) &&
      limits.every((limit) => containsVersion(limit, version)),
  );
  const [version] = allowed.toSorted((a, b) => compareVersions(b, a));
  const link = version === undefined ? undefined : first.get(version);
  return version === undefined || link === undefined ? undefined : { version, link };
}

/** An archive with unknown upload time counts as too new, as for pinning. */
function isOldEnough({ uploadTime }: ArchiveLink, minAge: number | undefined, now: number): boolean {
  return minAge === undefined || Date.parse(uploadTime ?? '') + minAge * 1000 <= now;
}
