import { parseMarker } from '../../packaging/marker.js';
import { canonicalizeName } from '../../packaging/name.js';
import type { SourceLocation } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { mapInTurns } from '../../text/turns.js';
import { placed } from '../placed.js';
import {
  field,
  invalidLock,
  namedTables,
  requiredString,
  stringField,
  stringsField,
  tableField,
  tablesField,
} from './fields.js';
import type { LockEdge, LockNode } from './model.js';
import type { PackageTable } from './packages.js';
import { extraName, groupName, projectName } from './uv-names.js';

/** The packages of a uv.lock, with indexes for finding the package of an edge. */
export interface UvPackages {
  readonly tables: readonly Fields[];
  readonly places: readonly SourceLocation[];
  /** Positions by normalised name. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  /** Positions by name and version, as joined by `versionKey`. */
  readonly byVersion: ReadonlyMap<string, readonly number[]>;
}

export function uvPackages(packages: readonly PackageTable[]): UvPackages {
  const byName = new Map<string, number[]>();
  const byVersion = new Map<string, number[]>();
  packages.forEach(({ table }, i) => {
    add(byName, nameOf(table), i);
    add(byVersion, versionKey(nameOf(table), field(table, 'version')), i);
  });
  return {
    tables: packages.map(({ table }) => table),
    places: packages.map(({ place }) => place),
    byName,
    byVersion,
  };
}

function add(numbers: Map<string, number[]>, key: string, i: number): void {
  const known = numbers.get(key);
  if (known === undefined) numbers.set(key, [i]);
  else known.push(i);
}

function versionKey(name: string, version: unknown): string {
  return JSON.stringify([name, typeof version === 'string' ? version : '']);
}

/** The dependencies of each package. Takes linear time. Throws `LOCK_INVALID`. */
export async function readUvNodes(
  packages: UvPackages,
  own: readonly number[],
  place: SourceLocation,
): Promise<LockNode[]> {
  const ownNumbers = new Set(own);
  return mapInTurns(packages.tables, (table, i) => {
    const here = packages.places[i] ?? place;
    const edges = (items: readonly Fields[]): LockEdge[] =>
      items.map((item) => readEdge(item, packages, here));
    return {
      project: nameOf(table),
      own: ownNumbers.has(i) || localFolder(table) === '.' || field(sourceOf(table), 'virtual') !== undefined,
      dependencies: edges(tablesField(table, 'dependencies', here) ?? []),
      extras: new Map(
        namedTables(table, 'optional-dependencies', here).map(([name, items]) => [
          canonicalizeName(name),
          edges(items),
        ]),
      ),
    };
  });
}

/** An edge has version and source only if several packages have its name. */
export function readEdge(item: Fields, packages: UvPackages, place: SourceLocation): LockEdge {
  const name = requiredString(item, 'name', place);
  const version = stringField(item, 'version', place);
  const source = tableField(item, 'source', place);
  const key = canonicalizeName(name);
  const named = packages.byName.get(key) ?? [];
  const ofVersion = version === undefined ? named : (packages.byVersion.get(versionKey(key, version)) ?? []);
  const meant =
    named.length === 1
      ? named
      : ofVersion.filter(
          (i) => source === undefined || sameSource(sourceOf(packages.tables[i] ?? {}), source),
        );
  const [to] = meant;
  if (to === undefined || meant.length > 1) {
    const what = `${printable(name)} ${printable(version ?? '')}`.trimEnd();
    throw invalidLock(
      to === undefined
        ? `a package depends on ${what}, which the file does not have`
        : `a package depends on ${what}, and the file has several of that name`,
      place,
    );
  }
  const marker = stringField(item, 'marker', place);
  if (marker !== undefined) placed(() => parseMarker(marker), place);
  return { to, extras: (stringsField(item, 'extra', place) ?? []).map(canonicalizeName), marker };
}

export function readConflicts(document: Fields, place: SourceLocation): string[][] {
  const sets = field(document, 'conflicts') ?? [];
  if (
    !Array.isArray(sets) ||
    !sets.every((set): set is unknown[] => Array.isArray(set) && set.every(isObject))
  ) {
    throw invalidLock("'conflicts' is not a list of lists", place);
  }
  return sets.map((set) =>
    (set as Fields[]).map((item) => {
      const project = canonicalizeName(requiredString(item, 'package', place));
      const extra = stringField(item, 'extra', place);
      const group = stringField(item, 'group', place);
      if (extra !== undefined) return extraName(project, canonicalizeName(extra));
      return group === undefined ? projectName(project) : groupName(project, canonicalizeName(group));
    }),
  );
}

/** The directory of a local package of the project or workspace, as written. */
export function localFolder(table: Fields): string | undefined {
  const source = sourceOf(table);
  const folder = field(source, 'editable') ?? field(source, 'virtual') ?? field(source, 'directory');
  return typeof folder === 'string' ? folder : undefined;
}

export function nameOf(table: Fields): string {
  const name = field(table, 'name');
  return typeof name === 'string' ? canonicalizeName(name) : '';
}

function sourceOf(table: Fields): Fields {
  const source = field(table, 'source');
  return isObject(source) ? source : {};
}

function sameSource(a: Fields, b: Fields): boolean {
  const keys = Object.keys(b);
  return keys.length === Object.keys(a).length && keys.every((key) => field(a, key) === field(b, key));
}
