import type { ByteSource } from '../hash/spool/spool.js';
import { type Findings, RuleViolation } from './findings.js';
import { isBzip2 } from './tar/bzip2.js';
import { isGzip } from './tar/gzip.js';
import { blockSize, looksLikeTar } from './tar/header.js';
import type { TarPacking } from './tar/packing.js';
import { isXz } from './tar/xz.js';

export interface Format {
  readonly kind: 'wheel' | 'zip' | TarPacking;
  /** The file name without its extension. */
  readonly stem: string;
}

const endRecord = Buffer.from('PK\x05\x06', 'latin1');
/** Python's is_zipfile looks for an end record in the last 65,558 bytes (65,557 in some versions); this is wider. */
const endRecordWindow = 128 * 1024;
const readable: readonly (readonly [RegExp, Format['kind']])[] = [
  [/\.whl$/, 'wheel'],
  [/\.zip$/, 'zip'],
  [/\.(?:tar\.gz|tgz)$/, 'tar.gz'],
  [/\.(?:tar\.bz2|tbz)$/, 'tar.bz2'],
  [/\.(?:tar\.xz|txz)$/, 'tar.xz'],
  [/\.tar$/, 'tar'],
];

/**
 * Returns the kind of an archive: by its file name, or by its first bytes if the name (of an archive URL) has no
 * known extension. Refuses a file that another program could read as another kind (CVE-2026-3219).
 */
export async function detectFormat(
  source: ByteSource,
  filename: string,
  findings: Findings,
): Promise<Format> {
  const unreadable = /\.(?:tar\.(?:lz|lzma|zst|Z)|tbz2|tlz)$/i.exec(filename);
  if (unreadable !== null) {
    const message = `peep cannot look inside '${unreadable[0]}' archives; use a wheel, a .tar.gz or a .zip of this version`;
    throw new RuleViolation('format-unreadable', undefined, message);
  }
  const head = await source.read(0, Math.min(source.size, blockSize));
  const named = readable.find(([pattern]) => pattern.test(filename));
  // pip reads `x.WHL` as a source archive; other programs read it as a wheel.
  if (named === undefined && readable.some(([pattern]) => pattern.test(filename.toLowerCase()))) {
    throw new RuleViolation('format-unknown', undefined, `the extension of '${filename}' is not lower case`);
  }
  const [ending, kind] = named ?? [/$/, sniff(head)];
  if (kind === undefined) {
    throw new RuleViolation(
      'format-unknown',
      undefined,
      `'${filename}' is not an archive format that peep supports`,
    );
  }
  await checkPolyglot(source, head, kind, findings);
  return { kind, stem: filename.replace(ending, '') };
}

function sniff(head: Buffer): Format['kind'] | undefined {
  if (isGzip(head)) return 'tar.gz';
  if (isBzip2(head)) return 'tar.bz2';
  if (isXz(head)) return 'tar.xz';
  if (head.length >= 4 && head.readUInt32BE(0) === 0x504b0304) return 'zip';
  if (head.length === blockSize && looksLikeTar(head)) return 'tar';
  return undefined;
}

async function checkPolyglot(
  source: ByteSource,
  head: Buffer,
  kind: Format['kind'],
  findings: Findings,
): Promise<void> {
  if (kind === 'wheel' || kind === 'zip') {
    if (head.length === blockSize && looksLikeTar(head)) {
      findings.add('format-polyglot', undefined, 'the file is both a ZIP and a tar');
    }
    return;
  }
  // A truncated record counts too: readers differ on reads past the end of the file.
  const size = Math.min(source.size, endRecordWindow);
  if ((await source.read(source.size - size, size)).includes(endRecord)) {
    const message = 'the tar contains a ZIP end record, so pip would read it as a ZIP';
    findings.add('format-polyglot', undefined, message);
  }
}
