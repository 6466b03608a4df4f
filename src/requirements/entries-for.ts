import { evaluateMarker } from '../packaging/marker.js';
import type { MarkerEnvironment } from '../packaging/types.js';
import { checkConditions } from './lock/conditions.js';
import type { Lock, LockWarning } from './lock/model.js';
import { type EntriesOptions, lockEntries } from './lock/to-entries.js';
import { mergeEntries } from './merge.js';
import type { Constraint, RequirementEntry } from './pin.js';
import { remembered } from './remembered.js';

/** What was read, as far as it decides what a target needs. */
export interface ReadRequirements {
  /** As written, without a target: see `entriesFor`. */
  readonly written: readonly RequirementEntry[];
  readonly constraints: readonly Constraint[];
  readonly locks: readonly ReadLock[];
  /** How lock files are turned into entries. */
  readonly lockOptions: EntriesOptions;
}

/** A lock file, and where its entries stand among the others. */
export interface ReadLock {
  readonly lock: Lock;
  /** Its entries in `written` begin here; undefined for a lock file of `-c`. */
  readonly from: number | undefined;
}

/**
 * The entries for a target, at the same positions as in `written`: lock files say what applies, constraints limit,
 * conflicts are refused. Throws `LOCK_TARGET`, `LOCK_UNDECIDED` and `LOCK_SELECTION`.
 */
export function entriesFor(
  requirements: ReadRequirements,
  environment: MarkerEnvironment,
): readonly RequirementEntry[] {
  return entriesWhere(requirements, (marker) => evaluateMarker(marker, environment));
}

/** The same for a target that answers markers by itself. */
export function entriesWhere(
  requirements: ReadRequirements,
  markerHolds: (marker: string) => boolean,
): RequirementEntry[] {
  const entries = [...requirements.written];
  const constraints = [...requirements.constraints];
  // A lock file repeats its markers thousands of times.
  const holds = remembered(markerHolds);
  for (const { lock, from } of requirements.locks) {
    checkConditions(lock.conditions, holds);
    const own = lockEntries(lock, requirements.lockOptions, holds);
    if (from === undefined) constraints.push(...own.flatMap(lockConstraints));
    else
      own.forEach((entry, i) => {
        entries[from + i] = entry;
      });
  }
  return mergeEntries(entries, constraints, holds);
}

/**
 * The entries where no target is asked about, at the same positions: only what conflicts for certain is refused. What
 * a lock file of `-c` limits depends on the target, where it is a graph.
 */
export function undecidedEntries({
  written,
  constraints,
  locks,
  lockOptions,
}: ReadRequirements): RequirementEntry[] {
  const limits = locks.flatMap(({ lock, from }) =>
    from === undefined && lock.graph === undefined
      ? lockEntries(lock, lockOptions).flatMap(lockConstraints)
      : [],
  );
  return mergeEntries(written, [...constraints, ...limits]);
}

/** What lock files have to say: to everybody, or to somebody who uses them for this target. */
export function lockWarnings({ locks }: ReadRequirements, target?: MarkerEnvironment): LockWarning[] {
  return locks
    .flatMap(({ lock }) => lock.warnings)
    .filter(({ unless }) => {
      if (unless === undefined || target === undefined) return unless === target;
      return !evaluateMarker(unless, target);
    });
}

/** PEP 751 in `-c`, as in pip: what applies limits the version or archive, and may lend its digests. */
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
