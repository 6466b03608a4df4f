import { specifierContains } from '../packaging/specifier.js';
import type { RequirementEntry } from '../requirements/pin.js';
import type { Limit, Wish } from './types.js';

/** `--upgrade` and `--upgrade-package`: pins of the compiled file that may change. */
export interface Upgrades {
  readonly all: boolean;
  readonly projects: ReadonlySet<string>;
}

/**
 * The pins of a compiled file that should stay: those that are not upgraded and that the inputs still allow. A
 * resolver may treat them as constraints, so others could make the requirements unsolvable. Pure.
 */
export function preferredPins(
  entries: readonly RequirementEntry[],
  wishes: readonly Wish[],
  limits: readonly Limit[],
  { all, projects }: Upgrades,
): readonly Limit[] {
  if (all) return [];
  return entries.flatMap((entry): readonly Limit[] => {
    if (entry.kind !== 'pin' || entry.pin.source.kind !== 'version') return [];
    const { source, marker } = entry.pin;
    const { project, operator, version } = source;
    const isAllowed = [...wishes, ...limits].every(
      (other) =>
        other.project !== project ||
        other.specifier === '' ||
        specifierContains(other.specifier, version, { prereleases: true }),
    );
    return projects.has(project) || !isAllowed ? [] : [{ project, specifier: operator + version, marker }];
  });
}
