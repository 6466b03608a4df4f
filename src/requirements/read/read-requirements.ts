import type { Environment } from '../../config/environment.js';
import type { FormatControl } from '../../config/settings.js';
import { checkConditions, type LockCondition } from '../lock/lock-marker.js';
import { readLock } from '../lock/pylock.js';
import { mergeEntries } from '../merge.js';
import type { RequirementEntry } from '../pin.js';
import { type FileOptions, noOptions } from './file-options.js';
import { type FilesRead, type ReadRequest, type ReadWarning, readIncludes } from './includes.js';
import { type Constraint, toReadLine } from './to-entry.js';

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
  /** Is a marker true for the target? Without it only certain conflicts are found: see `settleEntries`. */
  readonly markerHolds?: ((marker: string) => boolean) | undefined;
}

/** The edge: see read-file.ts. */
export interface RequirementsFiles {
  /** All bytes of an absolute path or an http(s) URL; rejects with a system error or a `PeepError`. */
  readFile(location: string): Promise<Uint8Array>;
  /** Is there a file or directory at this absolute path? */
  exists(path: string): Promise<boolean>;
}

export interface Requirements {
  /** In file order, after the rules between lines. */
  readonly entries: readonly RequirementEntry[];
  readonly options: FileOptions;
  readonly warnings: readonly ReadWarning[];
  /** The lines alone, for `settleEntries` with the markers of another target. */
  readonly written: readonly RequirementEntry[];
  readonly constraints: readonly Constraint[];
  /** What lock files demand of a target, for `checkConditions`. */
  readonly conditions: readonly LockCondition[];
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
  const conditions: LockCondition[] = [];
  for (const line of walked.lines) {
    if (line.kind === 'options') continue;
    if (line.kind === 'lock') {
      const lock = await readLock(line.bytes, line.place.file, line.location);
      written.push(...lock.entries);
      conditions.push(...lock.conditions);
      continue;
    }
    const read = toReadLine(line, walked.preferredHashStyles.get(line.place.file) ?? 'peep', source.cwd);
    if (read.kind === 'constraint') constraints.push(read.constraint);
    else written.push(read.entry);
  }
  if (source.markerHolds !== undefined) checkConditions(conditions, source.markerHolds);
  const entries = mergeEntries(written, constraints, source.markerHolds);
  return { entries, options: walked.options, warnings: walked.warnings, written, constraints, conditions };
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
