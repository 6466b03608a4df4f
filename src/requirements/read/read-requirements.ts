import type { Environment } from '../../config/environment.js';
import type { FormatControl } from '../../config/settings.js';
import { isPeepError } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
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
import { lockEntries } from '../lock/to-entries.js';
import { parseToml } from '../lock/toml.js';
import type { Constraint, RequirementEntry } from '../pin.js';
import { type FileOptions, noOptions } from './file-options.js';
import { type FilesRead, readIncludes } from './includes.js';
import type { ReadWarning } from './line-warnings.js';
import type { ReadRequest } from './requests.js';
import type { LockLine } from './requirements-line.js';
import { toEntry } from './to-entry.js';

export interface RequirementsSource {
  /** Files of `-r`, in order, as the user named them: paths, or http(s) and file URLs. */
  readonly entries: readonly string[];
  /** Files of `-c`. */
  readonly constraints?: readonly string[];
  readonly env: Environment;
  /** Absolute; relative paths start here. */
  readonly cwd: string;
  /** `--no-binary` and `--only-binary` of lesser precedence, which the files' own add to, as in pip. */
  readonly formatControl?: FormatControl | undefined;
  /** Is a marker true for the target? Without it only certain conflicts are found: see `mergeEntries`. */
  readonly markerHolds?: ((marker: string) => boolean) | undefined;
  /** Which part of lock files is wanted; what the tool itself takes where nothing is said. */
  readonly selection?: LockSelection | undefined;
  /** Leave editable, directory and version control entries of lock files out. */
  readonly skipLocal?: boolean | undefined;
}

/** The edge: see read-file.ts. */
export interface RequirementsFiles {
  /** All bytes of an absolute path or an http(s) URL; rejects with a system error or a `PeepError`. */
  readFile(location: string): Promise<Uint8Array>;
  /** Is there a file or directory at this absolute path? */
  exists(path: string): Promise<boolean>;
}

export interface Requirements extends ReadRequirements {
  /** In file order, after the rules between lines. */
  readonly entries: readonly RequirementEntry[];
  readonly options: FileOptions;
  readonly warnings: readonly ReadWarning[];
}

/**
 * Reads requirements files, what they include, and constraints (contract section 3). Every bad line becomes a
 * refused entry. Throws a `PeepError` only for a file that cannot be read as a whole: absent
 * (`REQUIREMENTS_UNREADABLE`), too large, in an unknown encoding, including itself, or a broken lock file.
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
  const written: RequirementEntry[] = [];
  const constraints: Constraint[] = [];
  const locks: ReadLock[] = [];
  const lockOptions = {
    skipLocal: source.skipLocal ?? false,
    everything: source.selection?.everything ?? false,
  };
  for (const line of walked.lines) {
    if (line.kind === 'options' || line.kind === 'include') continue;
    if (line.kind === 'lock') {
      const lock = await readLockLine(line, source);
      locks.push({ lock, from: line.constraint ? undefined : written.length });
      if (!line.constraint) written.push(...lockEntries(lock, lockOptions));
      continue;
    }
    const entry = toEntry(line, walked.preferredHashStyles.get(line.place.file) ?? 'peep', source.cwd);
    if (entry.kind === 'constraint') constraints.push(entry.constraint);
    else written.push(entry);
  }
  const read: ReadRequirements = { written, constraints, locks, lockOptions };
  const { markerHolds } = source;
  const entries = markerHolds === undefined ? undecidedEntries(read) : entriesWhere(read, markerHolds);
  const warnings = [...walked.warnings, ...lockWarnings(read)];
  return { ...read, entries, options: walked.options, warnings };
}

async function readLockLine(line: LockLine, source: RequirementsSource): Promise<Lock> {
  const { place, location } = line;
  const recognised = await recognise(line.bytes, place.file, line.form);
  if (recognised.kind === 'other') throw wrongFile(place.file, recognised);
  const selection = source.selection ?? defaultSelection;
  const context = {
    place,
    location,
    selection: { ...selection, extras: [...selection.extras, ...line.extras] },
    project: await readProject(line.project),
  };
  return readLock(recognised, context, source.env);
}

/** Its own tool tells what is wrong with a pyproject.toml; here it is only asked for what it may say. */
async function readProject(bytes: Uint8Array | undefined): Promise<Fields | undefined> {
  if (bytes === undefined) return undefined;
  try {
    return await parseToml(Buffer.from(bytes).toString('utf8'), 'pyproject.toml');
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}

/** Answers a walk's requests from `files`. */
export async function driveWalk(
  walk: Generator<ReadRequest, FilesRead, unknown>,
  files: RequirementsFiles,
): Promise<FilesRead> {
  let step = walk.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      const { kind, location } = step.value;
      answer = await (kind === 'read' ? files.readFile(location) : files.exists(location));
    } catch (error) {
      step = walk.throw(error);
      continue;
    }
    step = walk.next(answer);
  }
  return step.value;
}
