import { open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import { tempName, writerIsGone } from '../files/temp-name.js';
import { type Sha256, sha256Of } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import { PeepError } from '../text/errors.js';
import { conflict, unusableDest } from './dest-error.js';
import { pathBelow, sumsName } from './dest-files.js';
import { type EarlierDest, readEarlier } from './earlier.js';
import {
  type ArchiveRecord,
  joinPins,
  type ManifestArchive,
  type ManifestRun,
  manifestName,
  manifestText,
} from './manifest.js';
import { type IndexedArchive, projectOf, simpleIndexPages } from './simple-index.js';

export type DestLayout = 'flat' | 'simple';

export interface DestArchive extends Omit<IndexedArchive, 'size' | 'provenanceSha256'> {
  readonly record: ArchiveRecord;
  /** The archive's provenance, if it was verified. */
  readonly provenance?: Uint8Array | undefined;
  /** Opens the archive. Archives are opened one at a time, to limit memory. */
  readonly open: () => Promise<VerifiedArchive>;
}

export interface DestOptions {
  readonly layout: DestLayout;
  /** Remove archives of earlier runs that this run does not write. */
  readonly mirror: boolean;
  /** Digests of pins that this run passed over: an index that hides an archive must not have it removed. */
  readonly passedOver?: ReadonlySet<Sha256>;
  readonly run: ManifestRun;
  /** Hides user info in the manifest (P7), as the output streams do. */
  readonly hide?: ((text: string) => string) | undefined;
}

export interface DestResult {
  readonly written: number;
  /** Archives of this run that were already there. */
  readonly present: number;
  /** Removed paths below the directory. */
  readonly removed: readonly string[];
}

const filesDirectory: Readonly<Record<DestLayout, string>> = { flat: '', simple: 'files/' };

/**
 * Writes verified archives to the directory `dest` with a manifest, a `SHA256SUMS` that `sha256sum -c` accepts and,
 * for layout `simple`, the pages of a static index. All files are written under temporary names first and renamed
 * at the end, so a failure leaves `dest` unchanged, or the error lists what has changed. Archives of an earlier run stay after
 * they are hashed again. Throws `DEST_UNUSABLE` and `DEST_CONFLICT`.
 */
export async function writeDest(
  dest: string,
  archives: readonly DestArchive[],
  { layout, mirror, passedOver = new Set(), run, hide = (text) => text }: DestOptions,
): Promise<DestResult> {
  const staging = join(dest, `${stagingPrefix}${tempName()}`);
  const refuse = (why: string) => conflict(dest, why);
  const prefix = filesDirectory[layout];
  const changed: string[] = [];
  try {
    await removeLeftovers(dest);
    const wanted = byName(dest, archives);
    const earlier = await readEarlier({ dest, prefix, wanted, mirror, passedOver });
    makeDirectory(staging);
    const written: string[] = [];
    const current: IndexedArchive[] = [];
    for (const archive of archives) {
      const { made, paths } = await stageArchive(staging, prefix, archive, earlier);
      current.push(made);
      written.push(...paths);
    }
    const all = [...earlier.kept, ...current].sort((a, b) => (a.filename < b.filename ? -1 : 1));
    const records = new Map(archives.map(({ filename, record }) => [filename, record]));
    const manifest = hide(
      manifestText(
        run,
        layout,
        all.map((archive) => inManifest(archive, prefix, records.get(archive.filename), earlier, run)),
      ),
    );
    const texts = new Map([
      [sumsName, sumsText(all, prefix, manifest)],
      [manifestName, manifest],
    ]);
    if (layout === 'simple')
      for (const [path, text] of simpleIndexPages(all, '../../files/')) texts.set(path, text);
    for (const [path, text] of texts) await writeNew(join(staging, path), [Buffer.from(text)]);
    // SHA256SUMS is written last: until then `sha256sum -c` checks the earlier archives.
    const paths = [...written, ...[...texts.keys()].reverse()];
    const removed = earlier.removed.filter((path) => !paths.includes(path));
    const stale = layout === 'simple' ? stalePages(removed, prefix, texts) : [];
    for (const path of [...paths, ...removed, ...stale]) await pathBelow(dest, path, refuse);
    for (const path of paths) {
      await moveInto(staging, dest, path);
      changed.push(path);
    }
    for (const path of [...removed, ...stale]) {
      await rm(join(dest, path), { force: true });
      changed.push(path);
    }
    for (const path of stale) await rmdir(dirname(join(dest, path))).catch(() => undefined);
    const { size } = earlier.present;
    return { written: archives.length - size, present: size, removed };
  } catch (error) {
    throw error instanceof PeepError ? error : unusableDest(dest, error, changed);
  } finally {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }
}

const stagingPrefix = '.peep-';

/** Leftovers of killed runs. */
async function removeLeftovers(dest: string): Promise<void> {
  for (const name of await readdir(dest).catch(() => [])) {
    if (!name.startsWith(stagingPrefix) || writerIsGone(name.slice(stagingPrefix.length)) !== true) continue;
    await rm(join(dest, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function byName(dest: string, archives: readonly DestArchive[]): Map<string, Sha256> {
  const names = new Map<string, Sha256>();
  for (const { filename, sha256 } of archives) {
    const other = names.get(filename);
    if (other !== undefined && other !== sha256)
      throw conflict(dest, `two archives named '${filename}' are pinned, with sha256 ${other} and ${sha256}`);
    names.set(filename, sha256);
  }
  return names;
}

/** Writes the missing archives under temporary names; the caller moves `paths` to their place. */
async function stageArchive(
  staging: string,
  prefix: string,
  wanted: DestArchive,
  earlier: EarlierDest,
): Promise<{ readonly made: IndexedArchive; readonly paths: readonly string[] }> {
  const { filename, sha256, requiresPython, yanked, provenance } = wanted;
  const path = `${prefix}${filename}`;
  const paths: string[] = [];
  let size = earlier.present.get(filename);
  if (size === undefined) {
    const archive = await wanted.open();
    try {
      await writeNew(join(staging, path), archive.chunks());
      size = archive.size;
    } finally {
      await archive.release();
    }
    paths.push(path);
  }
  // Keep provenance of an earlier run in the directory and in the index: it is about the same bytes.
  let provenanceSha256 = earlier.provenance.get(filename);
  if (provenance !== undefined) {
    await writeNew(join(staging, `${path}.provenance`), [Buffer.from(provenance)]);
    paths.push(`${path}.provenance`);
    provenanceSha256 = sha256Of(provenance);
  }
  return {
    made: { filename, sha256, size, requiresPython, yanked, ...(provenanceSha256 && { provenanceSha256 }) },
    paths,
  };
}

function inManifest(
  { filename, sha256, size, provenanceSha256 }: IndexedArchive,
  prefix: string,
  record: ArchiveRecord | undefined,
  earlier: EarlierDest,
  run: ManifestRun,
): ManifestArchive {
  const path = `${prefix}${filename}`;
  const said = earlier.manifest.get(path);
  const before = said?.sha256 === sha256 ? said : undefined;
  const provenance = provenanceSha256 === undefined ? null : `${path}.provenance`;
  const { name, version, pins, url, index } = record ?? before ?? unknownRecord;
  return {
    ...{ path, sha256, size, name, version },
    pins: record === undefined ? pins : joinPins(pins, before?.pins ?? [], run),
    // If the archive came from the store this time, take its URL from the manifest of the run that fetched it.
    ...{ url: url ?? before?.url ?? null, index: index ?? before?.index ?? null },
    // P11: the manifest of an earlier run does not prove a publisher.
    publishers: record?.publishers ?? [],
    provenance,
    verified_at: record === undefined ? (before?.verified_at ?? null) : run.written_at,
  };
}

const unknownRecord: ArchiveRecord = {
  ...{ name: null, version: null, pins: [], url: null, index: null, publishers: [] },
};

/** Pages of projects without archives. */
function stalePages(
  removed: readonly string[],
  prefix: string,
  texts: ReadonlyMap<string, string>,
): string[] {
  const names = removed.filter((path) => !path.endsWith('.provenance'));
  const projects = new Set(names.map((path) => projectOf(path.slice(prefix.length))));
  return [...projects]
    .flatMap((project) => [`simple/${project}/index.html`, `simple/${project}/index.json`])
    .filter((path) => !texts.has(path));
}

function sumsText(archives: readonly IndexedArchive[], prefix: string, manifest: string): string {
  const lines = archives.map(({ sha256, filename, provenanceSha256 }) => {
    const line = `${sha256}  ${prefix}${filename}\n`;
    return provenanceSha256 === undefined
      ? line
      : `${line}${provenanceSha256}  ${prefix}${filename}.provenance\n`;
  });
  return `${lines.join('')}${sha256Of(Buffer.from(manifest))}  ${manifestName}\n`;
}

async function writeNew(path: string, chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
  makeDirectory(dirname(path));
  const handle = await open(path, 'wx', 0o644);
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function moveInto(staging: string, dest: string, path: string): Promise<void> {
  makeDirectory(dirname(join(dest, path)));
  await rename(join(staging, path), join(dest, path));
}
