import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digests, digestSet, formatDigest } from '../hash/digest.js';
import { DigestMismatch } from '../hash/verification.js';
import { parseSdistFilename, parseWheelFilename, sdistExtension } from '../packaging/filename.js';
import { projectName } from '../packaging/name.js';
import { sameVersion } from '../packaging/version.js';
import type { Attester } from '../prepare/attester.js';
import { isUnavailable } from '../prepare/is-unavailable.js';
import { localLink } from '../prepare/links.js';
import type { Network } from '../prepare/network.js';
import type { Outcome } from '../prepare/outcome.js';
import type { UseArchive } from '../prepare/ports.js';
import { everyTargetOf } from '../prepare/release.js';
import { isPeepError, PeepError, systemCode, systemReason } from '../text/errors.js';
import type { Log } from '../text/log.js';
import { isArchiveName, pathBelow, type Refuse, readSums, sumsName } from './dest-files.js';

type HashedPin = Extract<Extract<Outcome, { readonly pin: unknown }>['pin'], { readonly hashed: true }>;

export interface ImportRequest {
  /** Absolute. */
  readonly directory: string;
  /** Path as the user named it. */
  readonly shown: string;
  /**
   * The pins that select the archives to import; undefined to import all archives in `SHA256SUMS`, which the user
   * trusts.
   */
  readonly pins: readonly HashedPin[] | undefined;
}

export interface ImportDeps {
  readonly network: Pick<Network, 'download'>;
  /** Inspects and stores an archive. */
  readonly use: UseArchive;
  readonly attester: Pick<Attester, 'look'>;
  readonly log: Log;
}

export interface ImportedFile {
  /** Path below the directory. */
  readonly path: string;
  readonly outcome: Outcome;
}

export interface ImportResult {
  /** Results by path: imported archives, and failures. */
  readonly imported: readonly ImportedFile[];
  /** Paths of archives that were left out: no file pins them, or SHA256SUMS does not list them. */
  readonly leftOut: readonly string[];
}

/**
 * Imports the archives of a directory into the store. Each is hashed before it is parsed (P1, P2), and then
 * inspected. Without pins, `SHA256SUMS` replaces them (`--trust-sums`): a listed archive is still only ever used
 * for a requirement that pins the same digest. Throws `IMPORT_REFUSED`.
 */
export async function importDirectory(request: ImportRequest, deps: ImportDeps): Promise<ImportResult> {
  const { directory, shown, pins } = request;
  const refuse: Refuse = (why) => refused(shown, why, 'Import only a directory that fetch --dest wrote.');
  try {
    const paths = await archivePaths(directory, refuse);
    const sums = await readSums(directory, refuse);
    if (pins !== undefined) return await importPinned(paths, sums ?? new Map(), { ...request, pins }, deps);
    if (sums === undefined)
      throw refused(
        shown,
        `it has no ${sumsName}`,
        'Name the requirements with -r FILE, to use their digests instead.',
      );
    return await importListed(paths, sums, request, deps);
  } catch (error) {
    if (error instanceof PeepError || systemCode(error) === undefined) throw error;
    throw refused(shown, systemReason(error), 'Name a directory that fetch --dest wrote.', error);
  }
}

async function importListed(
  paths: readonly string[],
  sums: ReadonlyMap<string, string>,
  { directory, shown }: ImportRequest,
  deps: ImportDeps,
): Promise<ImportResult> {
  const listed = [...sums].flatMap(([path, sha256], i) =>
    isArchivePath(path)
      ? [{ path, pin: listedPin(path, sha256, { file: `${shown}/${sumsName}`, line: i + 1 }) }]
      : [],
  );
  const imported = await Promise.all(
    listed.map(async ({ path, pin }): Promise<ImportedFile> => {
      const taken = await take(join(directory, path), pin.digests, () => pin, deps);
      return {
        path,
        outcome: taken instanceof PeepError ? failed(pin, join(directory, path), taken) : taken,
      };
    }),
  );
  return { imported, leftOut: paths.filter((path) => !sums.has(path)) };
}

async function importPinned(
  paths: readonly string[],
  sums: ReadonlyMap<string, string>,
  { directory, pins }: ImportRequest & { readonly pins: readonly HashedPin[] },
  deps: ImportDeps,
): Promise<ImportResult> {
  const byDigest = new Map<string, HashedPin>();
  for (const pin of pins) for (const digest of pin.digests) byDigest.set(formatDigest(digest), pin);
  const digests = digestSet(pins.flatMap((pin) => pin.digests));
  if (digests === undefined) return { imported: [], leftOut: paths };
  const pinOf = (digest: Digests[0]) => byDigest.get(formatDigest(digest));
  const results = await Promise.all(
    paths.map(async (path) => ({ path, taken: await take(join(directory, path), digests, pinOf, deps) })),
  );
  const met = new Set(results.flatMap(({ taken }) => ('pin' in taken ? [taken.pin] : [])));
  const imported: ImportedFile[] = [];
  const leftOut: string[] = [];
  for (const { path, taken } of results) {
    if (!(taken instanceof PeepError)) {
      imported.push({ path, outcome: taken });
      continue;
    }
    // Report the failure for a pin if SHA256SUMS lists the archive with a pinned digest, or if no pinned archive of
    // its release is in the directory. Any other archive is only left out.
    const sha256 = sums.get(path);
    const said = sha256 === undefined ? undefined : byDigest.get(`sha256:${sha256}`);
    const pin = said ?? pins.find((each) => isOf(each, path) && !met.has(each));
    if (pin === undefined) leftOut.push(path);
    else imported.push({ path, outcome: failed(pin, join(directory, path), taken) });
  }
  return { imported, leftOut };
}

