import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../config/environment.js';
import { isPeepError, PeepError, type SourceLocation, systemReason } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { type FileForm, formOf, isPylockName } from '../lock/recognise.js';
import { decodeText } from './decode.js';
import { withoutSecrets } from './expand.js';
import { applyOptions, type FileOptions, finishOptions, startOptions } from './file-options.js';
import {
  type HashComment,
  type LogicalLine,
  logicalLines,
  type PublisherComment,
  physicalLines,
} from './lines.js';
import type { ParsedOption } from './options.js';
import { type LineContent, readLine } from './read-line.js';

/** What a walk needs from outside. Paths are absolute; the answer goes back by `next`, a failure by `throw`. */
export type ReadRequest =
  | { readonly kind: 'read'; readonly location: string }
  | { readonly kind: 'exists'; readonly location: string };

export interface ReadContext {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  readonly start: FileOptions;
}

/** One line of the files that asks for something, or cannot be understood; in file order. */
export type RequirementsLine =
  | {
      readonly kind: 'requirement';
      readonly place: SourceLocation;
      readonly constraint: boolean;
      readonly content: Extract<LineContent, { kind: 'requirement' }>;
      readonly hashComments: readonly HashComment[];
      readonly publisherComments: readonly PublisherComment[];
      /** Makes an error about the line fit to be shown (P7). */
      readonly clean: (error: PeepError) => PeepError;
    }
  /** The whole line as written. */
  | {
      readonly kind: 'editable';
      readonly place: SourceLocation;
      readonly constraint: boolean;
      readonly text: string;
    }
  /** Options other than `-r`, as written; `-c` among them, before the constraints themselves. */
  | {
      readonly kind: 'options';
      readonly place: SourceLocation;
      readonly constraint: boolean;
      readonly text: string;
      /** Of the file, absolute. */
      readonly location: string;
      /** Options whose values are taken from the directory of the file: they mean something else elsewhere. */
      readonly beside: readonly ('constraint' | 'findLinks')[];
    }
  | { readonly kind: 'bad'; readonly place: SourceLocation; readonly text: string; readonly error: PeepError }
  | LockLine;

/** A whole file that holds no lines of requirements: a lock file, or something else. */
export interface LockLine {
  readonly kind: 'lock';
  readonly place: SourceLocation;
  readonly constraint: boolean;
  readonly location: string;
  readonly bytes: Uint8Array;
  readonly form: FileForm;
  /** Of `pylock.toml[extra]`, as pip has it. */
  readonly extras: readonly string[];
  /** The pyproject.toml beside it, where there is one: it names the groups that uv and pdm take. */
  readonly project: Uint8Array | undefined;
}

export interface FilesRead {
  readonly lines: readonly RequirementsLine[];
  readonly options: FileOptions;
  readonly warnings: readonly ReadWarning[];
  /** The style in which each file, by the name in `Place`, writes most of its hashes. */
  readonly preferredHashStyles: ReadonlyMap<string, 'peep' | 'pip'>;
}

/** What is read as written, and is probably not what was meant. */
export interface ReadWarning {
  readonly message: string;
  readonly hint: string;
  readonly place: SourceLocation;
}

/** Where the ceilings lie: far above what people write, far below what hurts. */
export const ceilings = {
  fileBytes: 10 << 20,
  lines: 500_000,
  lineLength: 1 << 20,
  depth: 50,
  files: 2000,
} as const;

/**
 * Reads requirements files and what they include, in order. A generator without any I/O: it asks for bytes
 * and is handed them, so that files in memory and on disk take the same way.
 * Throws for what makes a file unreadable as a whole; a bad line is a `WalkedLine` of its own.
 */
