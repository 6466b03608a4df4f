import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspectArchive } from '../archive/inspect-archive.js';
import type { Inspection } from '../archive/inspection.js';
import { secondReaderOf } from '../archive/second/thread.js';
import type { Origin } from '../diff/origin.js';
import { type ArchiveTree, readTree } from '../diff/tree.js';
import type { Sha256 } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { evaluateMarker } from '../packaging/marker.js';
import { canonicalizeName, isProjectName, parseProjectName } from '../packaging/name.js';
import { parseRequirement } from '../packaging/requirement.js';
import { parseSpecifiers } from '../packaging/specifier.js';
import { publishersOf } from '../prepare/attester.js';
import { localLink } from '../prepare/links.js';
import type { PreparePorts } from '../prepare/ports.js';
import { everyTarget, releaseOf, type VersionSource } from '../prepare/release.js';
import { entriesFor } from '../requirements/entries-for.js';
import type { Pin, RequirementSource, UnhashedPin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import type { CommandContext } from './host.js';
import type { Run } from './open-run.js';

/** An archive argument of `diff` or `vet`, read in memory and not stored. */
export interface ReadArchive {
  readonly tree: ArchiveTree;
  /** The facts from its index; for a local file only its path. */
  readonly link: ArchiveLink;
  readonly inspection: Inspection;
}

export interface ReadArchiveDeps {
  readonly run: Run;
  readonly context: CommandContext;
  /** The target, which chooses among several archives of a release. */
  readonly target: () => Promise<Target>;
}

/** A file, or `name==version` from the indexes. Throws `USAGE`, `DIFF_UNAVAILABLE`, and the errors of reading. */
export async function readNamedArchive(text: string, deps: ReadArchiveDeps): Promise<ReadArchive> {
  const { cwd } = deps.context.host;
  const source = versionSource(text);
  if (source !== undefined) return readRelease(text, source, deps);
  const isName = isProjectName(text) && !/\.(?:whl|zip|tar|t?gz|bz2|xz)$/i.test(text);
  if (isName && !existsSync(resolve(cwd, text))) {
    if (deps.run.settings.requirements.written.length > 0) return readWanted(text, deps);
    throw new PeepError('USAGE', `'${text}' is not a file, and does not name a version`, {
      hint: `Write it as ${text}==VERSION to look at a release.`,
    });
  }
  const path = resolve(cwd, text);
  const link = localLink(path);
  const pin = unpinned(text, { kind: 'path', path, project: undefined, name: undefined });
  const read = await deps.run.network.readLocal(path, (archive) => readBoth(archive, link, pin, deps));
  return withOrigin(read, pin, deps);
}

/**
 * An archive of a release, without a pin. The shown bytes must match the shown digest: peep first hashes the
 * archive, and then reads it as the archive with that digest.
 */
async function readRelease(text: string, source: VersionSource, deps: ReadArchiveDeps): Promise<ReadArchive> {
  return readPinned(unpinned(text, source), await deps.target(), deps);
}

/** The archive that the files of `-r` pin for a project; if they have digests, its bytes must match one. */
async function readWanted(name: string, deps: ReadArchiveDeps): Promise<ReadArchive> {
  const target = await deps.target();
  const project = canonicalizeName(name);
  for (const entry of await entriesFor(deps.run.settings.requirements, target.environment)) {
    if (entry.kind === 'refused') {
      if (canonicalizeName(entry.line.name ?? '') === project) throw entry.line.error;
      continue;
    }
    const { source, locked, marker } = entry.pin;
    if (source.project !== project || locked === 'no') continue;
    if (marker !== undefined && !evaluateMarker(marker, target.environment)) continue;
    return readPinned(entry.pin, target, deps);
  }
  throw new PeepError('USAGE', `no file of -r pins '${printable(name)}' for the target`, {
    hint: `Write it as ${printable(name)}==VERSION, or name another target with --for.`,
  });
}

/** All archives of a release, for any platform. Throws `USAGE` if `text` is not `name==version`. */
export async function namedRelease(
  text: string,
  { run }: Pick<ReadArchiveDeps, 'run'>,
): Promise<{ readonly source: VersionSource; readonly links: readonly ArchiveLink[] }> {
  const source = versionSource(text);
  if (source === undefined) {
    throw new PeepError('USAGE', `--all is for releases; '${printable(text)}' is not name==version`, {
      hint: 'Name both as name==version, or leave out --all.',
    });
  }
  const { links, failures } = await run.network.links(source.project, [source]);
  const [failure] = failures;
  if (failure !== undefined) throw failure.error;
  return { source, links: releaseOf(links, source, run.settings.index) };
}

/** Reads one archive of a release, for any platform. */
export function readLink(
  link: ArchiveLink,
  source: VersionSource,
  deps: ReadArchiveDeps,
): Promise<ReadArchive> {
  const named = { filename: link.filename, url: link.url, size: link.size, digests: link.advertised };
  const pin = { ...unpinned(link.filename, source), links: [named] };
  return readPinned(pin, everyTarget([link.filename]), deps);
}

async function readPinned(pin: Pin, target: Target, deps: ReadArchiveDeps): Promise<ReadArchive> {
  let read: ReadBytes | undefined;
  const use: PreparePorts['use'] = async (archive, _, { link }) => {
    read = await readBoth(archive, link, pin, deps);
    return undefined;
  };
  const outcome = await deps.run.preparer(use, deps.run.hashFirst(use)).prepare(pin, target);
  if (read !== undefined) return withOrigin(read, pin, deps);
  if ('error' in outcome) throw outcome.error;
  const why =
    outcome.status === 'mismatched'
      ? 'its archive has none of the digests that are pinned'
      : `its archive is ${outcome.status}`;
  throw new PeepError('DIFF_UNAVAILABLE', `cannot read '${pin.requirement}': ${why}`, {
    hint: 'Download the archive and name the file, or ask another index.',
  });
}

interface ReadBytes extends ReadArchive {
  readonly sha256: Sha256;
}

async function readBoth(
  archive: VerifiedArchive,
  link: ArchiveLink,
  pin: Pin,
  { context: { host } }: ReadArchiveDeps,
): Promise<ReadBytes> {
  const secondReader = secondReaderOf(host);
  const tree = await readTree(archive, secondReader);
  const { source } = pin;
  const expected = {
    ...{ project: source.project, version: source.kind === 'version' ? source.version : undefined },
    origin: source.kind === 'version' ? 'index' : 'url',
  } as const;
  const inspection = await inspectArchive(archive, expected, { depth: 'full', secondReader });
  return { tree, link, inspection, sha256: archive.sha256 };
}

/** Adds the publisher. Runs after the transfer slot of the archive is free, because a request here needs its own slot. */
async function withOrigin(
  { tree, link, inspection, sha256 }: ReadBytes,
  pin: Pin,
  { run }: ReadArchiveDeps,
): Promise<ReadArchive> {
  return { tree: { ...tree, origin: await originOf(sha256, link, pin, run) }, link, inspection };
}

async function originOf(
  sha256: Sha256,
  link: ArchiveLink,
  pin: Pin,
  { attester }: Run,
): Promise<Origin | undefined> {
  try {
    const found = await attester.look({ pin, link, sha256 });
    if (found.status === 'verified') return { kind: 'proven', publishers: publishersOf(found.attestations) };
    // A local file has no provenance.
    return pin.source.kind === 'version' ? { kind: 'none' } : undefined;
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { kind: 'unknown', why: error.message };
  }
}

function unpinned(text: string, source: RequirementSource): UnhashedPin {
  return {
    ...{ source, hashed: false, extras: [], marker: undefined, requirement: text, pipOptions: [] },
    ...{ place: { file: 'the command line', line: 1 }, hashStyle: 'pip' },
  };
}

function versionSource(text: string): VersionSource | undefined {
  if (/[\\/]/.test(text) || !text.includes('==')) return undefined;
  const { name, specifier, onePin } = parseRequirement(text);
  const [clause] = parseSpecifiers(specifier);
  if (!onePin || clause === undefined || clause.version.endsWith('.*')) {
    throw new PeepError('USAGE', `'${text}' does not name a single version`, {
      hint: 'Write name==version, or the path of an archive.',
    });
  }
  const operator = clause.operator === '===' ? '===' : '==';
  const project = parseProjectName(name);
  return { kind: 'version', project, name, operator, version: clause.version };
}
