import type { ProjectName } from '../packaging/types.js';
import type { ReadNeed } from '../prepare/build-coverage.js';
import { allGood } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import { needReader } from '../prepare/read-need.js';
import type { Target } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import type { Wish } from './types.js';
import { type Needy, type Reasons, reasonsFor } from './via.js';

export interface Explained extends Reasons {
  /** With the refusal of each project that nothing asks for. */
  readonly reports: readonly Outcome[];
}

/**
 * Holds a resolver's word against the archives that verified: who asks for each project is read in their metadata, and what
 * nobody asks for is refused. A page or a metadata file that says something else of an archive brings no project in. Pure.
 */
export function explain(
  reports: readonly Outcome[],
  wishes: readonly Wish[],
  targets: readonly Target[],
  by: string,
): Explained {
  const archives = reports.flatMap((outcome) =>
    'inspection' in outcome && outcome.inspection !== undefined ? [outcome.inspection] : [],
  );
  const needy = archives.flatMap(({ project, needs }): readonly Needy[] =>
    project === undefined ? [] : [{ project, requiresDist: needs.requiresDist }],
  );
  const projects = reports.flatMap((outcome) => ('pin' in outcome ? (outcome.pin.source.project ?? []) : []));
  const pinned = new Set(projects);
  const { via, unmet } = reasonsFor(
    wishes,
    needy,
    pinned,
    targets.map(({ environment }) => needReader(environment)),
  );
  // What another platform than the targets needs is asked for as well.
  const [target] = targets;
  const anywhere =
    target === undefined
      ? undefined
      : reasonsFor(wishes, needy, pinned, [onEveryPlatform(needReader(target.environment))]);
  const all = new Map<ProjectName, readonly string[]>([...(anywhere?.via ?? []), ...via]);
  // A source archive need not say what it needs.
  const isKnown =
    allGood(reports.filter(({ status }) => status !== 'missing')) &&
    archives.every(({ kind }) => kind === 'wheel');
  const refused = reports.map((outcome): Outcome => {
    if (!isKnown || !('pin' in outcome) || outcome.status === 'skipped') return outcome;
    const { pin } = outcome;
    if (pin.source.project === undefined || all.has(pin.source.project)) return outcome;
    return { status: 'refused', pin, error: unexplained(pin.source.project, by) };
  });
  return { reports: refused, via: all, unmet };
}

function onEveryPlatform(read: ReadNeed): ReadNeed {
  return (text) => ({ ...read(text), applies: () => true });
}

function unexplained(project: ProjectName, by: string): PeepError {
  return new PeepError(
    'RESOLUTION_UNEXPLAINED',
    `${by} chose ${project}, but no input asks for it, nor any archive that verified`,
    {
      hint: 'The index may say of an archive that it needs what the archive itself does not name. Find out why, or add the project to an input.',
    },
  );
}