export function* readIncludes(
  entries: readonly { readonly file: string; readonly constraint: boolean }[],
  context: ReadContext,
): Generator<ReadRequest, FilesRead, unknown> {
  const lines: RequirementsLine[] = [];
  const warnings: ReadWarning[] = [];
  const preferredHashStyles = new Map<string, 'peep' | 'pip'>();
  const counts = { files: 0, lines: 0 };
  const options = startOptions(context.start);

  function* walkFile(
    named: string,
    constraint: boolean,
    from: SourceLocation | undefined,
    open: readonly string[],
  ): Walk {
    const { file, extras } = lockExtras(named);
    const location = locate(file, context.cwd);
    if (open.includes(location)) throw recursion(file, from);
    if (++counts.files > ceilings.files || open.length >= ceilings.depth) {
      throw tooLarge(`'${shownFile(file)}' is nested too deep, or included too often`, from);
    }
    const bytes = yield* readBytes(file, location, constraint, from);
    const form = formOf(bytes, file);
    if (form !== undefined) {
      const place = { file: shownFile(file), line: 1 };
      const project = yield* readProject(form, location);
      lines.push({ kind: 'lock', place, constraint, location, bytes, form, extras, project });
      return;
    }
    const physical = physicalLines(decodeText(bytes, shownFile(file)));
    counts.lines += physical.length;
    if (counts.lines > ceilings.lines)
      throw tooLarge(`'${shownFile(file)}' goes past ${ceilings.lines} lines`, from);
    const logical = logicalLines(physical, shownFile(file));
    preferredHashStyles.set(shownFile(file), preferredHashStyle(logical));
    for (const line of logical) yield* walkLine(line, file, location, constraint, [...open, location]);
  }

  function* walkLine(
    line: LogicalLine,
    file: string,
    location: string,
    constraint: boolean,
    open: readonly string[],
  ): Walk {
    const place = { file: shownFile(file), line: line.number };
    const words = [line.text, ...line.hashComments.map(({ token }) => token)].join(' ');
    const clean = (error: PeepError): PeepError => withoutSecrets(error, words, context.env);
    let content: LineContent;
    let beside: readonly ('constraint' | 'findLinks')[] = [];
    try {
      if (line.text.length > ceilings.lineLength) {
        throw tooLarge(`a line goes past ${ceilings.lineLength} characters`, place);
      }
      content = readLine(line, context.env, place);
      if (content.kind === 'options') {
        applyOptions(options, content.options, place);
        if (yield* addFindLinks(content.options, location)) beside = ['findLinks'];
      }
    } catch (error) {
      if (!isPeepError(error)) throw error;
      // What is wrong may stand in a comment, of which the line keeps nothing.
      const text = line.text === '' ? '# …' : line.text.slice(0, 1000);
      lines.push({ kind: 'bad', place, text, error: clean(error) });
      return;
    }
    warnings.push(...lineWarnings(line, content, place));
    if (content.kind === 'requirement') {
      const { hashComments, publisherComments } = line;
      lines.push({
        ...{ kind: 'requirement', place, constraint, content },
        ...{ hashComments, publisherComments, clean },
      });
    } else if (content.kind === 'editable') {
      lines.push({ kind: 'editable', place, constraint, text: line.text });
    } else if (content.kind === 'options') {
      lines.push({ kind: 'options', place, constraint, text: line.text, location, beside });
    } else {
      if (content.constraint) {
        if (!isUrl(content.target.trim()) && !isAbsolute(content.target)) beside = ['constraint'];
        lines.push({ kind: 'options', place, constraint, text: line.text, location, beside });
      }
      // As in pip, `-r` in a constraints file brings requirements.
      yield* walkFile(includedFile(file, content.target, place), content.constraint, place, open);
    }
  }

  /** True where the value is a place beside the file. */
  function* addFindLinks(
    line: readonly ParsedOption[],
    location: string,
  ): Generator<ReadRequest, boolean, unknown> {
    const value = line.find(({ name }) => name === 'findLinks')?.value;
    if (value === undefined) return false;
    const beside = isUrl(value) || isUrl(location) ? undefined : resolve(dirname(location), value);
    const found = beside !== undefined && (yield { kind: 'exists', location: beside }) === true;
    options.findLinks.push(found ? beside : value);
    return found && !isAbsolute(value);
  }

  for (const { file, constraint } of entries) yield* walkFile(file, constraint, undefined, []);
  return { lines, warnings, options: finishOptions(options), preferredHashStyles };
}

function lineWarnings(
  { hashComments: [hash], commentedOut, behindRemark }: LogicalLine,
  content: LineContent,
  place: SourceLocation,
): ReadWarning[] {
  const warnings: ReadWarning[] = [];
  if (hash !== undefined && commentedOut !== undefined && content.kind === 'requirement') {
    warnings.push({
      message: `the hash in line ${hash.line} stands above the comment in line ${commentedOut.line}, and counts for line ${place.line}`,
      hint: `If it belongs to the requirement in the comment, take it out as well: put another # before line ${hash.line}.`,
      place,
    });
  }
  if (behindRemark !== undefined) {
    warnings.push({
      message: `the remark in line ${behindRemark} ends in a backslash: pip takes line ${place.line} for a part of it, and peep reads it`,
      hint: `Take the backslash out of line ${behindRemark}, or move the remark to a line of its own.`,
      place,
    });
  }
  return warnings;
}

/** pip 26.3: `pylock.toml[extra]` names extras of a lock file. */
function lockExtras(named: string): { readonly file: string; readonly extras: readonly string[] } {
  const [, file = '', list = ''] = /^(.*)\[([^[\]]*)\]$/s.exec(named) ?? [];
  if (!isPylockName(file)) return { file: named, extras: [] };
  return {
    file,
    extras: list
      .split(',')
      .map((extra) => extra.trim())
      .filter((extra) => extra !== ''),
  };
}

