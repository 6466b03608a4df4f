import type { ProjectName } from '../packaging/types.js';
import type { ReadNeed } from '../prepare/build-coverage.js';
import { isPeepError } from '../text/errors.js';

/** A distribution that was installed, with what its metadata asks for. */
export interface NeedyDistribution {
  readonly project: ProjectName;
  readonly extras: readonly string[];
  /** `Requires-Dist`, as written. */
  readonly requiresDist: readonly string[];
}

/**
 * What distributions need and the environment lacks, as `pip check` would say it. pip is told `--no-deps`, and so says
 * nothing. `present`: installed versions. Needs that cannot be read are left to pip.
 */
export function unmetNeeds(
  distributions: readonly NeedyDistribution[],
  present: ReadonlyMap<ProjectName, string>,
  readNeed: ReadNeed,
): string[] {
  return distributions.flatMap(({ project, extras, requiresDist }) =>
    requiresDist.flatMap((text) => {
      const lack = lackOf(text, extras, present, readNeed);
      return lack === undefined ? [] : `${project} needs ${text.split(';')[0]?.trim()}, ${lack}`;
    }),
  );
}

function lackOf(
  text: string,
  extras: readonly string[],
  present: ReadonlyMap<ProjectName, string>,
  readNeed: ReadNeed,
): string | undefined {
  try {
    const need = readNeed(text);
    if (!['', ...extras].some((extra) => need.applies(extra))) return undefined;
    const version = present.get(need.project);
    if (version === undefined) return 'which is not installed';
    return need.url !== undefined || need.admits(version) ? undefined : `and ${version} is installed`;
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}
