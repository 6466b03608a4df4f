import { algorithmNames, type DigestAlgorithm, hexLength, isDigestAlgorithm } from '../../hash/digest.js';
import { readRecord } from '../../packaging/record.js';
import { type Findings, RuleViolation } from '../findings.js';
import { limits } from '../limits.js';

/** One line of RECORD. */
export interface RecordRow {
  /** The expected hash of the file; undefined if the line gives no accepted hash. */
  readonly algorithm: DigestAlgorithm | undefined;
  /** Unpadded; empty without an algorithm. */
  readonly base64url: string;
  readonly size: number | undefined;
}

/**
 * Reads RECORD (binary distribution format): CSV of path, hash and size. Stops at a line that two CSV readers could
 * read differently, and when there are far more lines than the archive has files (`files`).
 */
export function parseRecord(
  text: string,
  recordPath: string,
  files: number,
  findings: Findings,
): Map<string, RecordRow> {
  const rows = new Map<string, RecordRow>();
  const add = (path: string, hash: string, size: string) => {
    const row = readRow(path, hash, size, recordPath, findings);
    const known = rows.get(path);
    if (rows.size > files + limits.strayRows) {
      const message = `RECORD lists more than ${rows.size} files, but the archive holds ${files}`;
      throw new RuleViolation('wheel-record-absent', recordPath, message);
    }
    if (known === undefined) rows.set(path, row);
    else if (known.base64url === row.base64url && known.size === row.size) {
      findings.add('wheel-record-repeated', path, 'RECORD lists the file twice, with the same hash');
    } else findings.add('wheel-record-duplicate', path, 'RECORD lists the file twice, with different hashes');
  };
  for (const line of readRecord(text)) {
    if ('malformed' in line) throw new RuleViolation('wheel-record-malformed', recordPath, line.malformed);
    add(line.path, line.hash, line.size);
  }
  return rows;
}

function readRow(
  path: string,
  hash: string,
  sizeText: string,
  recordPath: string,
  findings: Findings,
): RecordRow {
  const size = readSize(sizeText, path, recordPath);
  if (hash.length === 50 && hash.startsWith('sha256=')) {
    const base64url = hash.slice(7);
    if (/^[\w-]+$/.test(base64url)) return { algorithm: 'sha256', base64url, size };
  }
  if (hash === '') {
    // RECORD and its signature files cannot contain their own hashes.
    const signature = path === recordPath || path === `${recordPath}.jws` || path === `${recordPath}.p7s`;
    if (!signature) findings.add('wheel-record-unhashed', path, 'RECORD gives no hash for the file');
    return { algorithm: undefined, base64url: '', size };
  }
  const equals = hash.indexOf('=');
  const algorithm = hash.slice(0, Math.max(0, equals)).toLowerCase();
  if (!isDigestAlgorithm(algorithm)) {
    const message = `RECORD gives '${hash.slice(0, 100)}', which is not a ${algorithmNames}`;
    findings.add('wheel-record-weak', path, message);
    return { algorithm: undefined, base64url: '', size };
  }
  const { base64url, plain } = canonicalHash(hash.slice(equals + 1), hexLength(algorithm));
  if (!plain && !findings.has('wheel-record-spelling')) {
    const message = 'RECORD has hashes that are not unpadded base64url';
    findings.add('wheel-record-spelling', recordPath, message);
  }
  return { algorithm, base64url, size };
}

/** Some tools write hex, padding or plain base64; the digest is the same. */
function canonicalHash(text: string, hexDigits: number): { base64url: string; plain: boolean } {
  if (text.length === hexDigits && /^[0-9a-f]+$/i.test(text)) {
    return { base64url: Buffer.from(text, 'hex').toString('base64url'), plain: false };
  }
  const base64url = text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
  return { base64url, plain: base64url === text };
}

function readSize(text: string, path: string, recordPath: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new RuleViolation(
      'wheel-record-malformed',
      recordPath,
      `'${text.slice(0, 100)}' is not a size for '${path}'`,
    );
  }
  return Number(text);
}
