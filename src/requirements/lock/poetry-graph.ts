import { canonicalizeName, parseProjectName } from '../../packaging/name.js';
import { specifierContains } from '../../packaging/specifier.js';
import type { SourceLocation } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { placed } from '../placed.js';
import { decideMarker } from './decide-marker.js';
import { booleanField, field, invalidLock, stringField, stringsField, tableField } from './fields.js';
import type { LockedPackage } from './model.js';
import type { PackageTable } from './packages.js';
import { poetryPython, poetrySpecifiers } from './poetry-versions.js';
import { checkNames, type LockSelection } from './selection.js';
import { type Wish, type Wishes, type WishGraph, wishGraph } from './wishes.js';

/** The facts in pyproject.toml that complete a poetry.lock before 2.1. */
export interface PoetryProject {
  readonly document: Fields;
  /** The `[tool.poetry]` table of the pyproject.toml. */
  readonly tool: Fields;
  readonly selection: LockSelection;
  readonly place: SourceLocation;
}

/** The `[tool.poetry]` table of a pyproject.toml, if it lists the dependencies of the project. */
export function poetryTool(project: Fields | undefined): Fields | undefined {
  const tool = field(project ?? {}, 'tool');
  const poetry = isObject(tool) ? field(tool, 'poetry') : undefined;
  return isObject(poetry) && isObject(field(poetry, 'dependencies')) ? poetry : undefined;
}

/**
 * Follows dependencies from the selected groups and extras, as `poetry export` of these older versions does. Throws
 * the same errors as `wishGraph`.
 */
export function poetryGraph(
  packages: readonly LockedPackage[],
  tables: readonly PackageTable[],
  { document, tool, selection, place }: PoetryProject,
): WishGraph {
  const groups = groupTables(tool, place);
  const asked = selection.allGroups
    ? [...groups.keys()]
    : ['main', ...checkNames(selection.groups, groups.keys(), 'group', place)];
  const chosen = new Set(selection.noDev ? asked.filter((name) => name !== 'dev') : asked);
  const extras = extraNames(tableField(document, 'extras', place) ?? {}, place);
  const wanted = selection.allExtras
    ? [...extras.keys()]
    : checkNames(selection.extras, extras.keys(), 'extra', place);
  const optional = new Set(wanted.flatMap((extra) => extras.get(extra) ?? []));
  const requests = [...groups].flatMap(([group, table]) =>
    chosen.has(group)
      ? dependenciesOf(table, place)
          .filter((each) => !each.optional || optional.has(each.wish.project))
          .map(({ wish }) => wish)
      : [],
  );
  const wishes = tables.map(({ table, place: here }) => packageWishes(table, here));
  return wishGraph(packages, wishes, requests, place);
}

/** Dependency tables by group; `main` is that of the project. */
function groupTables(tool: Fields, place: SourceLocation): Map<string, Fields> {
  const groups = new Map<string, Fields>([['main', tableField(tool, 'dependencies', place) ?? {}]]);
  const named = tableField(tool, 'group', place) ?? {};
  for (const name of Object.keys(named)) {
    const group = tableField(named, name, place) ?? {};
    groups.set(canonicalizeName(name), tableField(group, 'dependencies', place) ?? {});
  }
  const dev = tableField(tool, 'dev-dependencies', place);
  if (dev !== undefined) groups.set('dev', { ...dev, ...groups.get('dev') });
  return groups;
}

/**
 * Normalised names of the packages of each extra, from texts such as `blinker`, `blinker (>=1.9)` or
 * `blinker[async] (==1)`.
 */
function extraNames(table: Fields, place: SourceLocation): Map<string, string[]> {
  return new Map(
    Object.keys(table).map((extra) => {
      const texts = stringsField(table, extra, place) ?? [];
      const names = texts.map((text) => canonicalizeName(/^[A-Za-z0-9._-]*/.exec(text.trim())?.[0] ?? ''));
      return [canonicalizeName(extra), names];
    }),
  );
}

function packageWishes(table: Fields, place: SourceLocation): Wishes {
  const own = dependenciesOf(tableField(table, 'dependencies', place) ?? {}, place);
  const named = extraNames(tableField(table, 'extras', place) ?? {}, place);
  const none = new Set<string>();
  return {
    dependencies: own.flatMap(({ optional, wish }) => (optional ? [] : withExtra(wish, none))),
    extras: new Map(
      [...named].map(([extra, projects]) => {
        const chosen = new Set([extra]);
        const wishes = own.filter(({ optional, wish }) => optional && projects.includes(wish.project));
        return [extra, wishes.flatMap(({ wish }) => withExtra(wish, chosen))];
      }),
    ),
  };
}

/** Drops the dependency if it belongs only to extras that are not selected. */
function withExtra(wish: Wish, chosen: ReadonlySet<string>): Wish[] {
  if (wish.marker === undefined) return [wish];
  const decided = decideMarker(wish.marker, { extra: chosen });
  if (decided === false) return [];
  return [{ ...wish, marker: decided === true ? undefined : decided }];
}

interface PoetryDependency {
  readonly optional: boolean;
  readonly wish: Wish;
}

/** `name = "^1.0"`, a table, or a list of tables for different Pythons. */
function dependenciesOf(table: Fields, place: SourceLocation): PoetryDependency[] {
  return Object.keys(table)
    .filter((name) => canonicalizeName(name) !== 'python')
    .flatMap((name) => {
      const value = field(table, name);
      return (Array.isArray(value) ? value : [value]).map((each) => dependency(name, each, place));
    });
}

function dependency(name: string, value: unknown, place: SourceLocation): PoetryDependency {
  const table = typeof value === 'string' ? { version: value } : value;
  if (!isObject(table)) throw invalidLock(`the dependency on '${name}' is neither a text nor a table`, place);
  const constraint = stringField(table, 'version', place) ?? '*';
  return {
    optional: booleanField(table, 'optional', place),
    wish: {
      project: placed(() => parseProjectName(name), place),
      extras: (stringsField(table, 'extras', place) ?? []).map(canonicalizeName),
      marker: markerOf(table, place),
      accepts: (version) =>
        poetrySpecifiers(constraint, place).some((specifier) => specifierContains(specifier, version)),
      text: constraint === '*' ? name : `${name} ${constraint}`,
    },
  };
}

/** `markers`, `python` and `platform` must all be true. */
function markerOf(table: Fields, place: SourceLocation): string | undefined {
  const written = stringField(table, 'markers', place);
  const python = stringField(table, 'python', place);
  const platform = stringField(table, 'platform', place);
  const parts = [
    ...(written === undefined || written.trim() === '' ? [] : [written]),
    ...(python === undefined || python.trim() === '*' ? [] : [poetryPython(python, place).join(' or ')]),
    ...(platform === undefined || !/^\w+$/.test(platform) ? [] : [`sys_platform == "${platform}"`]),
  ];
  return parts.length < 2 ? parts[0] : parts.map((part) => `(${part})`).join(' and ');
}
