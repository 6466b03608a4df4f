import { dirname, isAbsolute, relative, sep } from 'node:path';
import type { Environment } from '../../config/environment.js';
import { asSha256, type Digest } from '../../hash/digest.js';
import { attestedByLine } from '../../packaging/publisher-record.js';
import { isPeepError, PeepError, type SourceLocation } from '../../text/errors.js';
import { printable } from '../../text/redact.js';
import { Turns } from '../../text/turns.js';
import { peepHashLine, pipRequirement } from '../hash-lines.js';
import { recognise, wrongFile } from '../lock/recognise.js';
import type { RefusedLine } from '../pin.js';
import { isUrl } from '../read/file-names.js';
import { noOptions } from '../read/file-options.js';
import { readIncludes } from '../read/includes.js';
import { readDigests, readPublishers } from '../read/line-records.js';
import type { ReadWarning } from '../read/line-warnings.js';
import { parseOptions } from '../read/options.js';
import { spelling } from '../read/read-line.js';
import { driveWalk, type RequirementsFiles } from '../read/read-requirements.js';
import type { IncludeLine, OptionsLine, RequirementsLine } from '../read/requirements-line.js';
import { shownRequirement } from '../read/shown.js';

export interface PortSource {
  readonly entries: readonly string[];
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  /** Convert pip's `--hash` options to peep's comments. */
  readonly reverse?: boolean;
}

export interface PortedRequirement {
  readonly requirement: string;
  readonly place: SourceLocation;
  readonly digests: readonly Digest[];
}

export interface Ported {
  /** Ends with a line feed, unless it is empty. */
  readonly text: string;
  /** The requirements in the text, with their digests, in order. */
  readonly ported: readonly PortedRequirement[];
  /** Lines that could not be converted; they are not in the text. */
  readonly refused: readonly RefusedLine[];
  readonly warnings: readonly ReadWarning[];
}

/**
 * `peep port`: prints requirements files with every hash in pip's `--hash` form, in the layout of peep.py's own
 * `port`: a `# from FILE` line before the lines of each file, hashes on continuation lines indented by four spaces,
 * comments dropped, URLs and variables as written. Options are kept; `-r` lines are replaced by the lines of their
 * files. Throws if a file cannot be read.
 */
export async function portRequirements(files: RequirementsFiles, source: PortSource): Promise<Ported> {
  const walk = readIncludes(
    source.entries.map((file) => ({ file, constraint: false })),
    { cwd: source.cwd, env: source.env, start: noOptions },
  );
  const { lines, warnings } = await driveWalk(walk, files);
  const told = await Promise.all(lines.map((line) => withKind(line, files)));
  return { ...(await portLines(told, source.cwd, source.reverse ?? false)), warnings };
}

/** If a whole file is not a requirements file, report that once. */
async function withKind(
  line: RequirementsLine,
  { toml }: RequirementsFiles,
): Promise<Exclude<RequirementsLine, { kind: 'lock' }>> {
  if (line.kind !== 'lock') return line;
  const { place, constraint } = line;
  const text = printable(place.file);
  try {
    const recognised = await recognise(line.bytes, place.file, line.form, toml);
    const error = recognised.kind === 'other' ? wrongFile(place.file, recognised) : notToPort(place);
    return { kind: 'bad', place, constraint, text, error };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    return { kind: 'bad', place, constraint, text, error };
  }
}

function notToPort(place: SourceLocation): PeepError {
  return new PeepError('LOCK_MISPLACED', `'${place.file}' is a lock file, whose hashes need no porting`, {
    place,
    hint: 'Give it to `-r` as it is.',
  });
}

