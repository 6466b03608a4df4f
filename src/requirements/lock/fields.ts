import { PeepError, type SourceLocation } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { printable } from '../../text/redact.js';

/** Reads only own properties, so that a file cannot reach inherited ones. */
export function field(table: Fields, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

export function stringField(table: Fields, key: string, place: SourceLocation): string | undefined {
  const value = field(table, key);
  if (value === undefined || typeof value === 'string') return value;
  throw invalidLock(`'${key}' is not a string`, place);
}

export function requiredString(table: Fields, key: string, place: SourceLocation): string {
  const value = stringField(table, key, place);
  if (value === undefined) throw invalidLock(`'${key}' is missing`, place);
  return value;
}

export function booleanField(table: Fields, key: string, place: SourceLocation): boolean {
  const value = field(table, key);
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalidLock(`'${key}' is neither true nor false`, place);
}

export function stringsField(
  table: Fields,
  key: string,
  place: SourceLocation,
): readonly string[] | undefined {
  const value = field(table, key);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw invalidLock(`'${key}' is not a list of strings`, place);
}

export function tableField(table: Fields, key: string, place: SourceLocation): Fields | undefined {
  const value = field(table, key);
  if (value === undefined || isObject(value)) return value;
  throw invalidLock(`'${key}' is not a table`, place);
}

export function tablesField(
  table: Fields,
  key: string,
  place: SourceLocation,
): readonly Fields[] | undefined {
  const value = field(table, key);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw invalidLock(`'${key}' is not a list of tables`, place);
}

/** The lists of tables below `key`, by name. */
export function namedTables(
  table: Fields,
  key: string,
  place: SourceLocation,
): readonly (readonly [name: string, tables: readonly Fields[]])[] {
  const named = tableField(table, key, place) ?? {};
  return Object.keys(named).map((name) => [name, tablesField(named, name, place) ?? []] as const);
}

/** The error for a file, or one of its entries, that breaks the format. */
export function invalidLock(what: string, place: SourceLocation, cause?: unknown): PeepError {
  return new PeepError('LOCK_INVALID', `cannot read the lock file '${printable(place.file)}': ${what}`, {
    place,
    cause,
    hint: 'Lock again with the tool that wrote it.',
  });
}

/** The error for a version of the format that peep does not support. */
export function unknownVersion(
  format: string,
  version: string,
  known: string,
  place: SourceLocation,
): PeepError {
  return new PeepError(
    'LOCK_VERSION',
    `cannot read '${printable(place.file)}': it is a ${format} of version ${printable(version)}; peep supports ${known}`,
    {
      place,
      hint: 'Look for a newer peep, or lock again with a version of the tool that writes a known one.',
    },
  );
}
