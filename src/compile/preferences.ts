import { specifierContains } from '../packaging/specifier.js';
import type { RequirementEntry } from '../requirements/pin.js';
import type { Limit, Wish } from './types.js';

/** `--upgrade` and `--upgrade-package`: which pins of the compiled file need not stay. */
export interface Upgrades {
  readonly all: boolean;
  readonly projects: ReadonlySet<string>;
}

/**
 * The pins of a compiled file that should stay: those that nobody wants upgraded, and that the inputs still allow, for a
 * resolver that takes them for constraints would otherwise find no answer. Pure.
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