async function portLines(
  lines: readonly Exclude<RequirementsLine, { kind: 'lock' }>[],
  cwd: string,
  reverse: boolean,
): Promise<Omit<Ported, 'warnings'>> {
  const parts: string[] = [];
  const ported: PortedRequirement[] = [];
  const refused: RefusedLine[] = [];
  let from: string | undefined;
  const turns = new Turns();
  for (const line of lines) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    // `-c` lines are kept, and their files are not included; `-r` lines are replaced by the lines of their files.
    if (line.kind !== 'bad' && line.constraint) continue;
    if (line.kind === 'include' && !line.asConstraint) continue;
    try {
      const { text, digests } = portLine(line, cwd, reverse);
      if (line.place.file !== from) parts.push(`\n# from ${printable(line.place.file)}\n\n`);
      from = line.place.file;
      parts.push(`${text}\n`);
      if (line.kind === 'requirement') ported.push({ requirement: textOf(line), place: line.place, digests });
    } catch (error) {
      if (!isPeepError(error)) throw error;
      const shown = line.kind === 'requirement' ? line.clean(error) : error;
      refused.push({ status: 'malformed', requirement: textOf(line), place: line.place, error: shown });
    }
  }
  return { text: parts.join(''), ported, refused };
}

function portLine(
  line: Exclude<RequirementsLine, { kind: 'lock' }>,
  cwd: string,
  reverse: boolean,
): { readonly text: string; readonly digests: readonly Digest[] } {
  if (line.kind === 'bad') throw line.error;
  if (line.kind === 'editable') return { text: line.text, digests: [] };
  if (line.kind === 'options' || line.kind === 'include')
    return { text: movedOptions(line, cwd), digests: [] };
  const digests = readDigests(line);
  const requirement = [
    line.written.trim(),
    ...line.configSettings.map((setting) => {
      const equals = setting.indexOf('=') + 1;
      return setting.slice(0, equals) + quoted(setting.slice(equals));
    }),
  ].join(' ');
  const records = readPublishers(line).map(attestedByLine);
  if (!reverse) return { text: [...records, pipRequirement(requirement, digests)].join('\n'), digests };
  const comments = digests.filter((digest) => asSha256(digest) !== undefined);
  const others = digests.filter((digest) => !comments.includes(digest));
  const text = [...comments.map(peepHashLine), ...records, pipRequirement(requirement, others)].join('\n');
  return { text, digests };
}

/**
 * A line of options, rewritten for the working directory: relative paths in it are relative to its own file, so
 * they are changed to name the same files.
 */
function movedOptions(line: OptionsLine | IncludeLine, cwd: string): string {
  const { text, location, place } = line;
  const start = directoryOf(location, cwd);
  if (start === '' || !namesBesideFile(line)) return text;
  return parseOptions(text, place)
    .map(({ name, value }) => {
      if (value === '') return spelling[name];
      const isPlace = name === 'constraint' || name === 'findLinks';
      const moved = isPlace ? start + value.replace(/^(?:\.\/)+/, '') : value;
      return `${spelling[name]} ${quoted(moved)}`;
    })
    .join(' ');
}

/** True if the value is a path relative to the directory of its file. */
function namesBesideFile(line: OptionsLine | IncludeLine): boolean {
  return line.kind === 'options' ? line.besideFile : !isUrl(line.target.trim()) && !isAbsolute(line.target);
}

/**
 * The relative path from the working directory to the directory of a file, with a trailing slash; empty for the
 * working directory.
 */
function directoryOf(location: string, cwd: string): string {
  if (isUrl(location)) {
    const url = new URL('.', location);
    // P7: remove the user and password, so that the printed lines do not contain them.
    url.username = '';
    url.password = '';
    return url.href;
  }
  const path = relative(cwd, dirname(location));
  if (path === '') return '';
  return `${(isAbsolute(path) ? path : path.split(sep).join('/')).replace(/\/$/, '')}/`;
}

/** Quotes text as one word for pip, which splits options like a shell. */
function quoted(text: string): string {
  return /^[\w=.,:/+@%-]*$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function textOf(line: Exclude<RequirementsLine, { kind: 'lock' }>): string {
  return shownRequirement(line.kind === 'requirement' ? line.written : line.text);
}
