import { meantNames } from '../compile/meant-names.js';
import type { Wish } from '../compile/types.js';
import { evaluateMarker } from '../packaging/marker.js';
import type { ProjectName } from '../packaging/types.js';
import { locationsOf } from '../prepare/no-archive.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { printable, redactUrl } from '../text/redact.js';
import type { Run } from './open-run.js';

/**
 * `PROJECT_UNKNOWN` if the indexes of the run have no archive of a project that the inputs name; a resolver only says
 * that nothing fits. Undefined if they know all, or if one of them does not answer. `others`: names that the user knows.
 */
export async function unknownProjects(
  wishes: readonly Wish[],
  targets: readonly Target[],
  others: readonly ProjectName[],
  { network, settings }: Pick<Run, 'network' | 'settings'>,
): Promise<PeepError | undefined> {
  const asked = new Map(wishes.filter((wish) => mayApply(wish, targets)).map((wish) => [wish.project, wish]));
  const has = async (project: ProjectName): Promise<boolean | undefined> => {
    const { links, others: rest, failures } = await network.links(project, []);
    if (links.length + rest.count > 0) return true;
    return failures.length > 0 ? undefined : false;
  };
  const answers = await Promise.all(
    [...asked.values()].map(async (wish) => ({ wish, isThere: await has(wish.project) })),
  );
  const unknown = answers.filter(({ isThere }) => isThere === false).map(({ wish }) => wish);
  const [first] = unknown;
  if (first === undefined) return undefined;
  const known = answers.filter(({ isThere }) => isThere === true).map(({ wish }) => wish.project);
  const lines = await Promise.all(
    unknown.map(async ({ project, from }) => {
      const meant = meantNames(project, [...known, ...others]);
      const there = await Promise.all(meant.map(has));
      const names = meant.filter((_, i) => there[i] === true);
      const hint =
        names.length === 0 ? '' : `; did you mean ${names.map((name) => `'${name}'`).join(' or ')}?`;
      return `    ${project} (${printable(from)})${hint}`;
    }),
  );
  const places = [...new Set(unknown.flatMap(({ project }) => locationsOf(project, settings.index)))];
  const where = places.map((place) => `    ${redactUrl(place)}`);
  return new PeepError(
    'PROJECT_UNKNOWN',
    [
      unknown.length === 1 ? 'no index has this project:' : 'no index has these projects:',
      ...lines,
      ...(where.length === 0 ? ['no index is configured'] : ['asked:', ...where]),
    ].join('\n'),
    {
      hint: 'Check the names, and the index settings: -i, --extra-index-url, --find-links, PIP_INDEX_URL.',
      facts: { projects: unknown.map(({ project }) => project) },
    },
  );
}

function mayApply({ url, marker }: Wish, targets: readonly Target[]): boolean {
  if (url !== undefined) return false;
  return marker === undefined || targets.some(({ environment }) => evaluateMarker(marker, environment));
}
