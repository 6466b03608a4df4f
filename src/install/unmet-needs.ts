import type { ProjectName } from '../packaging/types.js';
import type { ReadNeed } from '../prepare/build-coverage.js';
import { isPeepError } from '../text/errors.js';

/** A distribution, with the requirements of its metadata. */
export interface NeedyDistribution {
  readonly project: ProjectName;
  readonly extras: readonly string[];
  /** `Requires-Dist`, as written. */
  readonly requiresDist: readonly string[];
}

/** An unmet requirement. */
export interface UnmetNeed {
  /** The distribution that requires it. */
  readonly project: ProjectName;
  /** `urllib3>=2`, as in its metadata. */
  readonly need: string;
  /** The installed version, which does not fit; undefined if none is installed. */
  readonly found: string | undefined;
}

/**
 * Requirements of distributions that are not met, as `pip check` reports them; pip runs with `--no-deps` and does
 * not report them. `present`: installed versions. Unreadable requirements are ignored.
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
