import { createHash } from 'node:crypto';
import { lstat, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeDirectory } from '../files/make-directory.js';
import { tempName } from '../files/temp-name.js';
import type { Sha256 } from '../hash/digest.js';
import { hashFile } from '../hash/hash-file.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { safeArchiveFilename } from '../packaging/filename.js';
import type { ProjectName } from '../packaging/types.js';
import type { ArchiveLink } from '../resolver/link.js';
import { parseJsonPage } from '../resolver/pages/json.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { type IndexedArchive, projectOf, simpleIndexPages } from './simple-index.js';

export type DestLayout = 'flat' | 'simple';

export interface DestArchive extends Omit<IndexedArchive, 'size' | 'provenanceSha256'> {
  /** What proves its publisher, where that was verified. */
  readonly provenance?: Uint8Array | undefined;
  /** Opened one at a time, to limit memory. */
  readonly open: () => Promise<VerifiedArchive>;
}

const sumsName = 'SHA256SUMS';
/** A larger page of an earlier run is passed over: what it says is a convenience. */
const maxPageBytes = 64 << 20;
const filesDirectory: Readonly<Record<DestLayout, string>> = { flat: '', simple: 'files/' };

/**
 * Writes verified archives to the directory `dest` with a `SHA256SUMS` that `sha256sum -c` accepts and, for
 * layout `simple`, the pages of a static index. Everything is written beside the final place first and moved
 * there at the end, so that a failure leaves `dest` as it was. Archives that an earlier run put there stay,
 * once they were hashed again. Throws `DEST_UNUSABLE` and `DEST_CONFLICT`.
 */
