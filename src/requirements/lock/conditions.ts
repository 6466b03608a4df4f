import { PeepError, type SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { invalidLock } from './fields.js';
import type { LockCondition } from './model.js';

/** Throws `LOCK_TARGET` for the first condition that the target does not meet. */
export function checkConditions(
  conditions: readonly LockCondition[],
  markerHolds: (marker: string) => boolean,
): void {
  for (const { place, when, anyOf, what } of conditions) {
    if (when !== undefined && !markerHolds(when)) continue;
    if (anyOf.some((marker) => markerHolds(marker))) continue;
    throw new PeepError(
      'LOCK_TARGET',
      `the lock file '${place.file}' requires ${what}, but the target does not match`,
      { place, hint: 'Choose another target with --python or --for, or lock for this one.' },
    );
  }
}

/** `requires-python` as a condition on the target. */
export function pythonCondition(
  specifier: string,
  when: string | undefined,
  place: SourceLocation,
): LockCondition {
  return { place, when, anyOf: [pythonMarker(specifier, place)], what: `Python ${printable(specifier)}` };
}

/** Converts a version specifier for Python to a marker. Throws `LOCK_INVALID`. */
export function pythonMarker(specifier: string, place: SourceLocation): string {
  const parts = specifier
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const marker = parts
    .map((part) => {
      const [, operator, version] = /^(~=|===|==|!=|<=|>=|<|>)\s*([A-Za-z0-9.*+!_-]+)$/.exec(part) ?? [];
      if (operator === undefined || version === undefined) {
        throw invalidLock(`'${printable(specifier)}' is not a version specifier for Python`, place);
      }
      return `python_full_version ${operator} "${version}"`;
    })
    .join(' and ');
  return marker === '' ? always : marker;
}

/** A marker that is always true. */
export const always = 'python_version >= "0"';
