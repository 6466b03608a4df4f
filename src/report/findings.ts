import type { Comparison } from '../diff/compare.js';
import type { Highlight } from '../diff/highlights.js';
import { originText } from '../diff/origin.js';
import type { ArchiveTree, TreeFile } from '../diff/tree.js';
import type { ArchiveFacts } from '../diff/vet.js';
import { type Digest, formatDigest } from '../hash/digest.js';
import type { PeepError, SourceLocation } from '../text/errors.js';
import type { Difference, VerifyNote } from '../verify/difference.js';
import type { JsonReport } from './json.js';
import type { ReportedAge } from './outdated-text.js';

/** The first fields of every report; commands with pins add `requirements`. */
export type ReportHead = Omit<JsonReport, 'requirements' | 'python' | 'environment' | 'needs' | 'unpinned'>;

/**
 * The fields of a report besides `ReportHead`, by command; docs/report.schema.json describes them. The reports of
 * `install`, `sync`, `fetch`, `pin` and `compile` are of type `JsonReport`.
 */
export interface Findings {
  readonly hash: { readonly archives: readonly HashedFile[] };
  readonly port: { readonly lines: readonly PortedLine[] };
  readonly outdated: { readonly target: string; readonly pins: readonly ReportedAge[] };
  readonly verify: Pick<JsonReport, 'target' | 'python' | 'environment' | 'requirements'> & {
    readonly differences: readonly Difference[];
    readonly notes: readonly VerifyNote[];
  };
  readonly vet: {
    readonly archive: ArchiveFacts;
    readonly uploaded: string | null;
    readonly index: string | null;
  };
  readonly diff: DiffFindings | ReleaseDiffFindings;
  readonly store: StoreFindings;
}

/** An argument of `peep hash`: `sha256` is null if `reason` is set. */
export interface HashedFile {
  readonly file: string;
  readonly sha256: string | null;
  readonly reason: string | null;
}

/** A requirement line that `peep port` printed with these hashes, or left out for `reason`. */
export interface PortedLine {
  readonly requirement: string;
  readonly file: string;
  readonly line: number;
  readonly status: 'ported' | 'malformed';
  readonly hashes: readonly string[];
  readonly reason: string | null;
}

/** The result of `peep diff`. */
export interface DiffFindings {
  readonly old: ComparedArchive;
  readonly new: ComparedArchive;
  readonly highlights: readonly Highlight[];
  /** In the order of paths. */
  readonly files: readonly ComparedFile[];
}

/** The result of `peep diff --all`. */
export interface ReleaseDiffFindings {
  readonly comparisons: readonly DiffFindings[];
  /** File names of archives that only one release has. */
  readonly only_old: readonly string[];
  readonly only_new: readonly string[];
}

/** The result of `peep store`; the optional fields depend on `action`. */
export interface StoreFindings {
  readonly action: string | undefined;
  readonly path: string;
  readonly bad: readonly { readonly path: string; readonly reason: string }[];
  readonly archives?: readonly StoredFile[];
  readonly left_out?: readonly string[];
  readonly removed?: readonly StoredFile[];
  readonly temp_files?: number;
  readonly good?: number;
  readonly bytes?: number;
}

export interface StoredFile {
  readonly filename: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface ComparedArchive {
  readonly filename: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** The publisher as `# attested-by:` records it, if proven. */
  readonly publisher: string | null;
}

export interface ComparedFile {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly old: FileFacts | null;
  readonly new: FileFacts | null;
}

export interface FileFacts {
  readonly type: TreeFile['type'];
  /** Permission bits, octal; null if the archive has none. */
  readonly mode: string | null;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

export function portedLine(
  requirement: string,
  place: SourceLocation,
  digests: readonly Digest[],
): PortedLine {
  return {
    requirement,
    ...{ file: place.file, line: place.line, status: 'ported' },
    ...{ hashes: digests.map(formatDigest), reason: null },
  };
}

export function leftOutLine(requirement: string, place: SourceLocation, error: PeepError): PortedLine {
  return {
    requirement,
    ...{ file: place.file, line: place.line, status: 'malformed' },
    ...{ hashes: [], reason: error.message },
  };
}

export function diffFindings(comparison: Comparison, highlights: readonly Highlight[]): DiffFindings {
  const { added, removed, changed } = comparison;
  const files: ComparedFile[] = [
    ...added.map((file): ComparedFile => ({ path: file.path, change: 'added', old: null, new: facts(file) })),
    ...removed.map(
      (file): ComparedFile => ({ path: file.path, change: 'removed', old: facts(file), new: null }),
    ),
    ...changed.map(
      (file): ComparedFile => ({
        ...{ path: file.path, change: 'changed' },
        ...{ old: facts(file.old), new: facts(file.new) },
      }),
    ),
  ];
  return {
    old: comparedArchive(comparison.old),
    new: comparedArchive(comparison.new),
    highlights,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function comparedArchive({ filename, sha256, size, origin }: ArchiveTree): ComparedArchive {
  return { filename, sha256, size, publisher: origin?.kind === 'proven' ? originText(origin) : null };
}

function facts({ type, mode, size, sha256 }: TreeFile): FileFacts {
  return { type, mode: mode === 0 ? null : mode.toString(8).padStart(3, '0'), size, sha256 };
}
