import type { VerifiedArchive } from '../hash/verification.js';
import { Findings, RuleViolation } from './findings.js';
import { detectFormat } from './format.js';
import type { ListedEntry, Listing, SecondReader } from './second/listing.js';
import { listTarEntry, listZipEntry } from './second/own-listing.js';
import { readAgain } from './second/read-again.js';
import { readTar } from './tar/reader.js';
import { tarBlocks } from './tar/stream.js';
import { archiveRefused } from './verdict.js';
import { readBlocks } from './zip/contents.js';
import { openZip } from './zip/open.js';

/** One entry of a ZIP or tar. */
export interface ArchiveEntry {
  /** Without the trailing slash of a directory. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Unix mode, with type bits if the archive has them; 0 if it gives no mode. */
  readonly mode: number;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Target of a link, as written. */
  readonly target: string | undefined;
  /**
   * Yields the content in blocks and checks size and CRC. The content of a tar entry can be read once, before the
   * next entry is requested.
   */
  content(): AsyncIterable<Buffer>;
}

/**
 * Yields the entries of a verified archive, in the order of the file. Throws `ARCHIVE_REFUSED` if its framing is
 * broken; `inspectArchive` checks all other rules.
 */
export async function* archiveEntries(
  archive: VerifiedArchive,
  secondReader: SecondReader = readAgain,
): AsyncGenerator<ArchiveEntry> {
  try {
    for await (const entry of readEntries(archive, secondReader)) {
      yield { ...entry, content: () => guardedBlocks(archive, entry.content()) };
    }
  } catch (error) {
    throw asRefused(archive, error);
  }
}

async function* readEntries(
  archive: VerifiedArchive,
  secondReader: SecondReader,
): AsyncGenerator<ArchiveEntry> {
  const findings = new Findings();
  const { kind } = await detectFormat(archive, archive.filename, findings);
  if (kind !== 'wheel' && kind !== 'zip') {
    const entries: ListedEntry[] = [];
    for await (const entry of readTar(tarBlocks(archive, kind, findings), findings)) {
      entries.push(listTarEntry(entry));
      yield entry;
    }
    await compareReaders(archive, { kind, entries }, secondReader);
    return;
  }
  const zip = await openZip(archive, findings);
  for (const entry of zip.entries) {
    const { name, directory, mode, size } = entry;
    const type = directory ? 'directory' : 'file';
    yield { name, type, mode, size, target: undefined, content: () => readBlocks(zip, entry) };
  }
  await compareReaders(archive, { kind: 'zip', entries: zip.entries.map(listZipEntry) }, secondReader);
}

async function compareReaders(
  archive: VerifiedArchive,
  listing: Listing,
  secondReader: SecondReader,
): Promise<void> {
  const found = await secondReader(archive, listing);
  if (found !== undefined) throw new RuleViolation('reader-disagrees', found.entry, found.message);
}

/** Runs a reader of an archive; a broken rule becomes `ARCHIVE_REFUSED`. */
export async function guarded<T>(archive: VerifiedArchive, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw asRefused(archive, error);
  }
}

/** Yields the content of an entry; a broken rule becomes `ARCHIVE_REFUSED`. */
export async function* guardedBlocks(
  archive: VerifiedArchive,
  blocks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  try {
    yield* blocks;
  } catch (error) {
    throw asRefused(archive, error);
  }
}

function asRefused(archive: VerifiedArchive, error: unknown): unknown {
  if (!(error instanceof RuleViolation)) return error;
  const findings = new Findings();
  findings.add(error.rule, error.entry, error.message);
  return archiveRefused(archive, { findings: findings.list }, false) ?? error;
}
