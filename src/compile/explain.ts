import { type Marker, type MarkerItem, parseMarker } from '../packaging/marker.js';
import { canonicalizeName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import type { ProjectName } from '../packaging/types.js';
import type { ReadNeed } from '../prepare/build-coverage.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { needReader } from '../prepare/read-need.js';
import type { Target } from '../target/target.js';
import { clipped } from '../text/clip.js';
import { PeepError } from '../text/errors.js';
import type { Wish } from './types.js';
import { type Needy, type Reasons, reasonsFor } from './via.js';

export interface Explained extends Reasons {
  /** The result, with a refusal for each project that nothing requires. */
  readonly reports: readonly Outcome[];
}

/**
 * Checks a resolver's choice against the verified archives: the reason for each project comes from what they state,
 * and a project that nothing requires is refused. So false facts on a page or in a metadata file cannot add a
 * project. What only a build of a source archive would tell is no reason either, since the index can claim as much.
 * Pure.
 */
export function explain(
  reports: readonly Outcome[],
  wishes: readonly Wish[],
  targets: readonly Target[],
  by: string,
): Explained {
  const archives = reports.flatMap((outcome) => {
    if (!('inspection' in outcome) || outcome.inspection === undefined) return [];
    const { kind, needs, project = outcome.pin.source.project } = outcome.inspection;
    return project === undefined ? [] : [{ kind, needs, project }];
  });
  const needy = archives.map(({ project, needs }): Needy => {
    return { project, requiresDist: [...needs.requiresDist, ...needs.statedRequires] };
  });
  const projects = reports.flatMap((outcome) => ('pin' in outcome ? (outcome.pin.source.project ?? []) : []));
  const pinned = new Set(projects);
  const { via, unmet } = reasonsFor(
    wishes,
    needy,
    pinned,
    targets.map(({ environment }) => needReader(environment)),
  );
  // A requirement for another platform is a reason too.
  const [target] = targets;
  const anywhere =
    target === undefined
      ? undefined
      : reasonsFor(wishes, needy, pinned, [onEveryPlatform(needReader(target.environment))]);
  const all = new Map<ProjectName, readonly string[]>([...(anywhere?.via ?? []), ...via]);
  // A source archive may not list its requirements, but a wheel of the same project does.
  const hasWheel = new Set(archives.flatMap(({ kind, project }) => (kind === 'wheel' ? [project] : [])));
  const silent = archives
    .map(({ project }) => project)
    .filter((project) => all.has(project) && !hasWheel.has(project));
  // If an archive failed, its requirements are unknown, so no project is refused; the failure ends the run.
  const isKnown = allGood(reports.filter(({ status }) => status !== 'missing'));
  const refused = reports.map((outcome): Outcome => {
    if (!isKnown || !('pin' in outcome) || outcome.status === 'skipped') return outcome;
    const { pin } = outcome;
    if (pin.source.project === undefined || all.has(pin.source.project)) return outcome;
    return { status: 'refused', pin, error: unexplained(pin.source.project, by, [...new Set(silent)]) };
  });
  return { reports: refused, via: all, unmet };
}

function onEveryPlatform(read: ReadNeed): ReadNeed {
  return (text) => {
    const { marker } = parseRequirement(text);
    const parsed = marker === null ? undefined : parseMarker(marker);
    return { ...read(text), applies: (extra) => parsed === undefined || mayHold(parsed, extra) };
  };
}

/** True if the marker holds on some platform when `extra` is requested; `extra` is empty for none. */
function mayHold(marker: Marker, extra: string): boolean {
  // `and` binds more tightly than `or`.
  let holds = true;
  for (const item of marker) {
    if (item === 'and') continue;
    if (item === 'or') {
      if (holds) return true;
      holds = true;
    } else holds &&= 'group' in item ? mayHold(item.group, extra) : comparisonMayHold(item, extra);
  }
  return holds;
}

function comparisonMayHold(
  { left, operator, right }: Exclude<MarkerItem, string | { readonly group: Marker }>,
  extra: string,
): boolean {
  const [variable, literal] = left.kind === 'variable' ? [left, right] : [right, left];
  if (variable.kind !== 'variable' || variable.name !== 'extra' || literal.kind !== 'literal') return true;
  const isIt = canonicalizeName(literal.value) === extra;
  return operator === '==' ? isIt : operator === '!=' ? !isIt : true;
}

/**
 * `silent`: required projects that have only source archives, and so may have requirements that they do not state.
 */
function unexplained(project: ProjectName, by: string, silent: readonly ProjectName[]): PeepError {
  return new PeepError(
    'RESOLUTION_UNEXPLAINED',
    `${by} chose ${project}, but no input and no verified archive requires it`,
    {
      hint:
        silent.length === 0
          ? 'The index may state a requirement that is not in the archive itself. Find out why, or add the project to an input.'
          : `Only a build may tell what a source archive requires (here ${clipped(silent.join(', '))}). Find out whether it requires ${project}; if so, add ${project} to an input.`,
    },
  );
}
