import { type DigestAlgorithm, isDigestAlgorithm } from '../../hash/digest.js';
import { type Findings, Refusal } from '../findings.js';

/** One line of RECORD. */
export interface RecordRow {
  readonly path: string;
  /** What the file should hash to; undefined when the line gives no hash that counts. */
  readonly hash: { readonly algorithm: DigestAlgorithm; readonly base64url: string } | undefined;
  readonly size: number | undefined;
}

/**
 * Reads RECORD (binary distribution format): CSV of path, hash and size. A line that two CSV readers could take
 * differently ends the look.
 */
export function parseRecord(text: string, recordPath: string, findings: Findings): Map<string, RecordRow> {
  const rows = new Map<string, RecordRow>();
  const signature = new RegExp(`^${escapeRegExp(recordPath)}(?:\\.jws|\\.p7s)?$`);
  for (const cells of csvRows(text, recordPath)) {
    const [path = '', hash = '', size = ''] = cells;
    if (cells.length > 3 || path === '') {
      throw new Refusal(
        'wheel-record-malformed',
        recordPath,
        `'${cells.join(',').slice(0, 200)}' is no line of RECORD`,
      );
    }
    const row: RecordRow = {
      path,
      hash: readHash(hash, path, signature, findings),
      size: readSize(size, path, recordPath),
    };
    const known = rows.get(path);
    if (known === undefined) rows.set(path, row);
    else if (known.hash?.base64url === row.hash?.base64url && known.size === row.size) {
      findings.add('wheel-record-repeated', path, 'RECORD lists the file twice, with the same hash');
    } else findings.add('wheel-record-duplicate', path, 'RECORD lists the file twice, with different hashes');
  }
  return rows;
}

function readHash(text: string, path: string, signature: RegExp, findings: Findings): RecordRow['hash'] {
  if (text === '') {
    if (!signature.test(path))
      findings.add('wheel-record-unhashed', path, 'RECORD gives no hash for the file');
    return undefined;
  }
  const equals = text.indexOf('=');
  const algorithm = text.slice(0, Math.max(0, equals)).toLowerCase();
  if (!isDigestAlgorithm(algorithm)) {
    findings.add(
      'wheel-record-weak',
      path,
      `RECORD gives '${text.slice(0, 100)}', which is no sha256, sha384 or sha512`,
    );
    return undefined;
  }
  return { algorithm, base64url: text.slice(equals + 1).replace(/=+$/, '') };
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
  if (!text.includes('"')) {
    for (const line of text.split(/\r\n|\r|\n/)) if (line !== '') yield line.split(',');
    return;
  }
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

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
