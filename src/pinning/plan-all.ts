import { allOrAbort } from '../prepare/all-or-abort.js';
import { lineOutcome } from '../prepare/collect.js';
import type { Outcome } from '../prepare/outcome.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { type PlanDeps, planPin } from './plan.js';
import type { PinTask } from './tasks.js';
import { scopeFor, type View, viewsOf } from './views.js';

export interface PlanAllDeps extends PlanDeps {
  /** Stops all pending work. */
  readonly abort: (reason: unknown) => void;
}

export interface Planned {
  /** The outcome of each task, in order. */
  readonly outcomes: readonly (readonly Outcome[])[];
  /** Positions of entries whose version and digests come from a constraint: their lines are not edited. */
  readonly lent: ReadonlyMap<number, readonly Outcome[]>;
}

/**
 * Plans all tasks; everything is processed before anything is reported. Without targets, every archive of a release
 * is included. Throws errors that end the run.
 */
export async function planAll(
  tasks: readonly PinTask[],
  targets: readonly Target[],
  requirements: Requirements,
  deps: PlanAllDeps,
): Promise<Planned> {
  const views = await viewsOf(tasks, targets, requirements);
  const lent = requirements.written.flatMap((entry, index) => (entry.kind === 'refused' ? [index] : []));
  const [outcomes, found] = await Promise.all([
    allOrAbort(tasks, (task) => planTask(task, views, targets, deps), deps.abort),
    allOrAbort(lent, (index) => planLent(index, views, deps), deps.abort),
  ]);
  return { outcomes, lent: new Map(found.filter(([, each]) => each.length > 0)) };
}

async function planLent(
  index: number,
  views: readonly View[],
  { preparer }: PlanDeps,
): Promise<readonly [number, readonly Outcome[]]> {
  const pins = views.flatMap(({ target, entries }) => {
    const entry = entries[index];
    return entry?.kind === 'pin' && target !== undefined ? [preparer.prepare(entry.pin, target)] : [];
  });
  return [index, await Promise.all(pins)];
}

async function planTask(
  task: PinTask,
  views: readonly View[],
  targets: readonly Target[],
  deps: PlanDeps,
): Promise<readonly Outcome[]> {
  const seen = views.map(({ target, entries }) => ({ target, entry: entries[task.index] }));
  const refused = seen.flatMap(({ entry }) => (entry?.kind === 'refused' ? [entry.line] : []))[0];
  if (refused !== undefined) return [{ status: refused.status, line: refused }];
  const pin = seen.flatMap(({ entry }) => (entry?.kind === 'pin' ? [entry.pin] : []))[0] ?? task.pin;
  const scope = scopeFor(
    pin,
    seen.flatMap(({ target }) => target ?? []),
  );
  if (scope === undefined && task.version !== undefined)
    return [{ status: 'refused', pin, error: notWanted(pin, targets) }];
  if (scope === undefined) return [{ status: 'skipped', pin }];
  if (isPeepError(scope)) return [{ status: 'refused', pin, error: scope }];
  return planPin(pin, scope, deps);
}

/** An `--upgrade` that applies to no target is an error. */
function notWanted({ requirement }: Pin, targets: readonly Target[]): PeepError {
  const labels = targets.map(({ label }) => label).join(', ');
  return new PeepError('NOT_FOR_TARGET', `the marker of '${requirement}' is false for ${labels}`, {
    hint: 'Name a target for which it is true with --for PYTHON:PLATFORM, or use --all.',
  });
}

/** The outcomes of all entries; with upgrades, only of the upgraded ones. */
export function reportsInFileOrder(
  tasks: readonly PinTask[],
  reports: readonly (readonly Outcome[])[],
  lent: Planned['lent'],
  written: readonly RequirementEntry[],
  {
    targets,
    only,
  }: {
    readonly targets: readonly Target[];
    /** If the run names projects, lines of other projects are not reported. */
    readonly only: boolean;
  },
): readonly Outcome[] {
  const byEntry = new Map(tasks.map(({ index }, i) => [index, reports[i] ?? []]));
  return written.flatMap((entry, index): readonly Outcome[] => {
    const planned = byEntry.get(index);
    if (planned !== undefined || entry.kind === 'pin') return planned ?? [];
    return only ? [] : (lent.get(index) ?? [lineOutcome(entry.line, targets)]);
  });
}
