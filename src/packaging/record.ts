import { lines } from './metadata.js';

/** One line of RECORD as written, or the reason why it is invalid. */
export type RecordLine =
  | { readonly path: string; readonly hash: string; readonly size: string }
  | { readonly malformed: string };

/** Limit for the hash cell: no accepted digest is longer in any encoding. */
const maxHashLength = 200;
const maxCellLength = 4000;
/** Characters at which only some readers end a line: Python's `splitlines` and its csv module differ on them. */
const strayLineEnd = /[\0\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|\r(?!\n)/;

/**
 * Reads RECORD (binary distribution format): CSV of path, hash and size. A line that two CSV readers could parse
 * differently is malformed; reading continues after it.
 */
export function* readRecord(text: string): Generator<RecordLine> {
  const stray = strayLineEnd.exec(text)?.[0];
  if (stray !== undefined) {
    const code = stray.charCodeAt(0).toString(16).padStart(4, '0');
    yield { malformed: `it contains U+${code}, at which some readers end a line` };
  }
  for (const row of text.includes('"') ? quotedRows(text) : plainRows(text)) yield row;
}

function* plainRows(text: string): Generator<RecordLine> {
  for (const line of lines(text)) {
    if (line === '') continue;
    const first = line.indexOf(',');
    const second = first < 0 ? -1 : line.indexOf(',', first + 1);
    const third = second < 0 ? -1 : line.indexOf(',', second + 1);
    if (third >= 0) yield malformed(line, 'has more than three cells');
    else if (second < 0) yield row(first < 0 ? [line] : [line.slice(0, first), line.slice(first + 1)]);
    else yield row([line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)]);
  }
}

function row(cells: readonly string[]): RecordLine {
  const [path = '', hash = '', size = ''] = cells;
  if (path === '' || hash.length > maxHashLength || !/^[\x21-\x7e]*$/.test(hash)) {
    return malformed(cells.join(','), 'is not a line of RECORD');
  }
  return { path, hash, size };
}

function malformed(text: string, why: string): RecordLine {
  return { malformed: `'${text.slice(0, 200)}' ${why}` };
}

/** RFC 4180: cells may be quoted, with quotes in them doubled. Any form that the RFC leaves open is malformed. */
function* quotedRows(text: string): Generator<RecordLine> {
  let cells: string[] = [];
  for (let at = 0; at < text.length; ) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    const wrong = cell.wrong ?? (cells.length === 3 ? 'has more than three cells' : undefined);
    if (wrong !== undefined) {
      const next = text.indexOf('\n', at);
      yield malformed([...cells, text.slice(at, at + 200)].join(','), wrong);
      cells = [];
      at = next < 0 ? text.length : next + 1;
      continue;
    }
    cells.push(cell.value);
    at = cell.end;
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      cells.push('');
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    // An empty line has no row; an empty quoted cell is a row.
    if (cells.length > 1 || cells[0] !== '' || cell.quoted === true) yield row(cells);
    cells = [];
  }
}

interface Cell {
  readonly value: string;
  readonly end: number;
  readonly wrong?: string;
  readonly quoted?: boolean;
}

function quotedCell(text: string, start: number): Cell {
  let value = '';
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0 || value.length > maxCellLength)
      return { value, end: start, wrong: 'has a quoted cell without an end' };
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') {
      if (at < text.length && !/[,\r\n]/.test(text[at] ?? ''))
        return { value, end: at, wrong: 'has text after a quoted cell' };
      return { value, end: at, quoted: true };
    }
    value += '"';
    at += 1;
  }
}

function plainCell(text: string, start: number): Cell {
  const pattern = /[^,\r\n"]*/y;
  pattern.lastIndex = start;
  const value = pattern.exec(text)?.[0] ?? '';
  const end = start + value.length;
  return text[end] === '"' ? { value, end, wrong: 'has a quote in the middle of a cell' } : { value, end };
}
