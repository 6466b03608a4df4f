import type { Environment } from '../../config/environment.js';
import type { FormatControl } from '../../config/settings.js';
import { isPeepError } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { Turns, takeBreak } from '../../text/turns.js';
import {
  entriesWhere,
  lockWarnings,
  type ReadLock,
  type ReadRequirements,
  undecidedEntries,
} from '../entries-for.js';
import type { Lock } from '../lock/model.js';
import { readLock } from '../lock/read-lock.js';
import { recognise, wrongFile } from '../lock/recognise.js';
import { defaultSelection, type LockSelection } from '../lock/selection.js';
import { type EntriesOptions, lockEntries } from '../lock/to-entries.js';
import { parseToml, type TomlParser } from '../lock/toml.js';
import type { Constraint, RequirementEntry } from '../pin.js';
import { type FileOptions, noOptions } from './file-options.js';
import { type FilesRead, readIncludes } from './includes.js';
import type { ReadWarning } from './line-warnings.js';
import type { ReadRequest } from './requests.js';
import type { LockLine, RequirementsLine } from './requirements-line.js';
import { toEntry } from './to-entry.js';

export interface RequirementsSource {
  /** Files of `-r`, in order, as the user wrote them: paths, or http(s) and file URLs. */
  readonly entries: readonly string[];
  /** Files of `-c`. */
  readonly constraints?: readonly string[];
  readonly env: Environment;
  /** Absolute; the base of relative paths. */
  readonly cwd: string;
  /** `--no-binary` and `--only-binary` of lower precedence; options in the files add to them, as in pip. */
  readonly formatControl?: FormatControl | undefined;
  /** Evaluates a marker for the target. Without it, only certain conflicts are found: see `mergeEntries`. */
  readonly markerHolds?: ((marker: string) => boolean) | undefined;
  /** The selected parts of lock files; without a selection, the default of the lock file's tool. */
  readonly selection?: LockSelection | undefined;
  /** Leave editable, directory and version control entries of lock files out. */
  readonly skipLocal?: boolean | undefined;
}

/** Performs the I/O: see read-file.ts. */
export interface RequirementsFiles {
  /** All bytes of an absolute path or an http(s) URL; rejects with a system error or a `PeepError`. */
  readFile(location: string): Promise<Uint8Array>;
  /** True if there is a file or directory at this absolute path. */
  exists(path: string): Promise<boolean>;
  /** Parses TOML, perhaps in another thread. */
  readonly toml?: TomlParser | undefined;
}

export interface Requirements extends ReadRequirements {
  /** In file order, after applying the rules between lines. */
  readonly entries: readonly RequirementEntry[];
  /** The entries of each `-r` file separately, with all constraints applied: for commands that install nothing. */
  readonly perFile: readonly ReadRequirements[];
  readonly options: FileOptions;
  readonly warnings: readonly ReadWarning[];
}

/**
 * Reads requirements files, their includes, and constraints (contract section 3). Every bad line becomes a refused
 * entry. Throws a `PeepError` only for a file that cannot be read as a whole: missing (`REQUIREMENTS_UNREADABLE`),
 * too large, in an unknown encoding, including itself, or a broken lock file.
 */
export async function readRequirements(
  files: RequirementsFiles,
  source: RequirementsSource,
): Promise<Requirements> {
  const walk = readIncludes(
    [
      ...(source.constraints ?? []).map((file) => ({ file, constraint: true })),
      ...source.entries.map((file) => ({ file, constraint: false })),
    ],
    {
      cwd: source.cwd,
      env: source.env,
      start: {
        ...noOptions,
        noBinary: source.formatControl?.noBinary ?? noOptions.noBinary,
        onlyBinary: source.formatControl?.onlyBinary ?? noOptions.onlyBinary,
      },
    },
  );
  const walked = await driveWalk(walk, files);
  const lockOptions = lockOptionsOf(source);
  const firstFile = walked.starts[source.constraints?.length ?? 0] ?? walked.lines.length;
  const readPart = (from: number, to: number | undefined) =>
    readLines(walked.lines.slice(from, to), walked.preferredHashStyles, source, files.toml);
  const shared = await readPart(0, firstFile);
  const parts: ReadPart[] = [];
  for (let i = source.constraints?.length ?? 0; i < walked.starts.length; i += 1)
    parts.push(await readPart(walked.starts[i] ?? 0, walked.starts[i + 1]));
  const read: ReadRequirements = { ...joined([shared, ...parts]), lockOptions };
  const limits = { written: [], constraints: shared.constraints, locks: shared.locks.filter(isConstraint) };
  const perFile = [
    // As in pip, `-r` in a constraints file adds requirements.
    ...(shared.written.length > 0 ? [{ ...shared, lockOptions }] : []),
    ...parts.map((part) => ({ ...joined([limits, part]), lockOptions })),
  ];
  const { markerHolds } = source;
  await takeBreak();
  const entries = await (markerHolds === undefined
    ? undecidedEntries(read)
    : entriesWhere(read, markerHolds));
  const warnings = [...walked.warnings, ...lockWarnings(read)];
  return { ...read, perFile, entries, options: walked.options, warnings };
}