/** Verifies one archive in the pass that reads it. Returns an error if it does not match or cannot be read. */
async function take(
  path: string,
  digests: Digests,
  pinOf: (digest: Digests[0]) => HashedPin | undefined,
  { network, use, attester, log }: ImportDeps,
): Promise<Extract<Outcome, { readonly pin: unknown }> | PeepError> {
  const link = localLink(path);
  try {
    const { outcome, pin, sha256 } = await network.download(link, digests, async (archive) => {
      const pin = pinOf(archive.matched);
      if (pin === undefined) throw new Error('the matched digest belongs to no pin');
      const outcome = await use(archive, pin, everyTargetOf(pin), link);
      if (!('pin' in outcome)) throw new Error('an archive without a pin');
      return { outcome, pin, sha256: archive.sha256 };
    });
    if (outcome.status !== 'verified') return outcome;
    try {
      // P11: provenance is verified before it is stored. The pin has no links, so no index is asked. Runs after the
      // transfer slot is free, because a request to --provenance-index needs its own slot.
      await attester.look({ pin: { ...pin, links: pin.links ?? [] }, link, sha256 });
    } catch (error) {
      if (!isPeepError(error)) throw error;
      log.warn(error.message, error.hint);
    }
    return outcome;
  } catch (error) {
    if (error instanceof DigestMismatch || (isPeepError(error) && isUnavailable(error))) return error;
    throw error;
  }
}

/** Archives in the directory and in its `files/`, sorted. Throws for a link or a special file. */
async function archivePaths(directory: string, refuse: Refuse): Promise<string[]> {
  const paths: string[] = [];
  for (const below of ['', 'files/']) {
    const full = await pathBelow(directory, below === '' ? '.' : 'files', refuse);
    const entries = await readdir(full, { withFileTypes: true }).catch((error: unknown) => {
      if (below !== '' && systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    for (const entry of entries) {
      const path = `${below}${entry.name}`;
      const isProvenance = entry.name.endsWith('.provenance');
      if (!isProvenance && !isArchiveExtension(entry.name)) continue;
      if (entry.isSymbolicLink()) throw refuse(`'${path}' in it is a symbolic link`);
      if (!entry.isFile()) throw refuse(`'${path}' is not a file`);
      if (isProvenance) continue;
      // P9
      if (!isArchiveName(entry.name)) throw refuse(`'${path}' is not a valid archive name`);
      paths.push(path);
    }
  }
  return paths.sort();
}

function isArchivePath(path: string): boolean {
  return isArchiveExtension(path) && isArchiveName(nameOf(path));
}

function isArchiveExtension(name: string): boolean {
  return name.endsWith('.whl') || sdistExtension(name) !== undefined;
}

function nameOf(path: string): string {
  return path.replace(/^files\//, '');
}

function listedPin(path: string, sha256: string, place: HashedPin['place']): HashedPin {
  const filename = nameOf(path);
  const named = parseWheelFilename(filename) ?? parseSdistFilename(filename);
  const project = projectName(named?.project ?? '');
  return {
    source:
      named === null || project === undefined
        ? { kind: 'path', path, project: undefined, name: undefined }
        : { kind: 'version', project, name: project, operator: '==', version: named.version },
    ...{ extras: [], marker: undefined, place, pipOptions: [], hashStyle: 'pip', links: [] },
    requirement: named === null || project === undefined ? filename : `${named.project}==${named.version}`,
    ...{ hashed: true, digests: [{ algorithm: 'sha256', hex: sha256 }] },
  };
}

function isOf({ source }: HashedPin, path: string): boolean {
  if (source.kind !== 'version') return false;
  const filename = nameOf(path);
  const named = parseWheelFilename(filename) ?? parseSdistFilename(filename);
  return named !== null && named.project === source.project && sameVersion(named.version, source.version);
}

function failed(pin: HashedPin, path: string, error: PeepError): Outcome {
  return error instanceof DigestMismatch
    ? { status: 'mismatched', pin, mismatches: [{ link: localLink(path), got: error.got }] }
    : { status: 'unavailable', pin, error };
}

function refused(shown: string, why: string, hint: string, cause?: unknown): PeepError {
  return new PeepError('IMPORT_REFUSED', `cannot import archives from '${shown}': ${why}`, { hint, cause });
}
