import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { readRegular } from '../files/regular-file.js';
import type { Sha256 } from '../hash/digest.js';
import { hashRegularFile } from '../hash/hash-file.js';
import type { ProjectName } from '../packaging/types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { parseJsonPage } from '../resolver/pages/json.js';
import { isPeepError, systemCode } from '../text/errors.js';
import { conflict } from './dest-error.js';
import { isArchiveName, pathBelow, readSums, sumsName } from './dest-files.js';
import { type ManifestArchive, manifestName, parseManifest } from './manifest.js';
import { type IndexedArchive, projectOf } from './simple-index.js';

/** The files that this run writes to a directory. */
export interface WantedDest {
  readonly dest: string;
  /** Prefix of archive paths below `dest`: `files/` or empty. */
  readonly prefix: string;
  /** Digests by file name. */
  readonly wanted: ReadonlyMap<string, Sha256>;
  /** Remove archives that this run does not write. */
  readonly mirror: boolean;
  /** Digests of pins that this run passed over; their archives stay. */
  readonly passedOver: ReadonlySet<Sha256>;
}

/** The files of earlier runs. Each archive was hashed again. */
export interface EarlierDest {
  /** Archives that this run does not write, and that stay. */
  readonly kept: readonly IndexedArchive[];
  /** Sizes of this run's archives that are already there, by file name. */
  readonly present: ReadonlyMap<string, number>;
  /** Provenance of this run's archives that is already there, by file name. */
  readonly provenance: ReadonlyMap<string, Sha256>;
  /** Paths below `dest` that `--mirror` removes. */
  readonly removed: readonly string[];
  readonly manifest: ReadonlyMap<string, ManifestArchive>;
}

/** Maximum size of a page or manifest of an earlier run. A larger one is ignored, because its facts are optional. */
const maxTextBytes = 64 << 20;

/** Reads the `SHA256SUMS` of earlier runs, and hashes each listed file again. Throws `DEST_CONFLICT`. */
export async function readEarlier({
  dest,
  prefix,
  wanted,
  mirror,
  passedOver,
}: WantedDest): Promise<EarlierDest> {
  const refuse = (why: string) => conflict(dest, why);
  const sums = (await readSums(dest, refuse)) ?? new Map<string, Sha256>();
  const kept: IndexedArchive[] = [];
  const present = new Map<string, number>();
  const provenance = new Map<string, Sha256>();
  const removed: string[] = [];
  const pages = new Map<ProjectName, Promise<ReadonlyMap<string, ArchiveLink>>>();
  const pageOf = (project: ProjectName) => {
    const page = pages.get(project) ?? readEarlierPage(dest, project);
    pages.set(project, page);
    return page;
  };
  for (const [path, sha256] of sums) {
    // Skip provenance: it is handled with its archive.
    if (path === manifestName || path.endsWith('.provenance')) continue;
    const filename = path.slice(prefix.length);
    if (!path.startsWith(prefix) || filename.includes('/'))
      throw refuse(`it holds '${path}', which another --layout wrote`);
    if (!isArchiveName(filename))
      throw refuse(`its ${sumsName} names '${filename}', which is not a valid archive name`);
    const now = wanted.get(filename);
    if (now !== undefined && now !== sha256 && !mirror)
      throw refuse(`it already holds a different '${filename}', with sha256 ${sha256}`);
    if (now !== undefined && now !== sha256) {
      // A file with this name but other bytes is replaced, and its provenance removed.
      if (sums.has(`${path}.provenance`)) removed.push(`${path}.provenance`);
      continue;
    }
    const found = await fileBelow(dest, path);
    const holds = found !== undefined && (await hashRegularFile(found.path)).sha256.hex === sha256;
    if (now !== undefined) {
      // P4: a damaged file is written again.
      if (holds) present.set(filename, found.size);
      const beside = await provenanceOf(dest, path, sums);
      if (beside !== undefined) provenance.set(filename, beside);
      continue;
    }
    if (found === undefined && mirror) continue;
    if (!holds) throw refuse(`'${path}' does not match its own ${sumsName}`);
    if (mirror && !passedOver.has(sha256)) {
      removed.push(path);
      if (sums.has(`${path}.provenance`)) removed.push(`${path}.provenance`);
      continue;
    }
    const said = prefix === '' ? undefined : (await pageOf(projectOf(filename))).get(filename);
    kept.push({
      filename,
      sha256,
      size: found?.size ?? 0,
      requiresPython: said?.requiresPython,
      yanked: said?.yanked ?? false,
      provenanceSha256: await provenanceOf(dest, path, sums),
    });
  }
  return { kept, present, provenance, removed, manifest: await readEarlierManifest(dest) };
}

/** Undefined if there is no such file. */
async function fileBelow(
  dest: string,
  path: string,
): Promise<{ readonly path: string; readonly size: number } | undefined> {
  const full = await pathBelow(dest, path, (why) => conflict(dest, why));
  try {
    const found = await stat(full);
    if (found.isFile()) return { path: full, size: found.size };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  throw conflict(dest, `'${path}' is not a file`);
}

async function provenanceOf(
  dest: string,
  archivePath: string,
  sums: ReadonlyMap<string, Sha256>,
): Promise<Sha256 | undefined> {
  const path = `${archivePath}.provenance`;
  const sha256 = sums.get(path);
  if (sha256 === undefined) return undefined;
  const found = await fileBelow(dest, path);
  if (found === undefined || (await hashRegularFile(found.path)).sha256.hex !== sha256)
    throw conflict(dest, `'${path}' does not match its own ${sumsName}`);
  return sha256;
}

/**
 * The facts that the page of an earlier run gives about archives besides their digests, by file name. They steer
 * readers and prove nothing.
 */
async function readEarlierPage(
  dest: string,
  project: ProjectName,
): Promise<ReadonlyMap<string, ArchiveLink>> {
  const path = `simple/${project}/index.json`;
  const bytes = await readHint(dest, path);
  if (bytes === undefined) return new Map();
  const url = pathToFileURL(`${dest}/${path}`).href;
  try {
    const { links } = parseJsonPage(bytes, { url, index: url, source: 'index', order: 0 });
    return new Map(links.map((link) => [link.filename, link]));
  } catch (error) {
    if (isPeepError(error)) return new Map();
    throw error;
  }
}

async function readEarlierManifest(dest: string): Promise<ReadonlyMap<string, ManifestArchive>> {
  const bytes = await readHint(dest, manifestName);
  return bytes === undefined ? new Map() : parseManifest(bytes.toString('utf8'));
}

async function readHint(dest: string, path: string): Promise<Buffer | undefined> {
  try {
    const found = await fileBelow(dest, path);
    if (found === undefined || found.size > maxTextBytes) return undefined;
    return await readRegular(found.path, { maxBytes: maxTextBytes, followLinks: false });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
