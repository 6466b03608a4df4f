import { evaluateMarker } from '../packaging/marker.js';
import type { MarkerEnvironment } from '../packaging/types.js';
import { checkConditions } from './lock/lock-marker.js';
import { mergeEntries } from './merge.js';
import type { RequirementEntry } from './pin.js';
import type { Requirements } from './read/read-requirements.js';

/** The requirements for one target, in file order. Throws `LOCK_TARGET` for a lock file that was made for others. */
export function entriesFor(
  { written, constraints, conditions }: Pick<Requirements, 'written' | 'constraints' | 'conditions'>,
  environment: MarkerEnvironment,
): readonly RequirementEntry[] {
  const holds = (marker: string): boolean => evaluateMarker(marker, environment);
  checkConditions(conditions, holds);
  return mergeEntries(written, constraints, holds);
}
