import { PeepError, type SourceLocation } from '../../text/errors.js';

/** One line of a file as editors count it: only LF and CRLF end a line. */
export interface PhysicalLine {
  /** Line number, from 1. */
  readonly number: number;
  readonly text: string;
  readonly ending: '\n' | '\r\n' | '';
}

/** The token of a `# sha256: TOKEN` comment and its line number. */
export interface HashComment {
  readonly token: string;
  readonly line: number;
}

/** The text after the colon of a `# attested-by: …` comment, without a trailing comment, and its line number. */
export interface PublisherComment {
  readonly text: string;
  readonly line: number;
}

export interface CommentedOut {
  readonly line: number;
}

/** One line as pip reads it: continuations joined, comments removed, never empty. */
export interface LogicalLine {
  /** Number of the first of the joined lines. */
  readonly number: number;
  /** Number of the last joined line that has text. */
  readonly last: number;
  readonly text: string;
  /** peep's hash comments directly above, in order. */
  readonly hashComments: readonly HashComment[];
  /** The publisher records directly above, collected like hash comments. */
  readonly publisherComments: readonly PublisherComment[];
  /** A commented-out pin below the first of `hashComments`. The hash comment may belong to that pin. */
  readonly commentedOut: CommentedOut | undefined;
  /** The first comment above that looks like a hash comment but is not one: `#sha256:`, `# sha-256:`. */
  readonly nearHash: number | undefined;
  /**
   * The number of the line above, if its trailing comment ends in a backslash: pip then reads this line as part of
   * the comment.
   */
  readonly behindRemark: number | undefined;
  /** A forbidden character (contract section 3); the line is then invalid. */
  readonly stray: PeepError | undefined;
}

/** Splits a text into lines; each character belongs to exactly one line. */
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
 * Joins continuations and drops comments and empty lines, as pip's preprocessing does. Collects peep's hash
 * comments for the next requirement below them; comments and blank lines may be in between. A trailing comment ends
 * with its physical line (contract section 3): pip drops the text that is joined after it.
 */
export function logicalLines(physical: readonly PhysicalLine[], file: string): LogicalLine[] {
  const result: LogicalLine[] = [];
  let comments: HashComment[] = [];
  let publishers: PublisherComment[] = [];
  let passed: CommentedOut | undefined;
  let near: number | undefined;
  let joined: Joined | undefined;
  // End of the joined text: a `#` begins a comment only after white space.
  let tail = '';

  const finish = (): void => {
    const text = trim(joined?.text.join('') ?? '');
    if (joined !== undefined && (text !== '' || joined.stray !== undefined)) result.push({ ...joined, text });
    joined = undefined;
    tail = '';
  };

  let remarkAbove: number | undefined;
  for (const line of physical) {
    const comment = isComment(line.text);
    const blank = !comment && trim(line.text) === '';
    joined ??= {
      ...{ number: line.number, last: line.number, text: [], stray: undefined, behindRemark: remarkAbove },
      ...(comment || blank
        ? noComments
        : { hashComments: comments, publisherComments: publishers, commentedOut: passed, nearHash: near }),
    };
    if (joined.text.length === 0 && !comment && !blank) {
      comments = [];
      publishers = [];
      passed = undefined;
      near = undefined;
    }
    remarkAbove = undefined;
    joined.stray ??= strayCharacter(line, { file, line: line.number });
    if (comment) {
      // A comment ends a continuation; its digest belongs to the next requirement, as in peep.py.
      const token = hashToken(line.text);
      if (token !== undefined) comments.push({ token, line: line.number });
      else if (isNearHash(line.text)) near ??= line.number;
      const publisher = publisherText(line.text);
      if (publisher !== undefined) publishers.push({ text: publisher, line: line.number });
      if (token === undefined && comments.length > 0 && isCommentedOut(line.text))
        passed = { line: line.number };
      finish();
      continue;
    }
    const continues = line.text.endsWith('\\');
    const piece = continues ? withoutBackslashes(line.text) : line.text;
    const remark = commentStart(piece, tail);
    joined.text.push(piece.slice(0, remark));
    tail = piece.slice(0, remark).slice(-1) || tail;
    if (!blank) joined.last = line.number;
    if (continues && remark === piece.length) continue;
    if (continues) remarkAbove = line.number;
    finish();
  }
  finish();
  return result;
}