/** Only a file of this machine has another one beside it that is worth a look. */
function* readProject(
  form: FileForm,
  location: string,
): Generator<ReadRequest, Uint8Array | undefined, unknown> {
  if (form !== 'toml' || isUrl(location) || isPylockName(location)) return undefined;
  const beside = resolve(dirname(location), 'pyproject.toml');
  if (beside === location || !(yield { kind: 'exists', location: beside })) return undefined;
  try {
    const bytes = (yield { kind: 'read', location: beside }) as Uint8Array;
    return bytes.length > ceilings.fileBytes ? undefined : bytes;
  } catch {
    return undefined;
  }
}

export function isUrl(location: string): boolean {
  return /^(https?|file):/i.test(location);
}

type Walk = Generator<ReadRequest, void, unknown>;

function* readBytes(
  file: string,
  location: string,
  constraint: boolean,
  from: SourceLocation | undefined,
): Generator<ReadRequest, Uint8Array, unknown> {
  const kind = constraint ? 'constraints' : 'requirements';
  let bytes: Uint8Array;
  try {
    bytes = (yield { kind: 'read', location }) as Uint8Array;
  } catch (cause) {
    if (isPeepError(cause)) throw cause;
    throw new PeepError(
      'REQUIREMENTS_UNREADABLE',
      `cannot open the ${kind} file '${shownMissing(file)}': ${systemReason(cause)}`,
      {
        cause,
        place: from,
        hint: openHint(file, from),
      },
    );
  }
  if (bytes.length > ceilings.fileBytes) {
    throw tooLarge(
      `'${shownFile(file)}' has ${bytes.length} bytes, and ${ceilings.fileBytes} are the most`,
      from,
    );
  }
  return bytes;
}

function openHint(file: string, from: SourceLocation | undefined): string {
  if (from !== undefined)
    return 'Check the name; it is taken from the directory of the file that includes it.';
  // As in pip, whose `-r` knows no standard input.
  if (file === '-') return 'A file is read, not standard input; where there is one, /dev/stdin names it.';
  return 'Check the name; it is taken from the working directory.';
}

/** An absolute path, or the URL of a file on the web. */
function locate(file: string, cwd: string): string {
  if (!/^file:/i.test(file)) return isUrl(file) ? file : resolve(cwd, file);
  try {
    return fileURLToPath(file);
  } catch (cause) {
    throw new PeepError('REQUIREMENTS_UNREADABLE', `'${shownFile(file)}' is no usable file URL`, {
      cause,
      hint: 'Name the file by its path.',
    });
  }
}

function includedFile(includer: string, target: string, place: SourceLocation): string {
  if (isUrl(includer)) {
    const url = URL.canParse(target, includer) ? new URL(target, includer) : undefined;
    // What is checked is what is used: a URL parser drops blanks, tabs and line ends that a text still has.
    if (url !== undefined && (!/^https?:/i.test(includer) || /^https?:$/.test(url.protocol))) return url.href;
    const why =
      url?.protocol === 'file:'
        ? 'a requirements file from the web names a file of this machine'
        : `'${redactUrl(target)}' is not a usable URL`;
    throw new PeepError('REQUIREMENTS_UNREADABLE', why, {
      place,
      hint: 'Put the included file beside the one that includes it, or write its full http(s) URL.',
    });
  }
  if (isUrl(target)) return target;
  return isAbsolute(target) ? normalize(target) : join(dirname(includer), target);
}

/** Where both are as frequent, or none is: peep's. */
function preferredHashStyle(lines: readonly LogicalLine[]): 'peep' | 'pip' {
  let pip = 0;
  for (const line of lines) {
    if (line.hashComments.length > 0) pip--;
    if (/ --hash/.test(line.text)) pip++;
  }
  return pip > 0 ? 'pip' : 'peep';
}

/** What is no file may have been meant as a URL. */
function shownMissing(file: string): string {
  return /:.*@/s.test(file) ? redactUrl(file) : shownFile(file);
}

function shownFile(file: string): string {
  return isUrl(file) ? redactUrl(file) : file;
}

function recursion(file: string, from: SourceLocation | undefined): PeepError {
  return new PeepError(
    'REQUIREMENTS_RECURSION',
    `'${shownFile(file)}' includes itself, directly or through others`,
    {
      place: from,
      hint: 'Take one of the -r lines out.',
    },
  );
}

function tooLarge(what: string, place: SourceLocation | undefined): PeepError {
  return new PeepError('REQUIREMENTS_TOO_LARGE', `cannot read the requirements: ${what}`, {
    place,
    hint: 'Check that this is a requirements file.',
  });
}
