import { type DigestAlgorithm, isDigestAlgorithm } from '../../hash/digest.js';
import { type Findings, Refusal } from '../findings.js';
import { limits } from '../limits.js';
import { lines } from '../metadata.js';

/** Of the hash cell: no digest that counts is longer in any spelling. */
const longestHash = 200;
const hexLengths: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** One line of RECORD. */
export interface RecordRow {
  /** What the file should hash to: undefined when the line gives no hash that counts. */
  readonly algorithm: DigestAlgorithm | undefined;
  /** Unpadded; empty without an algorithm. */
  readonly base64url: string;
  readonly size: number | undefined;
}

/**
 * Reads RECORD (binary distribution format): CSV of path, hash and size. A line that two CSV readers could take
 * differently ends the look, and so does a listing far longer than the archive, which holds `files` entries.
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
      const message = `RECORD lists more than ${rows.size} files, the archive holds ${files}`;
      throw new Refusal('wheel-record-absent', recordPath, message);
    }
    if (known === undefined) rows.set(path, row);
    else if (known.base64url === row.base64url && known.size === row.size) {
      findings.add('wheel-record-repeated', path, 'RECORD lists the file twice, with the same hash');
    } else findings.add('wheel-record-duplicate', path, 'RECORD lists the file twice, with different hashes');
  };
  if (text.includes('"')) {
    for (const cells of csvRows(text, recordPath)) addCells(cells, recordPath, add);
    return rows;
  }
  for (const line of lines(text)) {
    const first = line.indexOf(',');
    const second = line.indexOf(',', first + 1);
    if (first > 0 && second > 0 && second - first <= longestHash && line.indexOf(',', second + 1) < 0) {
      add(line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1));
    } else if (line !== '') addCells(line.split(','), recordPath, add);
  }
  return rows;
}

function addCells(
  cells: readonly string[],
  recordPath: string,
  add: (path: string, hash: string, size: string) => void,
): void {
  const [path = '', hash = '', size = ''] = cells;
  if (cells.length > 3 || path === '' || hash.length > longestHash) {
    const message = `'${cells.join(',').slice(0, 200)}' is no line of RECORD`;
    throw new Refusal('wheel-record-malformed', recordPath, message);
  }
  add(path, hash, size);
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
    // Neither RECORD nor the signatures made after it can hold their own hash.
    const signature = path === recordPath || path === `${recordPath}.jws` || path === `${recordPath}.p7s`;
    if (!signature) findings.add('wheel-record-unhashed', path, 'RECORD gives no hash for the file');
    return { algorithm: undefined, base64url: '', size };
  }
  const equals = hash.indexOf('=');
  const algorithm = hash.slice(0, Math.max(0, equals)).toLowerCase();
  if (!isDigestAlgorithm(algorithm)) {
    const message = `RECORD gives '${hash.slice(0, 100)}', which is no sha256, sha384 or sha512`;
    findings.add('wheel-record-weak', path, message);
    return { algorithm: undefined, base64url: '', size };
  }
  const { base64url, plain } = canonicalHash(hash.slice(equals + 1), hexLengths[algorithm]);
  if (!plain && !findings.has('wheel-record-spelling')) {
    const message = 'RECORD gives hashes in another form than unpadded base64url';
    findings.add('wheel-record-spelling', recordPath, message);
  }
  return { algorithm, base64url, size };
}

/** Some tools wrote hex, padding or the alphabet of plain base64: it is the same digest. */
function canonicalHash(text: string, hexLength: number): { base64url: string; plain: boolean } {
  if (text.length === hexLength && /^[0-9a-f]+$/i.test(text)) {
    return { base64url: Buffer.from(text, 'hex').toString('base64url'), plain: false };
  }
  const base64url = text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
  return { base64url, plain: base64url === text };
}

function readSize(text: string, path: string, recordPath: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new Refusal(
      'wheel-record-malformed',
      recordPath,
      `'${text.slice(0, 100)}' is no size for '${path}'`,
    );
  }
  return Number(text);
}

function* csvRows(text: string, recordPath: string): Generator<string[]> {
  const malformed = (why: string) => new Refusal('wheel-record-malformed', recordPath, why);
  let cells: string[] = [];
  for (let at = 0; at < text.length; ) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; ; ) {
        const quote = text.indexOf('"', at);
        if (quote < 0) throw malformed('a quoted cell has no end');
        cell += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at += 1;
      }
      if (at < text.length && !/[,\r\n]/.test(text[at] ?? '')) throw malformed('text follows a quoted cell');
    } else {
      const rest = /[^,\r\n"]*/y;
      rest.lastIndex = at;
      cell = rest.exec(text)?.[0] ?? '';
      at += cell.length;
      if (text[at] === '"') throw malformed('a quote in the middle of a cell');
    }
    cells.push(cell);
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    if (cells.length > 1 || cells[0] !== '') yield cells;
    cells = [];
  }
}
