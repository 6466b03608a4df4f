import type { ByteSource } from '../hash/spool/spool.js';
import { type Findings, RuleViolation } from './findings.js';
import { isGzip } from './tar/gzip.js';
import { blockSize, hasTarChecksum } from './tar/header.js';

export interface Format {
  readonly kind: 'wheel' | 'zip' | 'tar.gz' | 'tar';
  /** The file name without its ending. */
  readonly stem: string;
}

const endRecord = Buffer.from('PK\x05\x06', 'latin1');
const endRecordSize = 22;
const readable: readonly (readonly [RegExp, Format['kind']])[] = [
  [/\.whl$/i, 'wheel'],
  [/\.zip$/i, 'zip'],
  [/\.(?:tar\.gz|tgz)$/i, 'tar.gz'],
  [/\.tar$/i, 'tar'],
];

/**
 * What kind of archive this is: by its file name, or by its first bytes where the name (of an archive URL) does not
 * say. A file that another program could take for another kind is refused (CVE-2026-3219).
 */
export async function detectFormat(
  source: ByteSource,
  filename: string,
  findings: Findings,
): Promise<Format> {
  const unreadable = /\.(?:tar\.(?:bz2|xz|lz|lzma|zst|Z)|tbz2?|txz|tlz)$/i.exec(filename);
  if (unreadable !== null) {
    const message = `peep cannot look inside '${unreadable[0]}' archives; use a wheel, a .tar.gz or a .zip of this version`;
    throw new RuleViolation('format-unreadable', undefined, message);
  }
  const head = await source.read(0, Math.min(source.size, blockSize));
  const [ending, kind] = readable.find(([pattern]) => pattern.test(filename)) ?? [/$/, sniff(head)];
  if (kind === undefined) {
    throw new RuleViolation('format-unknown', undefined, `'${filename}' is no archive that peep knows`);
  }
  if (kind === 'tar')
    findings.add('format-legacy', undefined, 'an unpacked .tar is not a format of PyPI any more');
  await checkPolyglot(source, head, kind, findings);
  return { kind, stem: filename.replace(ending, '') };
}

function sniff(head: Buffer): Format['kind'] | undefined {
  if (isGzip(head)) return 'tar.gz';
  if (head.length >= 4 && head.readUInt32BE(0) === 0x504b0304) return 'zip';
  if (head.length === blockSize && hasTarChecksum(head)) return 'tar';
  return undefined;
}

async function checkPolyglot(
  source: ByteSource,
  head: Buffer,
  kind: Format['kind'],
  findings: Findings,
): Promise<void> {
  if (kind === 'wheel' || kind === 'zip') {
    if (head.length === blockSize && hasTarChecksum(head)) {
      findings.add('format-polyglot', undefined, 'the ZIP is a tar as well');
    }
    return;
  }
  // Python's is_zipfile takes a file for a ZIP when an end record stands anywhere in its last 64 KiB.
  const size = Math.min(source.size, endRecordSize + 0xffff);
  const at = (await source.read(source.size - size, size)).lastIndexOf(endRecord);
  if (at >= 0 && at + endRecordSize <= size) {
    findings.add(
      'format-polyglot',
      undefined,
      'the tar holds the end record of a ZIP, and pip would take it for one',
    );
  }
}
