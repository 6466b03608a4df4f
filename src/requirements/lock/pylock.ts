import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Digest,
  type Digests,
  digestSet,
  isDigestAlgorithm,
  parseHexDigest,
} from '../../hash/digest.js';
import { parseSdistFilenameFor, parseWheelFilename } from '../../packaging/filename.js';
import { parseProjectName } from '../../packaging/name.js';
import type { RecordedPublisher } from '../../packaging/publisher.js';
import { isEmail, isRepository, isWorkflow, publicHosts } from '../../packaging/publisher-record.js';
import type { ProjectName } from '../../packaging/types.js';
import { sameVersion } from '../../packaging/version.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import { type Fields, isObject } from '../../text/objects.js';
import { printable, redactUrl } from '../../text/redact.js';
import type { PinnedLink, RequirementEntry } from '../pin.js';
import { isUrl } from '../read/includes.js';
import { placed } from '../read/read-line.js';
import { urlFilename } from '../read/requirement-form.js';
import { defaultMarker, type LockCondition, pythonMarker } from './lock-marker.js';

export interface Lock {
  readonly entries: readonly RequirementEntry[];
  /** What the target has to meet: see `checkConditions`. */
  readonly conditions: readonly LockCondition[];
}

/**
 * Reads a lock file (PEP 751): each package becomes a pin with the digests and places of all its archives.
 * Extras are none, dependency groups the default ones. Directories and version control are refused entries.
 * `location` is an absolute path or URL, from which relative paths start. Throws `LOCK_INVALID` or `LOCK_VERSION`.
 */
export async function readLock(bytes: Uint8Array, file: string, location: string): Promise<Lock> {
  const text = decode(bytes, file);
  const document = await parseToml(text, file);
  const top: SourceLocation = { file, line: 1 };
  checkVersion(document, top);
  const packages = tables(document, 'packages', top);
  if (packages === undefined) throw invalid("it has no 'packages'", top);
  const groups = strings(document, 'default-groups', top) ?? [];
  const lines = headerLines(text, packages.length);
  const environments = strings(document, 'environments', top);
  const conditions: LockCondition[] = [];
  if (environments !== undefined && environments.length > 0) {
    conditions.push({
      place: top,
      when: undefined,
      anyOf: environments,
      what: "one of the lock file's environments",
    });
  }
  const python = string(document, 'requires-python', top);
  if (python !== undefined) conditions.push(pythonCondition(python, undefined, top));

  const entries = packages.map((table, index): RequirementEntry => {
    const place = { file, line: lines[index] ?? 1 };
    try {
      const marker = string(table, 'marker', place);
      const own = marker === undefined ? undefined : defaultMarker(marker, groups, place);
      const requires = string(table, 'requires-python', place);
      if (requires !== undefined) conditions.push(pythonCondition(requires, own, place));
      return readPackage(table, own, location, place);
    } catch (error) {
      if (!isPeepError(error)) throw error;
      const name = table.name;
      const requirement = typeof name === 'string' ? printable(name) : `package ${index + 1}`;
      const status =
        error.code === 'LOCK_INVALID' || error.code === 'DIGEST_MALFORMED' ? 'malformed' : 'refused';
      return { kind: 'refused', line: { status, requirement, place, error } };
    }
  });
  return { entries, conditions };
}

