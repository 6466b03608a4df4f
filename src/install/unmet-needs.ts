import type { ProjectName } from '../packaging/types.js';
import type { ReadNeed } from '../prepare/build-coverage.js';
import { isPeepError } from '../text/errors.js';

/** A distribution with what its metadata asks for. */
export interface NeedyDistribution {
  readonly project: ProjectName;
  readonly extras: readonly string[];
  /** `Requires-Dist`, as written. */
  readonly requiresDist: readonly string[];
}

/** A need that nothing meets. */
export interface UnmetNeed {
  /** Who needs it. */
  readonly project: ProjectName;
  /** `urllib3>=2`, as its metadata writes it. */
  readonly need: string;
  /** The version that is there and does not do; undefined where none is. */
  readonly found: string | undefined;
}

/**
 * What distributions need and do not get, as `pip check` would say it. pip is told `--no-deps`, and so says nothing.
 * `present`: the versions that are there. Needs that cannot be read are left to pip.
 */
export function unmetNeeds(
  distributions: readonly NeedyDistribution[],
  present: ReadonlyMap<ProjectName, string>,
  readNeed: ReadNeed,
): UnmetNeed[] {
  return distributions.flatMap(({ project, extras, requiresDist }) =>
    requiresDist.flatMap((text): UnmetNeed[] => {
      const lack = lackOf(text, extras, present, readNeed);
      return lack === undefined ? [] : [{ project, need: text.split(';')[0]?.trim() ?? text, ...lack }];
    }),
  );
}

function lackOf(
  text: string,
  extras: readonly string[],
  present: ReadonlyMap<ProjectName, string>,
  readNeed: ReadNeed,
): Pick<UnmetNeed, 'found'> | undefined {
  try {
    const need = readNeed(text);
    if (!['', ...extras].some((extra) => need.applies(extra))) return undefined;
    const found = present.get(need.project);
    if (found === undefined) return { found };
    return need.url !== undefined || need.admits(found) ? undefined : { found };
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}
