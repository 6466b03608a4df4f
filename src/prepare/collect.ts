import { evaluateMarker } from '../packaging/marker.js';
import type { Pin, RefusedLine, RequirementEntry } from '../requirements/pin.js';
import type { Target } from '../target/target.js';
import { isPeepError } from '../text/errors.js';
import { allOrAbort } from './all-or-abort.js';
import type { Outcome } from './outcome.js';
import type { Preparer } from './ports.js';

export interface CollectDeps {
  readonly preparer: Preparer;
  /** The installed version that meets a pin, or undefined. */
  readonly installed: (pin: Pin) => string | undefined;
  /** Stops all pending work. */
  readonly abort: (reason: unknown) => void;
}

/**
 * The outcome of each entry, in file order; everything is processed before anything is reported. Throws errors that
 * end the run, after all pending work has stopped.
 */
export async function collectOutcomes(
  entries: readonly RequirementEntry[],
  target: Target,
  { preparer, installed, abort }: CollectDeps,
): Promise<Outcome[]> {
  const outcomeOf = async (entry: RequirementEntry): Promise<Outcome> => {
    if (entry.kind === 'refused') return lineOutcome(entry.line, [target]);
    const { pin } = entry;
    if (pin.locked === 'no') return { status: 'skipped', pin };
    try {
      if (pin.marker !== undefined && !evaluateMarker(pin.marker, target.environment))
        return { status: 'skipped', pin };
    } catch (error) {
      if (!isPeepError(error)) throw error;
      return { status: 'refused', pin, error };
    }
    const installedVersion = installed(pin);
    if (installedVersion !== undefined) return { status: 'satisfied', pin, installedVersion };
    return preparer.prepare(pin, target);
  };
  return allOrAbort(entries, outcomeOf, abort);
}

/**
 * The outcome of a refused line: skipped if its marker is false for every target, or if there is no target; a
 * malformed line is always an error.
 */
export function lineOutcome(line: RefusedLine, targets: readonly Target[]): Outcome {
  const { marker, status } = line;
  if (status !== 'refused' || marker === undefined) return { status, line };
  try {
    const wanted = targets.some(({ environment }) => evaluateMarker(marker, environment));
    return { status: wanted ? status : 'skipped', line };
  } catch (error) {
    if (isPeepError(error)) return { status, line };
    throw error;
  }
}

const failed: ReadonlySet<Outcome['status']> = new Set([
  'mismatched',
  'missing',
  'malformed',
  'refused',
  'unavailable',
]);

/** True if every requirement verified, or is not needed (P6). */
export function allGood(outcomes: readonly Outcome[]): boolean {
  return !outcomes.some(({ status }) => failed.has(status));
}
