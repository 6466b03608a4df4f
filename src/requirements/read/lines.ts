import { PeepError, type SourceLocation } from '../../text/errors.js';

/** One line of a file as editors count it: only LF and CRLF end a line. */
export interface PhysicalLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  readonly ending: '\n' | '\r\n' | '';
}

/** The token of a `# sha256: TOKEN` comment and the line it stands in. */
export interface HashComment {
  readonly token: string;
  readonly line: number;
}

/** What stands behind the colon of a `# attested-by: …` comment, less a remark, and the line it stands in. */
export interface PublisherComment {
  readonly text: string;
  readonly line: number;
}

/** What pip takes for one line: continuations joined, comments gone, never empty. */
export interface LogicalLine {
  /** The first of the joined lines. */
  readonly number: number;
  /** The last of the joined lines that carries text. */
  readonly last: number;
  readonly text: string;
  /** peep's hash comments right above, in order. */
  readonly hashComments: readonly HashComment[];
  /** The records of publishers right above, gathered as hash comments are. */
  readonly publisherComments: readonly PublisherComment[];
  /** A character that must not be there (contract section 3); the line means nothing then. */
  readonly stray: PeepError | undefined;
}

/** Splits a text into lines; every character of it is in one of them. */
export function physicalLines(text: string): PhysicalLine[] {
  const lines: PhysicalLine[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const crlf = newline > start && text[newline - 1] === '\r';
    lines.push({
      number: lines.length + 1,
      text: text.slice(start, crlf ? end - 1 : end),
      ending: newline === -1 ? '' : crlf ? '\r\n' : '\n',
    });
    start = end + 1;
  }
  return lines;
}

/**
 * Joins continuations and drops comments and empty lines, as pip's preprocessing does, and gathers peep's
 * hash comments: downwards over comment and blank lines, for the next line only.
 */
export function logicalLines(physical: readonly PhysicalLine[], file: string): LogicalLine[] {
  const result: LogicalLine[] = [];
  let comments: HashComment[] = [];
  let joined: string[] = [];
  let above: HashComment[] = [];
  let publishers: PublisherComment[] = [];
  let publishersAbove: PublisherComment[] = [];
  let first: PhysicalLine | undefined;
  let last = 0;
  let stray: PeepError | undefined;

  const finish = (): void => {
    const text = trim(withoutComment(joined.join('')));
    if (first !== undefined && (text !== '' || stray !== undefined)) {
      result.push({
        number: first.number,
        last,
        text,
        hashComments: above,
        publisherComments: publishersAbove,
        stray,
      });
    }
    joined = [];
    first = undefined;
    stray = undefined;
  };

  for (const line of physical) {
    const comment = isComment(line.text);
    const continues = !comment && line.text.endsWith('\\');
    const blank = !comment && trim(line.text) === '';
    if (first === undefined) {
      first = line;
      last = line.number;
      if (!comment && !blank) {
        above = comments;
        comments = [];
        publishersAbove = publishers;
        publishers = [];
      } else {
        above = [];
        publishersAbove = [];
      }
    }
    stray ??= strayCharacter(line, { file, line: line.number });
    if (comment) {
      // A comment ends a continuation; its digest belongs to what follows, as in peep.py.
      const token = hashToken(line.text);
      if (token !== undefined) comments.push({ token, line: line.number });
      const publisher = publisherText(line.text);
      if (publisher !== undefined) publishers.push({ text: publisher, line: line.number });
      joined.push(' ', line.text);
    } else {
      if (!blank) last = line.number;
      joined.push(continues ? withoutBackslashes(line.text) : line.text);
    }
    if (!continues) finish();
  }
  finish();
  return result;
}

/** Is the whole line a comment? */
export function isComment(text: string): boolean {
  return /^[ \t]*#/.test(text);
}

/**
 * The token of a hash comment, or undefined. The rule is peep.py's: white space around `sha256:`, one token
 * without white space, and nothing after it but a remark that starts with `#`.
 */
export function hashToken(text: string): string | undefined {
  return /^[ \t]*#[ \t]+sha256:[ \t]+(\S+)[ \t]*(?:#.*)?$/s.exec(text)?.[1];
}

/** What a `# attested-by:` comment says, less a remark; undefined for any other comment. */
export function publisherText(text: string): string | undefined {
  const [, said] = /^[ \t]*#[ \t]*attested-by:(.*)$/s.exec(text) ?? [];
  return said === undefined ? undefined : trim(said.replace(/[ \t]#.*$/s, ''));
}

/** Strips spaces and tabs; other white space is refused elsewhere. */
export function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Where the comment of a line starts: at a `#` at its start or after white space; its length if none does. */
export function commentStart(text: string): number {
  for (let at = text.indexOf('#'); at !== -1; at = text.indexOf('#', at + 1)) {
    if (at === 0 || isBlank(text.charCodeAt(at - 1))) return at;
  }
  return text.length;
}

function withoutComment(text: string): string {
  return text.slice(0, commentStart(text));
}

/** pip strips backslashes from both ends of a line that ends in one. */
function withoutBackslashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '\\') start++;
  while (end > start && text[end - 1] === '\\') end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** What Python's `splitlines` splits at besides LF and CRLF, so that pip sees lines which people do not. */
const separators = /[\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]/;

/** Control characters, white space other than space and tab, invisible and direction marks. */
const unmatched =
  /[\u0000-\u0008\u000e-\u001b\u001f\u007f-\u009f\u00a0\u061c\u1680\u2000-\u200f\u202a-\u202f\u205f-\u2069\u3000\ufeff]/;

function strayCharacter(line: PhysicalLine, place: SourceLocation): PeepError | undefined {
  if (!/[^\t\u0020-\u007e]/.test(line.text)) return undefined;
  const start = commentStart(line.text);
  const content = line.text.slice(0, start);
  const separator = separators.exec(content);
  if (separator !== null) return separatorError(separator[0], place);
  const stray = unmatched.exec(content);
  if (stray !== null) {
    return new PeepError(
      'STRAY_CHARACTER',
      `the line contains the invisible character ${codePoint(stray[0])}`,
      {
        place,
        hint: 'Type the line anew with plain spaces.',
      },
    );
  }
  // pip reads on after a separator: a remark is harmless, a requirement hidden in a comment is not.
  const [remark = '', ...hidden] = line.text.slice(start).split(new RegExp(separators, 'g'));
  if (!hidden.some(readsAsLine)) return undefined;
  return separatorError(line.text.slice(start + remark.length)[0] ?? '', place);
}

/** Would pip take this rest of a comment for a requirement or an option, and not fail? */
function readsAsLine(text: string): boolean {
  const content = trim(withoutComment(text));
  return (
    /^-/.test(content) ||
    /^[A-Za-z0-9][\w.-]*[ \t]*($|[[=<>!~@;(])/.test(content) ||
    (/[/\\:]/.test(content) && !/[ \t]/.test(content))
  );
}

function separatorError(character: string, place: SourceLocation): PeepError {
  return new PeepError(
    'LINE_SEPARATOR',
    `the line contains ${codePoint(character)}, at which pip starts a new line and most editors do not`,
    { place, hint: 'End lines with a line feed, and take that character out.' },
  );
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
