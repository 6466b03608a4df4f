import {
  parseSdistFilename as readSdistFilename,
  parseWheelFilename as readWheelFilename,
} from '../packaging/filename.js';
import { formatSpecifiers, parseSpecifiers } from '../packaging/specifier.js';
import {
  type FileContent,
  type ParsedFiles,
  parseRequirementsFiles as readRequirementsFiles,
} from './parse-requirements-files.js';

export { type Digest, type DigestAlgorithm, formatDigest, toPeepDigest } from '../hash/digest.js';
export { evaluateMarker } from '../packaging/marker.js';
export { canonicalizeName, isProjectName } from '../packaging/name.js';
export { parseRequirement, type Requirement } from '../packaging/requirement.js';
export { specifierContains } from '../packaging/specifier.js';
export type { MarkerEnvironment } from '../packaging/types.js';
export { compareVersions, parseVersion, type Version } from '../packaging/version.js';
export { type PipTargetOptions, pipSupportedTags } from '../target/pip-tags.js';
export { type PlatformFacts, platformTags } from '../target/platforms.js';
export { defaultAbis, supportedTags, type TagFacts } from '../target/tags.js';
export { type ErrorCode, isPeepError, PeepError } from '../text/errors.js';
export { type ArchiveVerdict, hashArchive, parseDigest, verifyArchive } from './hashing.js';
export type {
  FileContent,
  ParsedFileOptions,
  ParsedFileRequirement,
  ParsedFiles,
  ParsedText,
} from './parse-requirements-files.js';
export {
  type ArchiveSelection,
  type ListedFile,
  type ListedPage,
  type SelectArchiveOptions,
  type SelectedArchive,
  type SelectionTarget,
  selectArchive,
} from './select-archive.js';

/** The fields of a wheel's file name. */
export interface WheelName {
  /** Normalised (PEP 503). */
  readonly name: string;
  /** Normalised (PEP 440). */
  readonly version: string;
  /** The build tag: its number in decimal digits, and the rest of the tag. */
  readonly build: readonly [number: string, rest: string] | null;
  /** Tags `interpreter-abi-platform`, sorted; compressed tag sets are expanded. */
  readonly tags: readonly string[];
}

/** The fields of a source archive's file name. */
export interface SdistName {
  /** Normalised (PEP 503). */
  readonly name: string;
  /** Normalised (PEP 440). */
  readonly version: string;
}

export interface RequirementsFilesOptions {
  /** File contents by path: text, bytes, or bytes as base64. */
  readonly files: Readonly<Record<string, FileContent>>;
  /** The file to read first; `req.txt` by default. */
  readonly entry?: string | undefined;
  /** Environment variables for `${NAME}`; empty by default. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Read `entry` as a constraints file. */
  readonly constraint?: boolean | undefined;
}

/**
 * Reads a wheel's file name (binary distribution format), or null when the name is not valid. Never throws.
 */
export function parseWheelFilename(filename: string): WheelName | null {
  const wheel = readWheelFilename(filename);
  if (wheel === null) return null;
  const { project, version, build, tags } = wheel;
  return {
    name: project,
    version,
    build: build === null ? null : [build[0].toString(), build[1]],
    tags: [...tags],
  };
}

/**
 * Reads the file name of a source archive, `NAME-VERSION.tar.gz` or `.zip` (PEP 625 and the older forms), or null
 * when the name is not valid. Never throws.
 */
export function parseSdistFilename(filename: string): SdistName | null {
  const sdist = readSdistFilename(filename);
  return sdist === null ? null : { name: sdist.project, version: sdist.version };
}

/** Formats a specifier set: normalised, sorted and joined by commas (PEP 440). Throws `SPECIFIER_MALFORMED`. */
export function normalizeSpecifier(specifier: string): string {
  return formatSpecifiers(parseSpecifiers(specifier));
}

/**
 * Reads requirements files from memory, with the rules of pip 26 and the stricter ones of peep. A line whose text
 * is not a requirement is returned with the code of its error; any other line that pip or peep refuses throws the
 * first `PeepError`. Uses no file system and no network.
 */
export function parseRequirementsFiles(options: RequirementsFilesOptions): ParsedFiles {
  const { files, entry, env = {}, constraint = false } = options;
  return readRequirementsFiles(files, entry, { env, constraint });
}
