import { Refusal } from '../findings.js';
import { limits } from '../limits.js';
import { lines } from '../metadata.js';

/** Of the hash cell: no digest that counts is longer in any spelling. */
const maxHashLength = 200;
const maxCellLength = limits.nameBytes;

/** The lines of RECORD as one to three cells, the first with something in it. */
export function* recordLines(text: string, recordPath: string): Generator<readonly string[]> {
  const malformed = (why: string) => new Refusal('wheel-record-malformed', recordPath, why);
  for (const cells of text.includes('"') ? quotedRows(text, malformed) : plainRows(text, malformed)) {
    if (cells[0] === '' || (cells[1]?.length ?? 0) > maxHashLength) {
      throw malformed(`'${cells.join(',').slice(0, 200)}' is no line of RECORD`);
    }
    yield cells;
  }
}

function* plainRows(text: string, malformed: (why: string) => Refusal): Generator<readonly string[]> {
  for (const line of lines(text)) {
    if (line === '') continue;
    const first = line.indexOf(',');
    const second = first < 0 ? -1 : line.indexOf(',', first + 1);
    if (first < 0) yield [line];
    else if (second < 0) yield [line.slice(0, first), line.slice(first + 1)];
    else if (line.indexOf(',', second + 1) < 0) {
      yield [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
    } else throw malformed(`'${line.slice(0, 200)}' has more than three cells`);
  }
}

/** RFC 4180: cells in quotes, quotes in them doubled. What it leaves open is malformed. */
function* quotedRows(text: string, malformed: (why: string) => Refusal): Generator<readonly string[]> {
  let cells: string[] = [];
  for (let at = 0; at < text.length; ) {
    const cell = text[at] === '"' ? quotedCell(text, at, malformed) : plainCell(text, at, malformed);
    cells.push(cell.value);
    at = cell.end;
    if (cells.length > 3) throw malformed(`'${cells.join(',').slice(0, 200)}' has more than three cells`);
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

interface Cell {
  readonly value: string;
  readonly end: number;
}

function quotedCell(text: string, start: number, malformed: (why: string) => Refusal): Cell {
  let value = '';
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0 || value.length > maxCellLength) throw malformed('a quoted cell has no end');
    value += text.slice(at, quote);
    at = quote + 1;
    if (text[at] !== '"') {
      if (at < text.length && !/[,\r\n]/.test(text[at] ?? '')) throw malformed('text follows a quoted cell');
      return { value, end: at };
    }
    value += '"';
    at += 1;
  }
}

function plainCell(text: string, start: number, malformed: (why: string) => Refusal): Cell {
  const pattern = /[^,\r\n"]*/y;
  pattern.lastIndex = start;
  const value = pattern.exec(text)?.[0] ?? '';
  const end = start + value.length;
  if (text[end] === '"') throw malformed('a quote in the middle of a cell');
  return { value, end };
}
