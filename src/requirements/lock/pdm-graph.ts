import { canonicalizeName, parseProjectName } from '../../packaging/name.js';
import { parseRequirement } from '../../packaging/requirement.js';
import { specifierContains } from '../../packaging/specifier.js';
import type { SourceLocation } from '../../text/errors.js';
import { addTo } from '../../text/groups.js';
import { type Fields, isObject } from '../../text/objects.js';
import { placed } from '../placed.js';
import { field, invalidLock, stringField, stringsField, tableField } from './fields.js';
import type { LockedPackage } from './model.js';
import type { PackageTable } from './packages.js';
import { type Wish, type Wishes, type WishGraph, wishGraph } from './wishes.js';

/** The facts in pyproject.toml that complete a pdm.lock without metadata. */
export interface PdmProject {
  readonly project: Fields;
  /** Normalised names; `default` is the project itself. */
  readonly groups: ReadonlySet<string>;
  readonly place: SourceLocation;
}

/** True if a pyproject.toml lists the dependencies of the project. */
export function saysDependencies(project: Fields | undefined): project is Fields {
  return isObject(field(project ?? {}, 'project')) || isObject(field(project ?? {}, 'dependency-groups'));
}

/**
 * Follows dependencies from the selected groups, as pdm does. `packages` are merged: a package with extras has a
 * second table in `tables` with the dependencies of the extras. Throws the same errors as `wishGraph`.
 */
export function pdmGraph(
  packages: readonly LockedPackage[],
  tables: readonly PackageTable[],
  { project, groups, place }: PdmProject,
): WishGraph {
  const named = dependencyGroups(project, place);
  const requests = [...named].flatMap(([group, wishes]) => (groups.has(group) ? wishes : []));
  const numbers = new Map(packages.map(({ project: name, version }, i) => [`${name} ${version}`, i]));
  const wishes = packages.map(() => ({ dependencies: [] as Wish[], extras: new Map<string, Wish[]>() }));
  for (const { table, place: here } of tables) {
    const name = stringField(table, 'name', here) ?? '';
    const i = numbers.get(`${canonicalizeName(name)} ${stringField(table, 'version', here)}`);
    const own = i === undefined ? undefined : wishes[i];
    if (own === undefined) continue;
    const wanted = (stringsField(table, 'dependencies', here) ?? []).map((text) => wishOf(text, here));
    const extras = stringsField(table, 'extras', here) ?? [];
    if (extras.length === 0) own.dependencies.push(...wanted);
    for (const extra of extras.map(canonicalizeName)) addTo(own.extras, extra, ...wanted);
  }
  return wishGraph(packages, wishes satisfies Wishes[], requests, place);
}

/** Groups and extras of a pyproject.toml, by normalised name. */
function dependencyGroups(document: Fields, place: SourceLocation): Map<string, Wish[]> {
  const project = tableField(document, 'project', place) ?? {};
  const own = stringField(project, 'name', place);
  const tool = tableField(tableField(document, 'tool', place) ?? {}, 'pdm', place) ?? {};
  const written = new Map<string, readonly unknown[]>([
    ['default', stringsField(project, 'dependencies', place) ?? []],
    ...lists(project, 'optional-dependencies', place),
    ...lists(tool, 'dev-dependencies', place),
    ...lists(document, 'dependency-groups', place),
  ]);
  const open = new Set<string>();
  const wishesOf = (group: string): Wish[] => {
    if (open.has(group)) return [];
    open.add(group);
    const wishes = (written.get(group) ?? []).flatMap((item): Wish[] => {
      // PEP 735
      if (isObject(item)) return wishesOf(canonicalizeName(stringField(item, 'include-group', place) ?? ''));
      if (typeof item !== 'string') throw invalidLock(`the group '${group}' is not a list of texts`, place);
      const wish = wishOf(item, place);
      // A project may request its own extras.
      return own !== undefined && wish.project === canonicalizeName(own)
        ? wish.extras.flatMap(wishesOf)
        : [wish];
    });
    open.delete(group);
    return wishes;
  };
  return new Map([...written.keys()].map((group) => [group, wishesOf(group)]));
}

function lists(table: Fields, key: string, place: SourceLocation): (readonly [string, readonly unknown[]])[] {
  const named = tableField(table, key, place) ?? {};
  return Object.keys(named).map((name) => {
    const list = field(named, name);
    if (!Array.isArray(list)) throw invalidLock(`'${name}' of '${key}' is not a list`, place);
    return [canonicalizeName(name), list] as const;
  });
}

/** A requirement of PEP 508, or pdm's `-e file:///…#egg=NAME`. */
function wishOf(text: string, place: SourceLocation): Wish {
  const egg = /^-e\s.*#egg=([A-Za-z0-9._-]+)/.exec(text)?.[1];
  if (egg !== undefined) {
    const project = placed(() => parseProjectName(egg), place);
    return { project, extras: [], marker: undefined, accepts: () => true, text };
  }
  const { name, extras, specifier, marker } = placed(() => parseRequirement(text), place);
  return {
    project: placed(() => parseProjectName(name), place),
    extras: extras.map(canonicalizeName),
    marker: marker ?? undefined,
    accepts: (version) => specifierContains(specifier, version),
    text,
  };
}
