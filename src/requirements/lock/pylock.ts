import { algorithmNames, type Digest, isDigestAlgorithm, parseHexDigest } from '../../hash/digest.js';
import { canonicalizeName } from '../../packaging/name.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import { isEmail, isRepository, isWorkflow, publicHosts } from '../../packaging/publisher-record.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { mapInTurns } from '../../text/turns.js';
import { placed } from '../placed.js';
import { urlFilename } from '../read/requirement-form.js';
import { pythonCondition } from './conditions.js';
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
import { checkFilename, digestsOf, sizeField } from './files.js';
import type { Lock, LockCondition, LockedFile, LockedPackage, LockWarning, PackageHead } from './model.js';
import { inSubdirectory, packageTables, readTable } from './packages.js';
import { lockedIndex, lockedPath, lockedUrl } from './places.js';
import { checkNames, type LockSelection } from './selection.js';

/**
 * Reads a pylock.toml (PEP 751). The default selection is no extras and the default groups. Throws the same errors
 * as `readUvLock`.
 */
export async function readPylock(document: Fields, text: string, context: LockContext): Promise<Lock> {
  const { place, location, selection } = context;
  const warnings = checkVersion(document, place);
  if (field(document, 'packages') === undefined) throw invalidLock("it has no 'packages'", place);
  const tables = packageTables(document, 'packages', text, place);
  const decide = decider(document, selection, place);
  const conditions = fileConditions(document, place);
  const packages = await mapInTurns(tables, (item): LockedPackage[] => {
    const { table, place: here } = item;
    const state: { applies: boolean | string } = { applies: true };
    const more = () => {
      const marker = stringField(table, 'marker', here);
      state.applies = marker === undefined || selection.everything || placed(() => decide(marker), here);
      const publishers = attestationIdentities(table, here);
      return {
        marker: typeof state.applies === 'string' ? state.applies : undefined,
        ...(publishers.length > 0 && { publishers }),
      };
    };
    const read = readTable(item, (head) => readPackage(table, head, location), more);
    if (state.applies === false) return [];
    const python = read.kind === 'refused' ? undefined : stringField(table, 'requires-python', here);
    if (python !== undefined) conditions.push(pythonCondition(python, read.marker, here));
    return [read];
  });
  return {
    tool: 'pylock',
    place,
    packages: packages.flat(),
    conditions,
    warnings,
    graph: undefined,
    undecided: undefined,
  };
}

/** PEP 751: refuse another major version; warn about a later minor one. */
function checkVersion(document: Fields, place: SourceLocation): LockWarning[] {
  const version = requiredString(document, 'lock-version', place);
  if (!/^1(\.\d+)*$/.test(version)) throw unknownVersion('pylock.toml', version, '1.0', place);
  if (/^1(\.0+)*$/.test(version)) return [];
  return [
    {
      place,
      message: `'${place.file}' is a pylock.toml of version ${printable(version)}, and peep knows 1.0`,
      hint: 'peep ignores its new fields. Look for a newer peep.',
      unless: undefined,
    },
  ];
}

function decider(
  document: Fields,
  selection: LockSelection,
  place: SourceLocation,
): (marker: string) => boolean | string {
  const names = (key: string): string[] => (stringsField(document, key, place) ?? []).map(canonicalizeName);
  const [known, groups, defaults] = [names('extras'), names('dependency-groups'), names('default-groups')];
  const extras = new Set(selection.allExtras ? known : checkNames(selection.extras, known, 'extra', place));
  const all = [...groups, ...defaults];
  const asked = selection.allGroups ? all : checkNames(selection.groups, all, 'group', place);
  const chosen = new Set([...defaults, ...asked]);
  if (selection.noDev) chosen.delete('dev');
  return (marker) => decideMarker(marker, { extras, groups: chosen });
}

function fileConditions(document: Fields, place: SourceLocation): LockCondition[] {
  const environments = stringsField(document, 'environments', place) ?? [];
  const python = stringField(document, 'requires-python', place);
  return [
    ...(environments.length === 0
      ? []
      : [{ place, when: undefined, anyOf: environments, what: 'one of the environments that it lists' }]),
    ...(python === undefined ? [] : [pythonCondition(python, undefined, place)]),
  ];
}