type ReadPart = Omit<ReadRequirements, 'lockOptions'>;

/** The entries of some lines, in order. */
async function readLines(
  lines: readonly RequirementsLine[],
  hashStyles: FilesRead['preferredHashStyles'],
  source: RequirementsSource,
  toml: TomlParser | undefined,
): Promise<ReadPart> {
  const written: RequirementEntry[] = [];
  const constraints: Constraint[] = [];
  const locks: ReadLock[] = [];
  const turns = new Turns();
  for (const line of lines) {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    if (line.kind === 'options' || line.kind === 'include') continue;
    if (line.kind === 'lock') {
      const lock = await readLockLine(line, source, toml);
      locks.push({ lock, from: line.constraint ? undefined : written.length });
      await takeBreak();
      if (!line.constraint)
        for (const entry of await lockEntries(lock, lockOptionsOf(source))) written.push(entry);
      continue;
    }
    const entry = toEntry(line, hashStyles.get(line.place.file) ?? 'pip', source.cwd);
    if (entry.kind === 'constraint') constraints.push(entry.constraint);
    else written.push(entry);
  }
  return { written, constraints, locks };
}

function lockOptionsOf({ skipLocal = false, selection }: RequirementsSource): EntriesOptions {
  return { skipLocal, everything: selection?.everything ?? false };
}

/** Processes the parts in order, so that the entries of lock files stay at their place among the others. */
function joined(parts: readonly ReadPart[]): ReadPart {
  const written: RequirementEntry[] = [];
  const locks: ReadLock[] = [];
  for (const part of parts) {
    const start = written.length;
    locks.push(
      ...part.locks.map(({ lock, from }) => ({ lock, from: from === undefined ? undefined : start + from })),
    );
    for (const entry of part.written) written.push(entry);
  }
  return { written, constraints: parts.flatMap(({ constraints }) => constraints), locks };
}

function isConstraint({ from }: ReadLock): boolean {
  return from === undefined;
}

async function readLockLine(
  line: LockLine,
  source: RequirementsSource,
  toml: TomlParser | undefined,
): Promise<Lock> {
  const { place, location } = line;
  const recognised = await recognise(line.bytes, place.file, line.form, toml);
  await takeBreak();
  if (recognised.kind === 'other') throw wrongFile(place.file, recognised);
  const selection = source.selection ?? defaultSelection;
  const context = {
    place,
    location,
    selection: { ...selection, extras: [...selection.extras, ...line.extras] },
    project: await readProject(line.project, toml),
  };
  return readLock(recognised, context, source.env);
}

/** Errors in pyproject.toml are ignored here: its own tool reports them. */
async function readProject(
  bytes: Uint8Array | undefined,
  toml: TomlParser | undefined,
): Promise<Fields | undefined> {
  if (bytes === undefined) return undefined;
  try {
    return await parseToml(Buffer.from(bytes).toString('utf8'), 'pyproject.toml', toml);
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}

/** Answers the requests of `readIncludes` from `files`. */
export async function driveWalk(
  walk: Generator<ReadRequest, FilesRead, unknown>,
  files: RequirementsFiles,
): Promise<FilesRead> {
  const turns = new Turns();
  let step = walk.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      const request = step.value;
      if (request.kind === 'turn') await turns.next();
      else if (request.kind === 'read') answer = await files.readFile(request.location);
      else answer = await files.exists(request.location);
    } catch (error) {
      step = walk.throw(error);
      continue;
    }
    step = walk.next(answer);
  }
  return step.value;
}
