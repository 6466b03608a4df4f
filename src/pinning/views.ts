import { evaluateMarker } from '../packaging/marker.js';
import { entriesFor, undecidedEntries } from '../requirements/entries-for.js';
import type { Pin, RequirementEntry } from '../requirements/pin.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import type { Target } from '../target/target.js';
import { isPeepError, type PeepError } from '../text/errors.js';
import type { PinScope } from './plan.js';
import type { PinTask } from './tasks.js';

export interface View {
  readonly target: Target | undefined;
  readonly entries: readonly RequirementEntry[];
}

/** The entries of the files for each target: pins upgraded, constraints applied, conflicts refused. */
export async function viewsOf(
  tasks: readonly PinTask[],
  targets: readonly Target[],
  requirements: Requirements,
): Promise<View[]> {
  const { written } = requirements;
  const moved = new Map(tasks.map(({ index, pin }) => [index, pin]));
  const entries = written.map((entry, index): RequirementEntry => {
    const pin = moved.get(index);
    return pin === undefined ? entry : { kind: 'pin', pin };
  });
  const changed = { ...requirements, written: entries };
  if (targets.length === 0)
    return [{ target: undefined, entries: keptDigests(entries, await undecidedEntries(changed)) }];
  return Promise.all(
    targets.map(async (target) => {
      return { target, entries: keptDigests(entries, await entriesFor(changed, target.environment)) };
    }),
  );
}

/**
 * For an install, equal pins of a project share digests; here each line keeps its own, because each line is edited.
 * Digests from a constraint for a line without digests are kept.
 */
function keptDigests(
  before: readonly RequirementEntry[],
  merged: readonly RequirementEntry[],
): RequirementEntry[] {
  return merged.map((entry, i): RequirementEntry => {
    const own = before[i];
    if (entry.kind !== 'pin' || own?.kind !== 'pin' || !own.pin.hashed) return entry;
    return { kind: 'pin', pin: { ...entry.pin, hashed: true, digests: own.pin.digests } };
  });
}

/** The targets for which the pin's marker is true; undefined if there are none, and `all` if targets do not matter. */
export function scopeFor(pin: Pin, targets: readonly Target[]): PinScope | PeepError | undefined {
  const { marker } = pin;
  if (targets.length === 0) return 'all';
  if (marker === undefined) return { targets };
  try {
    const wanting = targets.filter(({ environment }) => evaluateMarker(marker, environment));
    return wanting.length === 0 ? undefined : { targets: wanting };
  } catch (error) {
    if (isPeepError(error)) return error;
    throw error;
  }
}
