import { canonicalizeName } from '../../packaging/name.js';
import { parseRequirement } from '../../packaging/requirement.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { placed } from '../read/read-line.js';

/** Something a lock file demands of the target. */
export interface LockCondition {
  readonly place: SourceLocation;
  /** It is demanded only where this marker holds. */
  readonly when: string | undefined;
  /** Markers, one of which has to hold. */
  readonly anyOf: readonly string[];
  /** For the error. */
  readonly what: string;
}

/** Throws `LOCK_TARGET` for the first condition that the target does not meet (PEP 751, installation). */
export function checkConditions(
  conditions: readonly LockCondition[],
  markerHolds: (marker: string) => boolean,
): void {
  for (const { place, when, anyOf, what } of conditions) {
    if (when !== undefined && !markerHolds(when)) continue;
    if (anyOf.some((marker) => markerHolds(marker))) continue;
    throw new PeepError(
      'LOCK_TARGET',
      `the lock file '${place.file}' demands ${what}, which the target is not`,
      {
        place,
        hint: 'Choose another target with --python, or lock for this one.',
      },
    );
  }
}

/**
 * A package's marker with the memberships in `extras` and `dependency_groups` decided: no extras, the default
 * groups (PEP 751). What is left is a marker of PEP 508.
 */
export function defaultMarker(marker: string, groups: readonly string[], place: SourceLocation): string {
  const chosen = new Set(groups.map((group) => canonicalizeName(group) as string));
  const decided = marker.replace(
    /(["'])([^"']*)\1\s+(not\s+in|in)\s+(extras|dependency_groups)\b/g,
    (_, __, name: string, operator: string, set: string) => {
      const member = set === 'dependency_groups' && chosen.has(canonicalizeName(name));
      return member === (operator === 'in') ? always : never;
    },
  );
  return placed(() => parseRequirement(`x ; ${decided}`).marker, place) ?? decided;
}

/** `requires-python` as a marker. */
export function pythonMarker(specifier: string, place: SourceLocation): string {
  const parts = specifier
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const marker = parts
    .map((part) => {
      const [, operator, version] = /^(~=|===|==|!=|<=|>=|<|>)\s*([A-Za-z0-9.*+!_-]+)$/.exec(part) ?? [];
      if (operator === undefined || version === undefined) {
        throw new PeepError(
          'LOCK_INVALID',
          `requires-python '${printable(specifier)}' is no version specifier`,
          {
            place,
            hint: 'Lock again with the tool that wrote it.',
          },
        );
      }
      return `python_full_version ${operator} "${version}"`;
    })
    .join(' and ');
  return marker === '' ? always : marker;
}

const always = 'python_version >= "0"';
const never = 'python_version < "0"';
