import { canonicalizeName } from '../../packaging/name.js';
import type { ProjectName } from '../../packaging/types.js';
import { versionKey } from '../../packaging/version.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { printable, redactUrl } from '../../text/redact.js';
import { mapInTurns, takeBreak } from '../../text/turns.js';
import { remembered } from '../remembered.js';
import type { LockContext } from './context.js';
import { decideMarker } from './decide-marker.js';
import {
  booleanField,
  field,
  invalidLock,
  requiredString,
  stringField,
  stringsField,
  tableField,
  tablesField,
  unknownVersion,
} from './fields.js';
import { checkFilename, digestsOf, hashField, parseFilename } from './files.js';
import type { Lock, LockCondition, LockedFile, LockedPackage, PackageHead } from './model.js';
import { inSubdirectory, type PackageTable, packageTables, readTable, releaseVersion } from './packages.js';
import { lockedIndex, lockedPath, lockedUrl } from './places.js';
import { poetryGraph, poetryTool } from './poetry-graph.js';
import { poetryPython } from './poetry-versions.js';
import { checkNames, type LockSelection } from './selection.js';
import { graphOrUndecided } from './wishes.js';

/**
 * Reads a poetry.lock of version 1.1, 2.0 or 2.1. The default selection is the main group, as in `poetry export`.
 * 2.1 says which packages apply to a target; the older versions need the pyproject.toml beside them. Throws the
 * same errors as `readUvLock`.
 */
export async function readPoetryLock(document: Fields, text: string, context: LockContext): Promise<Lock> {
  const { place, location, selection } = context;
  const metadata = tableField(document, 'metadata', place) ?? {};
  const version = requiredString(metadata, 'lock-version', place);
  if (!/^(1\.1|2\.[01])$/.test(version)) {
    throw unknownVersion('poetry.lock', version, '1.1, 2.0 and 2.1', place);
  }
  const tables = packageTables(document, 'package', text, place);
  const filesOf = fileLists(metadata, place);
  const readFiles = (item: PackageTable): LockedPackage =>
    readTable(item, (head) => readPackage(item.table, head, filesOf(item.table, head), location));
  const lock = { tool: 'poetry', place, conditions: conditions(metadata, place), warnings: [] } as const;
  if (version !== '2.1') {
    const packages = await mapInTurns(tables, readFiles);
    await takeBreak();
    const tool = selection.everything ? undefined : poetryTool(context.project);
    const read =
      tool === undefined
        ? undecided(version, place)
        : graphOrUndecided(() => poetryGraph(packages, tables, { document, tool, selection, place }));
    return read instanceof PeepError
      ? { ...lock, packages, graph: undefined, undecided: read }
      : { ...lock, ...read, undecided: undefined };
  }
  const choose = chooser(document, tables, selection, place);
  const packages = await mapInTurns(tables, (item): LockedPackage[] => {
    const read = readFiles(item);
    const applies = selection.everything ? undefined : choose(item);
    if (applies === false) return [];
    return [typeof applies === 'string' ? { ...read, marker: applies } : read];
  });
  return { ...lock, packages: packages.flat(), graph: undefined, undecided: undefined };
}

type Files = readonly Fields[];

/** Before 2.1, only pyproject.toml has the requirements of the project itself. */
function undecided(version: string, place: SourceLocation): PeepError {
  return new PeepError(
    'LOCK_UNDECIDED',
    `'${place.file}' is a poetry.lock of version ${version}, which does not say which packages apply where`,
    {
      place,
      hint: 'Put the pyproject.toml of the project beside it, or run `poetry lock` with poetry 2 (version 2.1 of the file).',
    },
  );
}

function conditions(metadata: Fields, place: SourceLocation): LockCondition[] {
  const python = stringField(metadata, 'python-versions', place);
  if (python === undefined) return [];
  return [
    { place, when: undefined, anyOf: poetryPython(python, place), what: `Python ${printable(python)}` },
  ];
}

