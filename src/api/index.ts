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
  /** The build tag: its number in decimal digits, and what follows it. */
  readonly build: readonly [number: string, rest: string] | null;
  /** `interpreter-abi-platform`, compressed sets expanded, sorted. */
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
  /** By path: text, bytes, or bytes as base64. */
  readonly files: Readonly<Record<string, FileContent>>;
  /** The file to begin with; `req.txt` by default. */
  readonly entry?: string | undefined;
  /** Environment variables for `${NAME}`; none by default. */
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
 * Reads the file name of a source archive, `NAME-VERSION.tar.gz` or `.zip` (PEP 625 and what came before), or
 * null when the name is not valid. Never throws.
 */
export function parseSdistFilename(filename: string): SdistName | null {
  const sdist = readSdistFilename(filename);
  return sdist === null ? null : { name: sdist.project, version: sdist.version };
}

/** A specifier set written back: normalised, sorted, joined by commas (PEP 440). Throws `SPECIFIER_MALFORMED`. */
export function normalizeSpecifier(specifier: string): string {
  return formatSpecifiers(parseSpecifiers(specifier));
}

/**
 * Reads requirements files that are in memory, with the rules of pip 26 and the stricter ones of peep. A text
 * that is not a requirement is listed with the code of its error; anything else that pip or peep refuses throws the
 * first `PeepError`. Touches no file and no network.
 */
export function parseRequirementsFiles(options: RequirementsFilesOptions): ParsedFiles {
  const { files, entry, env = {}, constraint = false } = options;
  return readRequirementsFiles(files, entry, { env, constraint });
}
