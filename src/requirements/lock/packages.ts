import { parseProjectName } from '../../packaging/name.js';
import { isValidVersion } from '../../packaging/version.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { placed } from '../placed.js';
import { field, requiredString, stringField, tablesField } from './fields.js';
import type { LockedPackage, PackageHead } from './model.js';
import { headerLines } from './toml.js';

/** Reads the name and version of an entry. Throws `LOCK_INVALID` and `NAME_MALFORMED`. */
export function packageHead(table: Fields, place: SourceLocation, marker: string | undefined): PackageHead {
  const name = requiredString(table, 'name', place);
  return {
    name,
    project: placed(() => parseProjectName(name), place),
    version: stringField(table, 'version', place),
    extras: [],
    place,
    marker,
  };
}

/** The version, which is required for a release. Throws `VERSION_MALFORMED`. */
export function releaseVersion({ project, version, place }: PackageHead): string {
  if (version !== undefined && isValidVersion(version)) return version;
  throw new PeepError(
    'VERSION_MALFORMED',
    `the package '${project}' has ${version === undefined ? 'no version' : `'${printable(version)}', which is not a version`}`,
    { place, hint: 'Lock again with the tool that wrote the file.' },
  );
}

/** The entry of a package, and the number of its first line. */
export interface PackageTable {
  readonly table: Fields;
  readonly place: SourceLocation;
}

/** The `[[key]]` tables of a TOML lock file; empty without that key. Throws `LOCK_INVALID`. */
export function packageTables(
  document: Fields,
  key: string,
  text: string,
  file: SourceLocation,
): readonly PackageTable[] {
  const tables = tablesField(document, key, file) ?? [];
  const line = headerLines(text, key, tables.length);
  return tables.map((table, i) => ({ table, place: { file: file.file, line: line(i) } }));
}

/** Reads the package of a table. */
export function readTable(
  { table, place }: PackageTable,
  read: (head: PackageHead) => LockedPackage,
  more: () => Partial<PackageHead> = () => ({}),
): LockedPackage {
  return readOrRefuse(() => ({ ...packageHead(table, place, undefined), ...more() }), read, {
    name: field(table, 'name'),
    place,
  });
}

/** A bad entry is reported with its line; the others are still read. */
export function readOrRefuse(
  head: () => PackageHead,
  read: (head: PackageHead) => LockedPackage,
  fallback: { readonly name: unknown; readonly place: SourceLocation },
): LockedPackage {
  let known: PackageHead | undefined;
  try {
    known = head();
    return read(known);
  } catch (error) {
    if (!isPeepError(error)) throw error;
    const name = known?.name ?? (typeof fallback.name === 'string' ? fallback.name : 'a package');
    return {
      kind: 'refused',
      name: printable(name).slice(0, 200),
      project: known?.project,
      version: known?.version,
      extras: [],
      place: fallback.place,
      marker: known?.marker,
      error,
    };
  }
}

/** The error for a package in a directory inside its archive. */
export function inSubdirectory({ project, place }: PackageHead): PeepError {
  return new PeepError(
    'REQUIREMENT_URL',
    `the package '${project}' lies in a directory inside its archive, which peep cannot install from`,
    { place, hint: 'Lock an archive whose root is the project.' },
  );
}

/** Entries for the same archive become one requirement, with the extras of all. */
export function mergeEqual(packages: readonly LockedPackage[]): LockedPackage[] {
  const equal = new Map<string, [LockedPackage, ...LockedPackage[]]>();
  for (const item of packages) {
    const source = item.kind === 'archive' ? item.url : item.kind === 'local' ? item.from : '';
    const key = JSON.stringify(
      item.kind === 'refused'
        ? [item.place.line, equal.size]
        : [item.kind, item.project, item.version, source],
    );
    const known = equal.get(key);
    if (known === undefined) equal.set(key, [item]);
    else known.push(item);
  }
  return [...equal.values()].map(union);
}

function union(items: readonly [LockedPackage, ...LockedPackage[]]): LockedPackage {
  const [first] = items;
  if (items.length === 1) return first;
  const markers = new Set(items.map(({ marker }) => marker));
  const marker = markers.has(undefined)
    ? undefined
    : markers.size === 1
      ? first.marker
      : [...markers].map((each) => `(${each})`).join(' or ');
  return { ...first, marker, extras: [...new Set(items.flatMap(({ extras }) => extras))] };
}
