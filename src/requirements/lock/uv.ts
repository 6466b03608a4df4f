import type { SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { redactUrl } from '../../text/redact.js';
import { mapInTurns, takeBreak } from '../../text/turns.js';
import { urlFilename } from '../read/requirement-form.js';
import { pythonCondition } from './conditions.js';
import type { LockContext } from './context.js';
import {
  field,
  invalidLock,
  stringField,
  stringsField,
  tableField,
  tablesField,
  unknownVersion,
} from './fields.js';
import { checkFilename, digestsOf, hashField, sizeField } from './files.js';
import type { Lock, LockCondition, LockedFile, LockedPackage, PackageHead } from './model.js';
import { inSubdirectory, packageTables, readTable, releaseVersion } from './packages.js';
import { lockedIndex, lockedPath, lockedUrl } from './places.js';
import { uvPackages } from './uv-graph.js';
import { readUvGraph } from './uv-roots.js';

/**
 * Reads a uv.lock: `version = 1` with any revision. `location` is the absolute path or URL of the file. Throws
 * `LOCK_INVALID` if the file as a whole breaks its format, and `LOCK_SELECTION` for names that it does not have.
 */
export async function readUvLock(
  document: Fields,
  text: string,
  { place, location, selection, project }: LockContext,
): Promise<Lock> {
  const version = field(document, 'version');
  if (version !== 1) throw unknownVersion('uv.lock', JSON.stringify(version) ?? '', '1', place);
  const tables = packageTables(document, 'package', text, place);
  const packages = await mapInTurns(tables, (item) =>
    readTable(item, (head) => readPackage(item.table, head, location)),
  );
  await takeBreak();
  return {
    tool: 'uv',
    place,
    packages,
    conditions: conditions(document, place),
    warnings: [],
    graph: await readUvGraph(document, uvPackages(tables), selection, project, place),
    undecided: undefined,
  };
}

function conditions(document: Fields, place: SourceLocation): LockCondition[] {
  const python = stringField(document, 'requires-python', place);
  const supported = stringsField(document, 'supported-markers', place) ?? [];
  return [
    ...(python === undefined ? [] : [pythonCondition(python, undefined, place)]),
    ...(supported.length === 0
      ? []
      : [{ place, when: undefined, anyOf: supported, what: 'one of its supported environments' }]),
  ];
}

function readPackage(table: Fields, head: PackageHead, location: string): LockedPackage {
  const { place, project } = head;
  const source = tableField(table, 'source', place);
  if (source === undefined) throw invalidLock(`the package '${project}' names no source`, place);
  const from = (key: string): string | undefined => stringField(source, key, place);
  const editable = from('editable');
  if (editable !== undefined) return { ...head, kind: 'local', what: 'editable', from: editable };
  const folder = from('directory') ?? from('virtual');
  if (folder !== undefined) return { ...head, kind: 'local', what: 'directory', from: folder };
  const git = from('git');
  if (git !== undefined) return { ...head, kind: 'local', what: 'vcs', from: redactUrl(git) };

  const url = from('url');
  const path = from('path');
  if (url !== undefined || path !== undefined) {
    if (from('subdirectory') !== undefined) throw inSubdirectory(head);
    return {
      ...head,
      kind: 'archive',
      url: path === undefined ? lockedUrl(url ?? '', location, place) : lockedPath(path, location, place),
      digests: archives(table, place).flatMap((item) => hashField(item, place)),
    };
  }
  const registry = from('registry');
  if (registry === undefined) {
    throw invalidLock(`the source of '${project}' is of a kind that peep does not know`, place);
  }
  const version = releaseVersion(head);
  const files = archives(table, place).map((item) => readFile(item, head, registry, location));
  return {
    ...head,
    kind: 'release',
    version,
    index: lockedIndex(registry),
    files,
    digests: digestsOf(files),
  };
}

function archives(table: Fields, place: SourceLocation): Fields[] {
  const sdist = tableField(table, 'sdist', place);
  return [...(tablesField(table, 'wheels', place) ?? []), ...(sdist === undefined ? [] : [sdist])];
}

function readFile(item: Fields, head: PackageHead, registry: string, location: string): LockedFile {
  const { place } = head;
  const path = stringField(item, 'path', place);
  const written = stringField(item, 'url', place);
  const url =
    path !== undefined
      ? lockedPath(path, location, place, registry)
      : written === undefined
        ? undefined
        : lockedUrl(written, location, place);
  const filename = stringField(item, 'filename', place) ?? urlFilename(url ?? '');
  checkFilename(filename, head.project, head.version, place);
  return { filename, url, size: sizeField(item, filename, place), digests: hashField(item, place) };
}
