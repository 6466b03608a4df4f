import { dirname, isAbsolute, resolve } from 'node:path';
import type { Environment } from '../../config/environment.js';
import { isPeepError, type PeepError, type SourceLocation } from '../../text/errors.js';
import { formOf } from '../lock/recognise.js';
import { decodeText } from './decode.js';
import { withoutSecrets } from './expand.js';
import { includedFile, isUrl, locate, lockExtras, shownFile } from './file-names.js';
import { applyOptions, type FileOptions, finishOptions, startOptions } from './file-options.js';
import { lineWarnings, type ReadWarning } from './line-warnings.js';
import { type LogicalLine, logicalLines, physicalLines } from './lines.js';
import type { ParsedOption } from './options.js';
import { readLine } from './read-line.js';
import { ceilings, type ReadRequest, readBytes, readProject, recursion, tooLarge } from './requests.js';
import type { RequirementsLine } from './requirements-line.js';

export interface ReadContext {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Environment;
  readonly start: FileOptions;
}

export interface FilesRead {
  readonly lines: readonly RequirementsLine[];
  /** Index in `lines` of the first line of each named file. */
  readonly starts: readonly number[];
  readonly options: FileOptions;
  readonly warnings: readonly ReadWarning[];
  /** For each file, by its name in `SourceLocation`: the style of most of its hashes. */
  readonly preferredHashStyles: ReadonlyMap<string, 'peep' | 'pip'>;
}

/** Number of lines to read before other work runs; this takes a few milliseconds. */
const linesOfTurn = 500;

type Walk = Generator<ReadRequest, void, unknown>;

/** The file that is being read. */
interface OpenFile {
  /** The name that the user or the including file wrote. */
  readonly file: string;
  /** Absolute. */
  readonly location: string;
  readonly constraint: boolean;
  /** The locations of this file and of those that include it. */
  readonly open: readonly string[];
}

/**
 * Reads requirements files and their includes, in order. A generator without I/O: it requests bytes and receives
 * them, so that the same code handles files in memory and on disk. Throws if a file is unreadable as a whole; an
 * invalid line becomes a `BadLine`.
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
    const shown = shownFile(file);
    if (open.includes(location)) throw recursion(file, from);
    if (++counts.files > ceilings.files || open.length >= ceilings.depth) {
      throw tooLarge(`'${shown}' is nested too deep, or included too often`, from);
    }
    const bytes = yield* readBytes(file, location, constraint, from);
    const form = formOf(bytes, file);
    if (form !== undefined) {
      const project = yield* readProject(form, location);
      const place = { file: shown, line: 1 };
      lines.push({ kind: 'lock', place, constraint, location, bytes, form, extras, project });
      return;
    }
    const physical = physicalLines(decodeText(bytes, shown));
    counts.lines += physical.length;
    if (counts.lines > ceilings.lines)
      throw tooLarge(`'${shown}' exceeds the limit of ${ceilings.lines} lines`, from);
    const logical = logicalLines(physical, shown);
    preferredHashStyles.set(shown, preferredHashStyle(logical));
    const here = { file, location, constraint, open: [...open, location] };
    for (const [i, line] of logical.entries()) {
      if (i % linesOfTurn === linesOfTurn - 1) yield { kind: 'turn' };
      yield* walkLine(line, here);
    }
  }

  function* walkLine(logical: LogicalLine, here: OpenFile): Walk {
    const { file, location, constraint, open } = here;
    const place = { file: shownFile(file), line: logical.number };
    const words = [logical.text, ...logical.hashComments.map(({ token }) => token)].join(' ');
    const clean = (error: PeepError): PeepError => withoutSecrets(error, words, context.env);
    let line: RequirementsLine;
    try {
      if (logical.text.length > ceilings.lineLength) {
        throw tooLarge(`a line exceeds the limit of ${ceilings.lineLength} characters`, place);
      }
      line = readLine(logical, { env: context.env, place, constraint, location, clean });
      if (line.kind === 'options') {
        applyOptions(options, line.options, place);
        line = { ...line, besideFile: yield* addFindLinks(line.options, location) };
      }
    } catch (error) {
      if (!isPeepError(error)) throw error;
      // The error may be in a comment, whose text is not part of the line.
      const text = logical.text === '' ? '# …' : logical.text.slice(0, 1000);
      lines.push({ kind: 'bad', place, constraint, text, error: clean(error) });
      return;
    }
    lines.push(line);
    warnings.push(...lineWarnings(logical, line));
    // As in pip, `-r` in a constraints file adds requirements.
    if (line.kind === 'include')
      yield* walkFile(includedFile(file, line.target, place), line.asConstraint, place, open);
  }

  /** True if the value is a path relative to the file. */
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

  const starts: number[] = [];
  for (const { file, constraint } of entries) {
    starts.push(lines.length);
    yield* walkFile(file, constraint, undefined, []);
  }
  return { lines, starts, warnings, options: finishOptions(options), preferredHashStyles };
}

/** Without hashes in the file, pip's style: plain `pip install -r` ignores hash comments. */
function preferredHashStyle(lines: readonly LogicalLine[]): 'peep' | 'pip' {
  const comments = lines.filter(({ hashComments }) => hashComments.length > 0).length;
  const options = lines.filter(({ text }) => / --hash/.test(text)).length;
  return comments > 0 && comments >= options ? 'peep' : 'pip';
}