function readPackage(
  table: Fields,
  marker: string | undefined,
  location: string,
  place: SourceLocation,
): RequirementEntry {
  const written = string(table, 'name', place);
  if (written === undefined) throw invalid('a package has no name', place);
  const project = placed(() => parseProjectName(written), place);
  const sources = ['vcs', 'directory', 'archive', 'sdist', 'wheels'].filter((key) =>
    Object.hasOwn(table, key),
  );
  const distributions = sources.filter((key) => key === 'sdist' || key === 'wheels').length;
  if (sources.length === 0 || (sources.length > 1 && sources.length !== distributions)) {
    throw invalid(`the package '${project}' names no source, or sources of several kinds`, place);
  }
  if (sources[0] === 'vcs' || sources[0] === 'directory') {
    const [code, what] =
      sources[0] === 'vcs'
        ? (['REQUIREMENT_VCS', 'version control'] as const)
        : (['REQUIREMENT_FOLDER', 'a directory'] as const);
    throw new PeepError(code, `the package '${project}' comes from ${what}: there is no archive to verify`, {
      place,
      hint: 'Lock an archive of it instead.',
    });
  }
  const publishers = attestationIdentities(table, place);
  const base = {
    ...(publishers.length > 0 && { publishers }),
    extras: [],
    marker,
    place,
    pipOptions: [],
    hashStyle: 'pip' as const,
    hashed: true as const,
  };
  const archive = tableIn(table, 'archive', place);
  if (archive !== undefined) {
    if (Object.hasOwn(archive, 'subdirectory')) {
      throw new PeepError(
        'REQUIREMENT_URL',
        `the package '${project}' lies in a directory inside its archive, which peep cannot install from`,
        {
          place,
          hint: 'Lock an archive whose root is the project.',
        },
      );
    }
    const url = archiveUrl(archive, location, place);
    const digests = requireDigests(archive, project, place);
    return {
      kind: 'pin',
      pin: {
        ...base,
        source: { kind: 'url', url, project, name: written },
        requirement: `${written} @ ${redactUrl(url)}`,
        digests,
      },
    };
  }
  const version = string(table, 'version', place);
  const links = [
    ...(tables(table, 'wheels', place) ?? []),
    ...[tableIn(table, 'sdist', place) ?? []].flat(),
  ].map((item) => readLink(item as Fields, project, version, location, place));
  const [first] = links;
  const digests = digestSet(links.flatMap(({ link }) => [...link.digests]));
  if (first === undefined || digests === undefined)
    throw invalid(`the package '${project}' has no archive`, place);
  const exact = version ?? first.version;
  return {
    kind: 'pin',
    pin: {
      ...base,
      source: { kind: 'version', project, name: written, operator: '==', version: exact },
      requirement: `${written}==${exact}`,
      digests,
      links: links.map(({ link }) => link),
    },
  };
}

/** PEP 751: who may have published it. It has no numbers of repositories: names are compared. */
function attestationIdentities(table: Fields, place: SourceLocation): readonly RecordedPublisher[] {
  return (tables(table, 'attestation-identities', place) ?? []).map((identity) => {
    const kind = string(identity, 'kind', place);
    const text = (key: string) => string(identity, key, place) ?? '';
    if (kind === 'Google' && isEmail(text('email'))) return { kind: 'google', email: text('email') };
    const ci = kind === 'GitHub' ? 'github' : kind === 'GitLab' ? 'gitlab' : undefined;
    const repository = text('repository');
    const workflow = text(ci === 'gitlab' ? 'workflow_filepath' : 'workflow');
    if (ci === undefined || !isRepository(ci, repository) || !isWorkflow(ci, workflow))
      throw invalid(
        `an identity of '${printable(String(table.name))}' names no publisher that peep knows`,
        place,
      );
    // What an index says of the environment is not proven by older certificates: it is not asked for.
    return { kind: ci, host: publicHosts[ci], repository, workflow, id: undefined, environment: undefined };
  });
}

function readLink(
  item: Fields,
  project: ProjectName,
  version: string | undefined,
  location: string,
  place: SourceLocation,
): { link: PinnedLink; version: string } {
  const url = archiveUrl(item, location, place);
  const filename = string(item, 'name', place) ?? urlFilename(url);
  const parsed = /\.whl$/i.test(filename)
    ? parseWheelFilename(filename)
    : parseSdistFilenameFor(project, filename);
  if (parsed?.project !== project || (version !== undefined && !sameVersion(parsed.version, version))) {
    throw invalid(
      `the archive '${printable(filename)}' is not of '${project}' ${version ?? ''}`.trimEnd(),
      place,
    );
  }
  const size = item.size;
  if (size !== undefined && (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)) {
    throw invalid(`the size of '${printable(filename)}' is no number of bytes`, place);
  }
  return {
    link: { filename, url, size, digests: requireDigests(item, project, place) },
    version: parsed.version,
  };
}

