import { evaluateMarker } from '../packaging/marker.js';
import type { MarkerEnvironment } from '../packaging/types.js';
import { checkConditions } from './lock/conditions.js';
import type { Lock, LockWarning } from './lock/model.js';
import { type EntriesOptions, lockEntries } from './lock/to-entries.js';
import { mergeEntries } from './merge.js';
import type { Constraint, RequirementEntry } from './pin.js';
import { remembered } from './remembered.js';

/** The parts of the requirements that decide what a target needs. */
export interface ReadRequirements {
  /** Entries as written, independent of a target: see `entriesFor`. */
  readonly written: readonly RequirementEntry[];
  readonly constraints: readonly Constraint[];
  readonly locks: readonly ReadLock[];
  /** Options for turning lock files into entries. */
  readonly lockOptions: EntriesOptions;
}

/** A lock file, and the position of its entries among the others. */
export interface ReadLock {
  readonly lock: Lock;
  /** Index of its first entry in `written`; undefined for a lock file of `-c`. */
  readonly from: number | undefined;
}

/**
 * The entries for a target, at the same positions as in `written`: markers of lock files evaluated, constraints
 * applied, conflicts refused. Throws `LOCK_TARGET`, `LOCK_UNDECIDED` and `LOCK_SELECTION`.
 */
export function entriesFor(
  requirements: ReadRequirements,
  environment: MarkerEnvironment,
): Promise<readonly RequirementEntry[]> {
  return entriesWhere(requirements, (marker) => evaluateMarker(marker, environment));
}

/** The entries for the target whose markers `markerHolds` evaluates. */
export async function entriesWhere(
  requirements: ReadRequirements,
  markerHolds: (marker: string) => boolean,
): Promise<RequirementEntry[]> {
  const entries = [...requirements.written];
  const constraints = [...requirements.constraints];
  // A lock file repeats its markers thousands of times, so results are cached.
  const holds = remembered(markerHolds);
  for (const { lock, from } of requirements.locks) {
    checkConditions(lock.conditions, holds);
    const own = await lockEntries(lock, requirements.lockOptions, holds);
    if (from === undefined) for (const entry of own) constraints.push(...lockConstraints(entry));
    else
      own.forEach((entry, i) => {
        entries[from + i] = entry;
      });
  }
  return mergeEntries(entries, constraints, holds);
}

/**
 * The entries without a target, at the same positions: only certain conflicts are refused. Constraints in a lock
 * file of `-c` depend on the target if that file is a graph.
 */
export async function undecidedEntries({
  written,
  constraints,
  locks,
  lockOptions,
}: ReadRequirements): Promise<RequirementEntry[]> {
  const limits = [...constraints];
  for (const { lock, from } of locks) {
    if (from !== undefined || lock.graph !== undefined) continue;
    for (const entry of await lockEntries(lock, lockOptions)) limits.push(...lockConstraints(entry));
  }
  return mergeEntries(written, limits);
}

/** Warnings of lock files: for all users, or for users of this target. */
export function lockWarnings({ locks }: ReadRequirements, target?: MarkerEnvironment): LockWarning[] {
  return locks
    .flatMap(({ lock }) => lock.warnings)
    .filter(({ unless }) => {
      if (unless === undefined || target === undefined) return unless === target;
      return !evaluateMarker(unless, target);
    });
}

/**
 * PEP 751, as in pip: each package of a lock file in `-c` that applies limits the version or archive, and may
 * supply digests.
 */
function lockConstraints(entry: RequirementEntry): Constraint[] {
  if (entry.kind !== 'pin' || entry.pin.locked === 'no') return [];
  const { source, place, requirement, marker } = entry.pin;
  if (source.project === undefined) return [];
  return [
    {
      project: source.project,
      place,
      requirement,
      marker,
      specifier: source.kind === 'version' ? `==${source.version}` : '',
      archive: source.kind === 'version' ? undefined : source,
      digests: entry.pin.hashed ? entry.pin.digests : [],
    },
  ];
}