function readPackage(table: Fields, head: PackageHead, location: string): LockedPackage {
  const { place, project } = head;
  const kinds = ['vcs', 'directory', 'archive', 'sdist', 'wheels'].filter((key) => Object.hasOwn(table, key));
  const distributions = kinds.filter((key) => key === 'sdist' || key === 'wheels').length;
  if (kinds.length === 0 || (kinds.length > 1 && kinds.length !== distributions)) {
    throw invalidLock(`the package '${project}' names no source, or sources of several kinds`, place);
  }
  const vcs = tableField(table, 'vcs', place);
  if (vcs !== undefined) {
    const from = stringField(vcs, 'url', place) ?? stringField(vcs, 'path', place) ?? '';
    return { ...head, kind: 'local', what: 'vcs', from };
  }
  const directory = tableField(table, 'directory', place);
  if (directory !== undefined) {
    const what = booleanField(directory, 'editable', place) ? 'editable' : 'directory';
    return { ...head, kind: 'local', what, from: stringField(directory, 'path', place) ?? '' };
  }
  const archive = tableField(table, 'archive', place);
  if (archive !== undefined) {
    if (Object.hasOwn(archive, 'subdirectory')) throw inSubdirectory(head);
    return {
      ...head,
      kind: 'archive',
      url: archiveUrl(archive, location, place),
      digests: requireDigests(archive, head),
    };
  }
  const sdist = tableField(table, 'sdist', place);
  const items = [...(tablesField(table, 'wheels', place) ?? []), ...(sdist === undefined ? [] : [sdist])];
  const files = items.map((item) => readFile(item, head, location));
  const [first] = files;
  if (first === undefined) throw invalidLock(`the package '${project}' has no archive`, place);
  const version = head.version ?? checkFilename(first.filename, project, undefined, place).version;
  const index = lockedIndex(stringField(table, 'index', place));
  return { ...head, kind: 'release', version, index, files, digests: digestsOf(files) };
}

function readFile(item: Fields, head: PackageHead, location: string): LockedFile {
  const { place } = head;
  const url = archiveUrl(item, location, place);
  const filename = stringField(item, 'name', place) ?? urlFilename(url);
  checkFilename(filename, head.project, head.version, place);
  return { filename, url, size: sizeField(item, filename, place), digests: requireDigests(item, head) };
}

/** PEP 751: `path` has precedence over `url`; relative paths start at the lock file. */
function archiveUrl(item: Fields, location: string, place: SourceLocation): string {
  const path = stringField(item, 'path', place);
  return path === undefined
    ? lockedUrl(stringField(item, 'url', place) ?? '', location, place)
    : lockedPath(path, location, place);
}

/** PEP 751: every archive must have a hash. */
function requireDigests(item: Fields, { project, place }: PackageHead): readonly Digest[] {
  const hashes = tableField(item, 'hashes', place) ?? {};
  const digests = Object.entries(hashes).flatMap(([algorithm, hex]): Digest[] => {
    if (typeof hex !== 'string') throw invalidLock(`a hash of '${project}' is not a string`, place);
    return isDigestAlgorithm(algorithm) ? [placed(() => parseHexDigest(algorithm, hex), place)] : [];
  });
  if (digests.length > 0) return digests;
  throw new PeepError(
    'HASH_INVALID',
    `an archive of '${project}' has no ${algorithmNames} in the lock file`,
    { place, hint: 'Lock again with a tool that writes sha256.' },
  );
}

/** PEP 751: the publishers that the file allows. It has no repository numbers, so names are compared. */
function attestationIdentities(table: Fields, place: SourceLocation): readonly RecordedPublisher[] {
  return (tablesField(table, 'attestation-identities', place) ?? []).map((identity) => {
    const kind = stringField(identity, 'kind', place);
    const text = (key: string) => stringField(identity, key, place) ?? '';
    if (kind === 'Google' && isEmail(text('email'))) return { kind: 'google', email: text('email') };
    const ci = kind === 'GitHub' ? 'github' : kind === 'GitLab' ? 'gitlab' : undefined;
    const repository = text('repository');
    const workflow = text(ci === 'gitlab' ? 'workflow_filepath' : 'workflow');
    if (ci === undefined || !isRepository(ci, repository) || !isWorkflow(ci, workflow)) {
      const name = printable(requiredString(table, 'name', place));
      throw invalidLock(`an identity of '${name}' names no publisher that peep knows`, place);
    }
    // Do not require the environment that an index names: older certificates do not prove it.
    return { kind: ci, host: publicHosts[ci], repository, workflow, id: undefined, environment: undefined };
  });
}