function requireDigests(item: Fields, project: ProjectName, place: SourceLocation): Digests {
  const hashes = tableIn(item, 'hashes', place) ?? {};
  const digests: Digest[] = Object.entries(hashes).flatMap(([algorithm, hex]) => {
    if (typeof hex !== 'string') throw invalid(`a hash of '${project}' is no text`, place);
    return isDigestAlgorithm(algorithm) ? [parseHexDigest(algorithm, hex)] : [];
  });
  const checked = digestSet(digests);
  if (checked === undefined) {
    throw new PeepError(
      'HASH_INVALID',
      `an archive of '${project}' has no sha256, sha384 or sha512 in the lock file`,
      {
        place,
        hint: 'Lock again with a tool that writes sha256.',
      },
    );
  }
  return checked;
}

/** PEP 751: `path` goes before `url`; relative ones start at the lock file. */
function archiveUrl(item: Fields, location: string, place: SourceLocation): string {
  const path = string(item, 'path', place);
  const remote = isUrl(location) && !/^file:/i.test(location);
  if (path !== undefined) {
    if (!remote) return pathToFileURL(resolve(dirname(location), path)).href;
    const joined = !isAbsolute(path) && URL.canParse(path, location) ? new URL(path, location) : undefined;
    if (joined === undefined || joined.origin !== new URL(location).origin) {
      throw invalid(`the path '${printable(path)}' leaves the place of the lock file`, place);
    }
    return joined.href;
  }
  const url = (string(item, 'url', place) ?? '').replace(/#.*$/s, '');
  if (!/^(https?|file):/i.test(url) || !URL.canParse(url) || (remote && /^file:/i.test(url))) {
    throw invalid(`'${printable(redactUrl(url))}' is no usable archive URL`, place);
  }
  return url;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PeepError(
      'LOCK_INVALID',
      `cannot read the lock file '${file}': it is not UTF-8, as TOML has to be`,
      {
        cause,
        hint: 'Lock again.',
      },
    );
  }
}

async function parseToml(text: string, file: string): Promise<Fields> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parse(text);
  } catch (cause) {
    const line = cause instanceof TomlError ? cause.line : 1;
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new PeepError(
      'LOCK_INVALID',
      `cannot read the lock file '${file}': it is no TOML: ${printable(why)}`,
      {
        cause,
        place: { file, line },
        hint: 'Lock again with the tool that wrote it.',
      },
    );
  }
}

function checkVersion(document: Fields, place: SourceLocation): void {
  const version = string(document, 'lock-version', place);
  if (version === undefined) throw invalid("it has no 'lock-version'", place);
  if (/^1(\.\d+)*$/.test(version)) return;
  throw new PeepError(
    'LOCK_VERSION',
    `cannot read '${place.file}': its lock-version is '${printable(version)}', and peep knows 1`,
    {
      place,
      hint: 'Look for a newer peep, or lock in version 1.0.',
    },
  );
}

/** Lines of the `[[packages]]` headers; none where the file is written in another form. */
function headerLines(text: string, count: number): number[] {
  const lines = text
    .split('\n')
    .flatMap((line, i) => (/^\s*\[\[\s*packages\s*\]\]/.test(line) ? [i + 1] : []));
  return lines.length === count ? lines : [];
}

function pythonCondition(specifier: string, when: string | undefined, place: SourceLocation): LockCondition {
  return { place, when, anyOf: [pythonMarker(specifier, place)], what: `Python ${printable(specifier)}` };
}

function string(table: Fields, key: string, place: SourceLocation): string | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(`'${key}' is no text`, place);
}

function strings(table: Fields, key: string, place: SourceLocation): readonly string[] | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw invalid(`'${key}' is no list of texts`, place);
}

function tableIn(table: Fields, key: string, place: SourceLocation): Fields | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined || isObject(value)) return value;
  throw invalid(`'${key}' is no table`, place);
}

function tables(table: Fields, key: string, place: SourceLocation): readonly Fields[] | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw invalid(`'${key}' is no list of tables`, place);
}

function invalid(what: string, place: SourceLocation): PeepError {
  return new PeepError('LOCK_INVALID', `the lock file '${place.file}' does not follow PEP 751: ${what}`, {
    place,
    hint: 'Lock again with the tool that wrote it.',
  });
}
