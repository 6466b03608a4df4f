import type { ByteSource } from '../../hash/spool/spool.js';
import { type Findings, RuleViolation } from '../findings.js';
import type { NameUse } from '../names.js';
import { WindowReader } from '../window.js';
import { readCentral, type ZipEntry } from './central.js';
import { readDirectory } from './end.js';
import { walkLocal } from './local.js';

/** Bytes per read of local headers. They lie between contents, so one read finds only a few of them. */
const headerBlock = 16 * 1024;

/** A ZIP with valid framing: every byte belongs to exactly one record, and all records agree. */
export interface ZipArchive {
  readonly source: ByteSource;
  /** Entries in the order of their bytes in the file. */
  readonly entries: readonly ZipEntry[];
}

/**
 * Reads and checks the framing of a ZIP, without its contents. Faults of names, modes and flags are added to
 * `findings`; broken framing throws `RuleViolation`.
 */
export async function openZip(
  source: ByteSource,
  findings: Findings,
  use: NameUse = 'wheel',
): Promise<ZipArchive> {
  if (source.size < 22)
    throw new RuleViolation('zip-end-missing', undefined, `${source.size} bytes are too few for a ZIP`);
  const directory = await readDirectory(source, findings);
  const bytes = await source.read(directory.offset, directory.size);
  const entries = await readCentral(bytes, directory, source.size, findings, use);
  entries.sort((a, b) => a.offset - b.offset);
  await walkLocal(
    new WindowReader(source, headerBlock),
    { entries, bytes, offset: directory.offset },
    findings,
  );
  return { source, entries };
}