export async function writeDest(
  dest: string,
  layout: DestLayout,
  archives: readonly DestArchive[],
): Promise<void> {
  const staging = join(dest, `.peep-${tempName()}`);
  try {
    const sums = new Map(await readSums(dest));
    const earlier = await earlierArchives(dest, layout, archives, sums);
    await makeDirectory(staging);
    const written: IndexedArchive[] = [];
    for (const archive of archives) {
      const made = await writeArchive(staging, layout, archive);
      // The provenance of an earlier run is that of the same bytes: it stays, and stays listed.
      const path = `${filesDirectory[layout]}${archive.filename}`;
      const kept = archive.provenance === undefined ? await earlierProvenance(dest, path, sums) : undefined;
      written.push(kept === undefined ? made : { ...made, provenanceSha256: kept });
    }
    const all = [...earlier, ...written].sort((a, b) => (a.filename < b.filename ? -1 : 1));
    const texts = new Map([[sumsName, sumsText(all, layout)]]);
    if (layout === 'simple')
      for (const [path, text] of simpleIndexPages(all, '../../files/')) texts.set(path, text);
    for (const [path, text] of texts) await writeNew(join(staging, path), [Buffer.from(text)]);
    // The list of what must be there comes last: until then `sha256sum -c` checks the earlier state.
    const archivePaths = [
      ...written.map(({ filename }) => `${filesDirectory[layout]}${filename}`),
      ...archives.flatMap(({ filename, provenance }) =>
        provenance === undefined ? [] : [`${filesDirectory[layout]}${filename}.provenance`],
      ),
    ];
    const paths = [...archivePaths, ...[...texts.keys()].reverse()];
    for (const path of paths) await pathBelow(dest, path);
    for (const path of paths) await moveInto(staging, dest, path);
  } catch (error) {
    throw error instanceof PeepError ? error : unusableDest(dest, error);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** What SHA256SUMS of an earlier run names and this one does not replace. Nothing of it is believed unhashed. */
async function earlierArchives(
  dest: string,
  layout: DestLayout,
  archives: readonly DestArchive[],
  sums: ReadonlyMap<string, string>,
): Promise<IndexedArchive[]> {
  const names = new Map(archives.map((archive) => [archive.filename, archive.sha256]));
  const found: IndexedArchive[] = [];
  const prefix = filesDirectory[layout];
  const pages = new Map<ProjectName, Promise<ReadonlyMap<string, ArchiveLink>>>();
  const pageOf = (project: ProjectName) => {
    const page = pages.get(project) ?? readEarlierPage(dest, project);
    pages.set(project, page);
    return page;
  };
  for (const [path, sha256] of sums) {
    // It belongs to its archive, and goes with it.
    if (path.endsWith('.provenance')) continue;
    const filename = path.slice(prefix.length);
    if (!path.startsWith(prefix) || filename.includes('/'))
      throw conflict(dest, `it holds '${path}', which another --layout wrote`);
    if (!isSafe(filename))
      throw conflict(dest, `its ${sumsName} names '${filename}', which is not a valid archive name`);
    if (names.get(filename) === sha256) continue;
    if (names.has(filename))
      throw conflict(dest, `it already holds a different '${filename}', with sha256 ${sha256}`);
    const full = await pathBelow(dest, path);
    if (!(await stat(full)).isFile()) throw conflict(dest, `'${path}' is not a file`);
    const computed = await hashFile(full);
    if (computed.sha256.hex !== sha256) throw conflict(dest, `'${path}' does not match its own ${sumsName}`);
    const said = layout === 'simple' ? (await pageOf(projectOf(filename))).get(filename) : undefined;
    found.push({
      filename,
      sha256: sha256 as Sha256,
      size: (await stat(full)).size,
      requiresPython: said?.requiresPython,
      yanked: said?.yanked ?? false,
      provenanceSha256: await earlierProvenance(dest, path, sums),
    });
  }
  return found;
}

/** What the page of an earlier run says of archives besides their digests, by file name: it steers, and proves nothing. */
async function readEarlierPage(
  dest: string,
  project: ProjectName,
): Promise<ReadonlyMap<string, ArchiveLink>> {
  const path = await pathBelow(dest, `simple/${project}/index.json`);
  const url = pathToFileURL(path).href;
  try {
    if ((await stat(path)).size > maxPageBytes) return new Map();
    const origin = { url, index: url, source: 'index', order: 0 } as const;
    const { links } = parseJsonPage(await readFile(path), origin);
    return new Map(links.map((link) => [link.filename, link]));
  } catch (error) {
    if (error instanceof PeepError || systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR')
      return new Map();
    throw error;
  }
}

async function earlierProvenance(
  dest: string,
  archivePath: string,
  sums: ReadonlyMap<string, string>,
): Promise<Sha256 | undefined> {
  const path = `${archivePath}.provenance`;
  const sha256 = sums.get(path);
  if (sha256 === undefined) return undefined;
  const full = await pathBelow(dest, path);
  if (!(await stat(full)).isFile()) throw conflict(dest, `'${path}' is not a file`);
  const computed = await hashFile(full);
  if (computed.sha256.hex !== sha256) throw conflict(dest, `'${path}' does not match its own ${sumsName}`);
  return sha256 as Sha256;
}

/** P9, also for what an earlier run, or somebody else, wrote there. */
function isSafe(filename: string): boolean {
  try {
    return safeArchiveFilename(filename) === filename;
  } catch {
    return false;
  }
}

async function readSums(dest: string): Promise<[path: string, sha256: string][]> {
  let text: string;
  try {
    const path = await pathBelow(dest, sumsName);
    if (!(await stat(path)).isFile()) throw conflict(dest, `its ${sumsName} is not a file`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^([0-9a-f]{64}) [ *]((?:files\/)?[^/\\]+)$/.exec(line);
      if (match?.[1] === undefined || match[2] === undefined)
        throw conflict(dest, `its ${sumsName} was not written by peep`);
      return [match[2], match[1]];
    });
}

function sumsText(archives: readonly IndexedArchive[], layout: DestLayout): string {
  const directory = filesDirectory[layout];
  return archives
    .map(({ sha256, filename, provenanceSha256 }) => {
      const line = `${sha256}  ${directory}${filename}\n`;
      return provenanceSha256 === undefined
        ? line
        : `${line}${provenanceSha256}  ${directory}${filename}.provenance\n`;
    })
    .join('');
}

async function writeArchive(
  staging: string,
  layout: DestLayout,
  wanted: DestArchive,
): Promise<IndexedArchive> {
  const archive = await wanted.open();
  try {
    const path = join(staging, `${filesDirectory[layout]}${archive.filename}`);
    await writeNew(path, archive.chunks());
    const { provenance } = wanted;
    if (provenance !== undefined) await writeNew(`${path}.provenance`, [Buffer.from(provenance)]);
    return {
      filename: archive.filename,
      sha256: archive.sha256,
      size: archive.size,
      requiresPython: wanted.requiresPython,
      yanked: wanted.yanked,
      ...(provenance !== undefined && { provenanceSha256: sha256Of(provenance) }),
    };
  } finally {
    await archive.release();
  }
}

function sha256Of(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256;
}

async function writeNew(path: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  await makeDirectory(dirname(path));
  const handle = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveInto(staging: string, dest: string, path: string): Promise<void> {
  await makeDirectory(dirname(join(dest, path)));
  await rename(join(staging, path), join(dest, path));
}

/** The path of what lies below `dest`. A link there may lead anywhere: it is neither read nor written through (P9). */
async function pathBelow(dest: string, path: string): Promise<string> {
  let at = dest;
  for (const part of path.split('/')) {
    at = join(at, part);
    const found = await lstat(at).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined) break;
    if (found.isSymbolicLink())
      throw conflict(dest, `'${at.slice(dest.length + 1)}' in it is a symbolic link`);
  }
  return join(dest, path);
}

function conflict(dest: string, why: string): PeepError {
  return new PeepError('DEST_CONFLICT', `cannot write to '${dest}': ${why}`, {
    hint: 'Name an empty or new directory with --dest.',
  });
}

function unusableDest(dest: string, cause: unknown): PeepError {
  return new PeepError('DEST_UNUSABLE', `cannot write to '${dest}': ${systemReason(cause)}`, {
    cause,
    hint: 'Name a directory that you may write to, on a disk with room.',
  });
}