/** True, false, or the marker with which a package is needed. */
function chooser(
  document: Fields,
  tables: readonly PackageTable[],
  selection: LockSelection,
  place: SourceLocation,
): (item: PackageTable) => boolean | string {
  const groupsOf = ({ table }: PackageTable): string[] =>
    (stringsField(table, 'groups', place) ?? ['main']).map(canonicalizeName);
  const extras = Object.keys(tableField(document, 'extras', place) ?? {}).map(canonicalizeName);
  const chosen = new Set(selection.allExtras ? extras : checkNames(selection.extras, extras, 'extra', place));
  const known = tables.flatMap(groupsOf);
  const groups = new Set([
    'main',
    ...(selection.allGroups ? known : checkNames(selection.groups, known, 'group', place)),
  ]);
  if (selection.noDev) groups.delete('dev');
  return (item) => {
    const markerOf = groupMarkers(item);
    const markers = groupsOf(item)
      .filter((group) => groups.has(group))
      .map(markerOf)
      .map((marker) => marker === undefined || decideMarker(marker, { extra: chosen }));
    if (markers.includes(true)) return true;
    const open = [...new Set(markers.filter((marker) => typeof marker === 'string'))];
    if (open.length === 0) return false;
    return open.length === 1 ? (open[0] ?? true) : open.map((marker) => `(${marker})`).join(' or ');
  };
}

/** `markers` is one text, or one text per group that has a marker. */
function groupMarkers({ table, place }: PackageTable): (group: string) => string | undefined {
  const markers = field(table, 'markers');
  if (!isObject(markers)) return () => stringField(table, 'markers', place);
  const keys = new Map(Object.keys(markers).map((name) => [canonicalizeName(name), name]));
  return (group) => {
    const key = keys.get(group);
    return key === undefined ? undefined : stringField(markers, key, place);
  };
}

function readPackage(table: Fields, head: PackageHead, listed: Files, location: string): LockedPackage {
  const { place } = head;
  const source = tableField(table, 'source', place);
  const type = source === undefined ? undefined : requiredString(source, 'type', place);
  const url = source === undefined ? '' : requiredString(source, 'url', place);
  if (type === 'directory') {
    const what = booleanField(table, 'develop', place) ? 'editable' : 'directory';
    return { ...head, kind: 'local', what, from: url };
  }
  if (type === 'git' || type === 'hg' || type === 'svn') {
    return { ...head, kind: 'local', what: 'vcs', from: redactUrl(url) };
  }
  if (type === 'url' || type === 'file') {
    if (stringField(source ?? {}, 'subdirectory', place) !== undefined) throw inSubdirectory(head);
    return {
      ...head,
      kind: 'archive',
      url: type === 'url' ? lockedUrl(url, location, place) : lockedPath(url, location, place),
      digests: listed.flatMap((item) => hashField(item, place)),
    };
  }
  if (type !== undefined && type !== 'legacy') {
    throw invalidLock(
      `the source of '${head.project}' is '${printable(type)}', which peep does not know`,
      place,
    );
  }
  const version = releaseVersion(head);
  const named = listed.map((item): LockedFile => {
    const filename = requiredString(item, 'file', place);
    checkFilename(filename, head.project, version, place);
    return { filename, url: undefined, size: undefined, digests: hashField(item, place) };
  });
  return {
    ...head,
    kind: 'release',
    version,
    index: lockedIndex(type === 'legacy' ? url : undefined),
    files: named,
    digests: digestsOf(named),
  };
}

/**
 * The files of a package from its own list, or from `metadata.files` of 1.1, which lists the files of all versions
 * of a project together. Each list is parsed once.
 */
function fileLists(metadata: Fields, place: SourceLocation): (table: Fields, head: PackageHead) => Files {
  const lists = tableField(metadata, 'files', place);
  const keys = new Map(Object.keys(lists ?? {}).map((key) => [canonicalizeName(key), key]));
  const byVersion = remembered((project: ProjectName) => {
    const key = keys.get(project);
    const versions = new Map<string | undefined, Fields[]>();
    for (const item of key === undefined ? [] : (tablesField(lists ?? {}, key, place) ?? [])) {
      const parsed = parseFilename(requiredString(item, 'file', place), project);
      const version = parsed === null ? undefined : versionKey(parsed.version);
      const known = versions.get(version);
      if (known === undefined) versions.set(version, [item]);
      else known.push(item);
    }
    return versions;
  });
  return (table, { project, version, place: here }) => {
    const own = tablesField(table, 'files', here);
    if (own !== undefined || version === undefined) return own ?? [];
    const key = versionKey(version);
    return key === undefined ? [] : (byVersion(project).get(key) ?? []);
  };
}
