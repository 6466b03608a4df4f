import { canonicalizeName } from '../../packaging/name.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { redactUrl } from '../../text/redact.js';
import { mapInTurns, takeBreak } from '../../text/turns.js';
import { urlFilename } from '../read/requirement-form.js';
import type { LockContext } from './context.js';
import {
  booleanField,
  requiredString,
  stringField,
  stringsField,
  tableField,
  tablesField,
  unknownVersion,
} from './fields.js';
import { checkFilename, digestsOf, hashField } from './files.js';
import type { Lock, LockedFile, LockedPackage, PackageHead } from './model.js';
import {
  inSubdirectory,
  mergeEqual,
  type PackageTable,
  packageTables,
  readTable,
  releaseVersion,
} from './packages.js';
import { pdmGraph, saysDependencies } from './pdm-graph.js';
import { pdmTargets } from './pdm-targets.js';
import { lockedPath, lockedUrl } from './places.js';
import { checkNames, isSelective } from './selection.js';
import { graphOrUndecided } from './wishes.js';

/**
 * Reads a pdm.lock of version 4.4 or 4.5; if it was locked without `inherit_metadata`, together with the
 * pyproject.toml beside it. The default selection is every locked group, as in `pdm export`. Throws the same errors
 * as `readUvLock`.
 */
export async function readPdmLock(document: Fields, text: string, context: LockContext): Promise<Lock> {
  const { place, location, selection } = context;
  const metadata = tableField(document, 'metadata', place) ?? {};
  const version = requiredString(metadata, 'lock_version', place);
  if (!/^4\.[45](\.\d+)?$/.test(version)) throw unknownVersion('pdm.lock', version, '4.4 and 4.5', place);
  const decided = (stringsField(metadata, 'strategy', place) ?? []).includes('inherit_metadata');
  const tables = packageTables(document, 'package', text, place);
  const groups = chosenGroups(metadata, tables, context, place);
  const packages = await mapInTurns(tables, (item): LockedPackage[] => {
    const { table, place: here } = item;
    const wanted = (stringsField(table, 'groups', here) ?? []).map(canonicalizeName);
    if (decided && !selection.everything && !wanted.some((group) => groups.has(group))) return [];
    const more = () => ({
      marker: stringField(table, 'marker', here),
      extras: stringsField(table, 'extras', here) ?? [],
    });
    return [readTable(item, (head) => readPackage(table, head, location), more)];
  });
  // A package with extras has a second entry without them, with the same files.
  const merged = mergeEqual(packages.flat());
  await takeBreak();
  const lock = { tool: 'pdm', place, conditions: pdmTargets(metadata, place), warnings: [] } as const;
  if (decided) return { ...lock, packages: merged, graph: undefined, undecided: undefined };
  const project = selection.everything || !saysDependencies(context.project) ? undefined : context.project;
  const read =
    project === undefined
      ? undecided(place)
      : graphOrUndecided(() => pdmGraph(merged, tables, { project, groups, place }));
  return read instanceof PeepError
    ? { ...lock, packages: merged, graph: undefined, undecided: read }
    : { ...lock, ...read, undecided: undefined };
}

function undecided(place: SourceLocation): PeepError {
  return new PeepError(
    'LOCK_UNDECIDED',
    `'${place.file}' was locked without the strategy inherit_metadata, and does not say which packages apply where`,
    {
      place,
      hint: 'Put the pyproject.toml of the project beside it, or run `pdm lock --update-reuse --strategy inherit_metadata`.',
    },
  );
}

function chosenGroups(
  metadata: Fields,
  tables: readonly PackageTable[],
  { selection, project }: LockContext,
  place: SourceLocation,
): ReadonlySet<string> {
  // Without metadata, packages do not have groups.
  const locked = [
    ...(stringsField(metadata, 'groups', place) ?? ['default']),
    ...tables.flatMap(({ table }) => stringsField(table, 'groups', place) ?? []),
  ].map(canonicalizeName);
  const asked = [
    ...checkNames(selection.groups, locked, 'group', place),
    ...checkNames(selection.extras, locked, 'extra', place),
  ];
  if (!isSelective(selection) || selection.allGroups) {
    return new Set(selection.noDev ? withoutDev(locked, project, place) : locked);
  }
  const dev = new Set(devGroups(locked, project, place));
  const extras = selection.allExtras ? locked.filter((group) => !dev.has(group)) : [];
  return new Set(['default', ...(selection.noDev ? [] : dev), ...extras, ...asked]);
}

function withoutDev(locked: readonly string[], project: Fields | undefined, place: SourceLocation): string[] {
  const dev = new Set(devGroups(locked, project, place));
  return locked.filter((group) => !dev.has(group));
}

/** Only pyproject.toml distinguishes groups from extras; without it, `dev` is taken as the only group. */
function devGroups(locked: readonly string[], project: Fields | undefined, place: SourceLocation): string[] {
  if (project === undefined) return locked.filter((group) => group === 'dev');
  const tool = tableField(tableField(project, 'tool', place) ?? {}, 'pdm', place) ?? {};
  const names = new Set(
    [
      ...Object.keys(tableField(project, 'dependency-groups', place) ?? {}),
      ...Object.keys(tableField(tool, 'dev-dependencies', place) ?? {}),
    ].map(canonicalizeName),
  );
  return locked.filter((group) => names.has(group));
}

function readPackage(table: Fields, head: PackageHead, location: string): LockedPackage {
  const { place } = head;
  const path = stringField(table, 'path', place);
  const url = stringField(table, 'url', place);
  const vcs = ['git', 'hg', 'svn', 'bzr'].map((key) => stringField(table, key, place)).find(Boolean);
  if (vcs !== undefined) return { ...head, kind: 'local', what: 'vcs', from: redactUrl(vcs) };
  const listed = tablesField(table, 'files', place) ?? [];
  if (path !== undefined && (listed.length === 0 || booleanField(table, 'editable', place))) {
    const what = booleanField(table, 'editable', place) ? 'editable' : 'directory';
    return { ...head, kind: 'local', what, from: path };
  }
  if (url !== undefined || path !== undefined) {
    if (stringField(table, 'subdirectory', place) !== undefined) throw inSubdirectory(head);
    return {
      ...head,
      kind: 'archive',
      url: path === undefined ? lockedUrl(url ?? '', location, place) : lockedPath(path, location, place),
      digests: listed.flatMap((item) => hashField(item, place)),
    };
  }
  const version = releaseVersion(head);
  const files = listed.map((item): LockedFile => {
    const address = stringField(item, 'url', place);
    const at = address === undefined ? undefined : lockedUrl(address, location, place);
    const filename = stringField(item, 'file', place) ?? urlFilename(at ?? '');
    checkFilename(filename, head.project, version, place);
    return { filename, url: at, size: undefined, digests: hashField(item, place) };
  });
  return { ...head, kind: 'release', version, index: undefined, files, digests: digestsOf(files) };
}
