import type { Environment } from '../../config/environment.js';
import { canonicalizeName } from '../../packaging/name.js';
import { isValidVersion } from '../../packaging/version.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { printable, redactUrl } from '../../text/redact.js';
import { mapInTurns } from '../../text/turns.js';
import type { LockContext } from './context.js';
import {
  booleanField,
  field,
  invalidLock,
  stringField,
  stringsField,
  tableField,
  tablesField,
} from './fields.js';
import { parseLockedHash } from './files.js';
import { jsonLines } from './json-lines.js';
import type { Lock, LockedPackage, LockWarning, PackageHead } from './model.js';
import { mergeEqual, packageHead, readOrRefuse } from './packages.js';
import { lockedPath, lockedUrl } from './places.js';
import { checkNames, type LockSelection } from './selection.js';

/**
 * Reads a Pipfile.lock (pipfile-spec 6): the default category, and the categories in `--group`, as `pipenv
 * requirements` does. It has no file names, so index pages are needed. Throws the same errors as `readUvLock`.
 */
export async function readPipfileLock(
  document: Fields,
  text: string,
  { place, location, selection }: LockContext,
  env: Environment,
): Promise<Lock> {
  const meta = tableField(document, '_meta', place) ?? {};
  const spec = field(meta, 'pipfile-spec');
  if (spec !== 6) {
    throw new PeepError(
      'LOCK_VERSION',
      `cannot read '${place.file}': its pipfile-spec is ${printable(JSON.stringify(spec) ?? 'missing').slice(0, 100)}, and peep supports version 6`,
      { place, hint: 'Look for a newer peep, or lock again with another pipenv.' },
    );
  }
  const sections = Object.keys(document).filter((key) => key !== '_meta' && isObject(document[key]));
  const line = jsonLines(text);
  const indexes = sourceUrls(meta, env, place);
  const entries = chosenSections(sections, selection, place).flatMap((section) =>
    Object.entries(tableField(document, section, place) ?? {}).map(
      ([name, value]) => [section, name, value] as const,
    ),
  );
  const packages = await mapInTurns(entries, ([section, name, value]): LockedPackage => {
    const here = { file: place.file, line: line(section, name) };
    return readOrRefuse(
      () => {
        if (!isObject(value)) throw invalidLock(`the entry of '${printable(name)}' is not an object`, here);
        const marker = stringField(value, 'markers', here);
        return {
          ...packageHead({ name, version: undefined }, here, marker),
          extras: stringsField(value, 'extras', here) ?? [],
        };
      },
      (head) => readPackage(value as Fields, head, indexes, location),
      { name, place: here },
    );
  });
  return {
    tool: 'pipenv',
    place,
    packages: mergeEqual(packages),
    conditions: [],
    warnings: pythonWarnings(meta, place),
    graph: undefined,
    undecided: undefined,
  };
}

function chosenSections(
  sections: readonly string[],
  selection: LockSelection,
  place: SourceLocation,
): string[] {
  if (selection.extras.length > 0) checkNames(selection.extras, [], 'extra', place);
  const asked = selection.groups.map((group) => (canonicalizeName(group) === 'dev' ? 'develop' : group));
  const known = sections.map(canonicalizeName);
  const names = checkNames(asked, known, 'group', place);
  const all = selection.everything || selection.allGroups;
  return sections.filter((section) => {
    const name = canonicalizeName(section);
    if (selection.noDev && !selection.everything && name === 'develop') return false;
    return all || name === 'default' || names.includes(name);
  });
}

/** `[[source]]` URLs by name, with `${VARIABLES}` expanded; if a variable is not set, the index is unknown. */
function sourceUrls(meta: Fields, env: Environment, place: SourceLocation): ReadonlyMap<string, string> {
  return new Map(
    (tablesField(meta, 'sources', place) ?? []).flatMap((source) => {
      const name = stringField(source, 'name', place);
      const url = stringField(source, 'url', place);
      if (name === undefined || url === undefined) return [];
      const filled = url.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (all, key: string) => env[key] ?? all);
      return /^https?:/i.test(filled) && URL.canParse(filled) && !filled.includes('${')
        ? [[name, filled]]
        : [];
    }),
  );
}

/** pipenv itself only warns about this. */
function pythonWarnings(meta: Fields, place: SourceLocation): LockWarning[] {
  const requires = tableField(meta, 'requires', place) ?? {};
  const full = stringField(requires, 'python_full_version', place);
  const version = stringField(requires, 'python_version', place) ?? full;
  if (version === undefined || !/^\d+(\.\d+)*$/.test(version)) return [];
  return [
    {
      place,
      message: `'${place.file}' was locked for Python ${full ?? version}, but the target is another Python`,
      hint: 'Lock again for this Python if archives are missing.',
      unless: full === undefined ? `python_version == "${version}"` : `python_full_version == "${full}"`,
    },
  ];
}

function readPackage(
  table: Fields,
  head: PackageHead,
  indexes: ReadonlyMap<string, string>,
  location: string,
): LockedPackage {
  const { place } = head;
  const path = stringField(table, 'path', place);
  const vcs = ['git', 'hg', 'svn', 'bzr'].map((key) => stringField(table, key, place)).find(Boolean);
  if (vcs !== undefined) return { ...head, kind: 'local', what: 'vcs', from: redactUrl(vcs) };
  const hashes = stringsField(table, 'hashes', place) ?? [];
  const digests = hashes.flatMap((hash) => parseLockedHash(hash, place));
  const file = stringField(table, 'file', place);
  if (
    path !== undefined &&
    (booleanField(table, 'editable', place) || !/\.(whl|zip|tar\.\w+|tgz)$/i.test(path))
  ) {
    const what = booleanField(table, 'editable', place) ? 'editable' : 'directory';
    return { ...head, kind: 'local', what, from: path };
  }
  if (file !== undefined || path !== undefined) {
    const isUrl = file !== undefined && /^[a-z][a-z0-9+.-]+:/i.test(file);
    const url = isUrl ? lockedUrl(file, location, place) : lockedPath(file ?? path ?? '', location, place);
    return { ...head, kind: 'archive', url, digests };
  }
  const version = /^===?\s*(.+)$/.exec(stringField(table, 'version', place) ?? '')?.[1];
  if (version === undefined || !isValidVersion(version)) {
    // A package that the locking machine did not need is locked as "*".
    throw new PeepError('REQUIREMENT_UNPINNED', `the package '${head.project}' is locked without a version`, {
      place,
      hint: 'Lock on a machine that needs the package, or name its version in the Pipfile.',
    });
  }
  const index = indexes.get(stringField(table, 'index', place) ?? '') ?? [...indexes.values()][0];
  return { ...head, kind: 'release', version, index, files: [], digests };
}