interface Joined extends Omit<LogicalLine, 'last' | 'text' | 'stray'> {
  last: number;
  readonly text: string[];
  stray: PeepError | undefined;
}

const noComments = {
  hashComments: [],
  publisherComments: [],
  commentedOut: undefined,
  nearHash: undefined,
} as const;

/** True for a comment of the form `name==version`: a commented-out pin. */
function isCommentedOut(text: string): boolean {
  return /^[ \t]*#[# \t]*[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._, -]*\])?(?:[ \t]*==|[ \t]+@[ \t])/.test(
    text,
  );
}

/** True if the whole line is a comment. */
export function isComment(text: string): boolean {
  return /^[ \t]*#/.test(text);
}

/**
 * The token of a hash comment, or undefined. As in peep.py: white space around `sha256:`, one token without white
 * space, and nothing after it except a comment that starts with `#`.
 */
export function hashToken(text: string): string | undefined {
  return /^[ \t]*#[ \t]+sha256:[ \t]+(\S+)[ \t]*(?:#.*)?$/s.exec(text)?.[1];
}

/** A comment with a complete sha256 that `hashToken` does not accept: peep and peep.py ignore it. */
function isNearHash(text: string): boolean {
  return /^[ \t]*#[ \t]*sha-?256[ \t]*[:=]?[ \t]*(?:[\w-]{43}|[0-9a-f]{64})(?![\w-])/i.test(text);
}

/** The content of a `# attested-by:` comment, without a trailing comment; undefined for any other comment. */
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

/**
 * The position of a line's comment: a `#` at its start or after white space; the length of the line if there is
 * none. `before` is the text that the line is joined to.
 */
export function commentStart(text: string, before = ''): number {
  for (let at = text.indexOf('#'); at !== -1; at = text.indexOf('#', at + 1)) {
    const previous = at === 0 ? before.charCodeAt(before.length - 1) : text.charCodeAt(at - 1);
    if (Number.isNaN(previous) || isBlank(previous)) return at;
  }
  return text.length;
}

/** pip strips backslashes from both ends of a line that ends with one. */
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

/** Characters besides LF and CRLF at which Python's `splitlines` splits, so that pip sees lines that people do not. */
const separators = /[\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]/;

/** Control characters, white space other than space and tab, invisible and direction marks. */
const unmatched =
  /[\u0000-\u0008\u000e-\u001b\u001f\u007f-\u009f\u00a0\u061c\u1680\u2000-\u200f\u202a-\u202f\u205f-\u2069\u3000\ufeff]/;

function strayCharacter(line: PhysicalLine, place: SourceLocation): PeepError | undefined {
  if (!/[^\t\u0020-\u007e]/.test(line.text)) return undefined;
  // Refuse these characters in comments too: pip reads the text after one as a separate line.
  const separator = separators.exec(line.text);
  if (separator !== null) return separatorError(separator[0], place);
  const stray = unmatched.exec(line.text.slice(0, commentStart(line.text)));
  if (stray === null) return undefined;
  return new PeepError(
    'STRAY_CHARACTER',
    `the line contains the invisible character ${codePoint(stray[0])}`,
    { place, hint: 'Retype the line with plain spaces.' },
  );
}

function separatorError(character: string, place: SourceLocation): PeepError {
  return new PeepError(
    'LINE_SEPARATOR',
    `the line contains ${codePoint(character)}, at which pip starts a new line and most editors do not`,
    { place, hint: 'End lines with a line feed, and remove that character.' },
  );
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
