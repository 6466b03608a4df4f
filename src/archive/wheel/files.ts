import type { VerifiedArchive } from '../../hash/verification.js';
import { decodeText } from '../../packaging/metadata.js';
import { guarded, guardedBlocks } from '../entries.js';
import { Findings, RuleViolation } from '../findings.js';
import type { WheelLayout } from '../inspection.js';
import { limits } from '../limits.js';
import type { ZipEntry } from '../zip/central.js';
import { readBlocks, readContent } from '../zip/contents.js';
import { openZip } from '../zip/open.js';
import { distInfoEnding, findDistInfo } from './dist-info.js';
import { parseRecord, type RecordRow } from './record.js';

/** A file of a wheel, as the wheel's own RECORD describes it. */
export interface WheelFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Undefined if RECORD gives no hash for the file. A hash can be wrong: `content` is authoritative. */
  readonly listed: { readonly algorithm: string; readonly base64url: string } | undefined;
  /** Checked against size and CRC. */
  content(): AsyncIterable<Buffer>;
}

export interface WheelFiles extends Omit<WheelLayout, 'files'> {
  readonly files: readonly WheelFile[];
}

/**
 * The files that a verified wheel installs. For wheels that passed `inspectArchive`; throws `ARCHIVE_REFUSED` for
 * others.
 */
export async function wheelFiles(archive: VerifiedArchive): Promise<WheelFiles> {
  return guarded(archive, async () => {
    const findings = new Findings();
    const zip = await openZip(archive, findings);
    const distInfo = findDistInfo(zip.entries);
    const text = async (name: string, ceiling: number): Promise<string | undefined> => {
      const entry = zip.entries.find((each) => each.name === name);
      return entry === undefined ? undefined : decodeText(await readContent(zip, entry, ceiling)).text;
    };
    const recordPath = `${distInfo}/RECORD`;
    const record = await text(recordPath, limits.recordFile);
    if (record === undefined)
      throw new RuleViolation('wheel-file-missing', recordPath, 'the wheel lacks this file');
    const rows = parseRecord(record, recordPath, zip.entries.length, findings);
    const file = (entry: ZipEntry): WheelFile => ({
      name: entry.name,
      size: entry.size,
      listed: listedHash(rows.get(entry.name)),
      content: () => guardedBlocks(archive, readBlocks(zip, entry)),
    });
    return {
      stem: distInfo.slice(0, -distInfoEnding.length),
      files: zip.entries.filter(({ directory }) => !directory).map(file),
      entryPoints: (await text(`${distInfo}/entry_points.txt`, limits.smallFile)) ?? '',
    };
  });
}

function listedHash(row: RecordRow | undefined): WheelFile['listed'] {
  if (row?.algorithm === undefined) return undefined;
  return { algorithm: row.algorithm, base64url: row.base64url };
}
