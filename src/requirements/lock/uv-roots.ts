import { canonicalizeName } from '../../packaging/name.js';
import type { SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { field, invalidLock, namedTables, stringsField, tableField, tablesField } from './fields.js';
import type { LockEdge, LockGraph, LockNode } from './model.js';
import { checkNames, type LockSelection } from './selection.js';
import { localFolder, nameOf, readConflicts, readEdge, readUvNodes, type UvPackages } from './uv-graph.js';
import { extraName, groupName, projectName } from './uv-names.js';

/** Reads the graph of a uv.lock, starting at the roots that `selection` names, with their extras and groups. */
export async function readUvGraph(
  document: Fields,
  packages: UvPackages,
  selection: LockSelection,
  project: Fields | undefined,
  place: SourceLocation,
): Promise<LockGraph> {
  const manifest = tableField(document, 'manifest', place) ?? {};
  const numbers = rootNumbers(manifest, packages, selection, place);
  const nodes = await readUvNodes(packages, selection.everything ? [] : numbers, place);
  const roots = numbers.map((i) => ({
    i,
    name: nodes[i]?.project ?? '',
    table: packages.tables[i] ?? {},
    place: packages.places[i] ?? place,
  }));
  const shared = namedTables(manifest, 'dependency-groups', place);
  const groupsOf = new Map(
    roots.map(({ i, table, place }) => [i, namedTables(table, 'dev-dependencies', place)]),
  );
  const extras = chosenExtras(roots, nodes, selection, place);
  const groups = chosenGroups(roots, [...groupsOf.values(), shared], selection, project, place);

  const edges: LockEdge[] = [];
  const requests: LockEdge[] = [];
  const chosen: string[] = [];
  for (const root of roots) {
    const own = [...(nodes[root.i]?.extras.keys() ?? [])].filter(extras);
    edges.push({ to: root.i, extras: own, marker: undefined });
    chosen.push(projectName(root.name), ...own.map((extra) => extraName(root.name, extra)));
    for (const [group, items] of groupsOf.get(root.i) ?? []) {
      if (!groups(root.table, canonicalizeName(group))) continue;
      chosen.push(groupName(root.name, canonicalizeName(group)));
      requests.push(...items.map((item) => readEdge(item, packages, root.place)));
    }
  }
  // Requirements of a script, and groups of a workspace whose root is not a project: the file only has their names.
  const loose = [
    ...(tablesField(manifest, 'requirements', place) ?? []),
    ...shared.flatMap(([group, items]) => (groups({}, canonicalizeName(group)) ? items : [])),
  ];
  requests.push(...loose.flatMap((item) => looseEdges(item, packages, place)));
  return {
    roots: edges,
    requests,
    nodes,
    chosen,
    conflicts: selection.everything ? [] : readConflicts(document, place),
  };
}

interface Root {
  readonly i: number;
  readonly name: string;
  readonly table: Fields;
  readonly place: SourceLocation;
}

/** The selected members, else the package of the root directory, else all members of the workspace. */
function rootNumbers(
  manifest: Fields,
  { tables, byName }: UvPackages,
  selection: LockSelection,
  place: SourceLocation,
): number[] {
  const root = tables.flatMap((table, i) => (localFolder(table) === '.' ? [i] : []));
  const members = (stringsField(manifest, 'members', place) ?? []).map(canonicalizeName);
  const numbers = (names: readonly string[]): number[] =>
    names.flatMap((name) =>
      (byName.get(name) ?? []).filter((i) => localFolder(tables[i] ?? {}) !== undefined),
    );
  if (selection.packages.length > 0) {
    const known = [...members, ...root.map((i) => nameOf(tables[i] ?? {}))];
    return numbers(checkNames(selection.packages, known, 'package', place));
  }
  if (selection.everything) return [...new Set([...root, ...numbers(members)])];
  if (root.length > 0) return root;
  if (members.length > 0) return numbers(members);
  // The lock file of a script has requirements and no package of its own.
  if (field(manifest, 'requirements') !== undefined || tables.length === 0) return [];
  throw invalidLock(
    'it has no root: no package whose source is this folder, and no workspace members',
    place,
  );
}

function chosenExtras(
  roots: readonly Root[],
  nodes: readonly LockNode[],
  { extras, allExtras, everything }: LockSelection,
  place: SourceLocation,
): (extra: string) => boolean {
  const known = roots.flatMap(({ i, table, place }) => [
    ...(nodes[i]?.extras.keys() ?? []),
    // An extra without dependencies is only in the metadata.
    ...(stringsField(tableField(table, 'metadata', place) ?? {}, 'provides-extras', place) ?? []).map(
      canonicalizeName,
    ),
  ]);
  const asked = new Set(checkNames(extras, known, 'extra', place));
  return (extra) => allExtras || everything || asked.has(extra);
}

type Groups = readonly (readonly [string, readonly Fields[]])[];

/** uv uses `default-groups`, which defaults to `["dev"]`. */
function chosenGroups(
  roots: readonly Root[],
  groups: readonly Groups[],
  selection: LockSelection,
  project: Fields | undefined,
  place: SourceLocation,
): (root: Fields, group: string) => boolean {
  const known = [
    ...groups.flatMap((named) => named.map(([name]) => canonicalizeName(name))),
    ...roots.flatMap(({ table, place }) =>
      Object.keys(tableField(tableField(table, 'metadata', place) ?? {}, 'requires-dev', place) ?? {}).map(
        canonicalizeName,
      ),
    ),
  ];
  const asked = new Set(checkNames(selection.groups, known, 'group', place));
  const tool = tableField(project ?? {}, 'tool', place);
  const settings = tableField(tool ?? {}, 'uv', place) ?? {};
  return (root, group) => {
    if (selection.noDev && group === 'dev' && !selection.everything) return false;
    if (selection.allGroups || selection.everything || asked.has(group)) return true;
    const written = field(root, 'default-groups') ?? field(settings, 'default-groups') ?? ['dev'];
    if (written === 'all') return true;
    return (
      Array.isArray(written) &&
      written.some((name) => typeof name === 'string' && canonicalizeName(name) === group)
    );
  };
}

/**
 * The edges to a project that is named without a version. If several versions are locked, the edge to each one
 * holds for the markers of its fork.
 */
function looseEdges(item: Fields, packages: UvPackages, place: SourceLocation): LockEdge[] {
  const named = packages.byName.get(nameOf(item)) ?? [];
  if (named.length <= 1) {
    return [
      {
        ...readEdge({ ...item, version: undefined, source: undefined }, packages, place),
        ...extrasOf(item, place),
      },
    ];
  }
  return named.map((to) => {
    const forks =
      stringsField(packages.tables[to] ?? {}, 'resolution-markers', packages.places[to] ?? place) ?? [];
    const own = field(item, 'marker');
    const all = [
      ...(typeof own === 'string' ? [`(${own})`] : []),
      ...(forks.length === 0 ? [] : [`(${forks.join(' or ')})`]),
    ];
    return { to, ...extrasOf(item, place), marker: all.length === 0 ? undefined : all.join(' and ') };
  });
}

function extrasOf(item: Fields, place: SourceLocation): { extras: string[] } {
  const extras = stringsField(item, 'extras', place) ?? stringsField(item, 'extra', place) ?? [];
  return { extras: extras.map(canonicalizeName) };
}
