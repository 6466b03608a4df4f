import { PeepError } from '../text/errors.js';
import { canonicalizeName, projectName } from './name.js';
import { expandTagSet } from './tag-set.js';
import type { ProjectName, SdistFilename, WheelFilename } from './types.js';
import { parseVersion } from './version.js';

/**
 * Parses a wheel's file name, or returns null if it is not valid: `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`
 * (binary distribution format, as strict as packaging). `version` is normalised; tags are expanded and sorted.
 */
export function parseWheelFilename(filename: string): WheelFilename | null {
  const parts = splitWheelFilename(filename);
  if (parts === null || parts.name.includes('__') || !/^[\p{L}\p{N}_.]+$/u.test(parts.name)) return null;
  const version = parseVersion(parts.version);
  if (version === null) return null;
  const build = parts.build === undefined ? null : parseBuild(parts.build);
  if (build === undefined) return null;
  const tags = expandTagSet(parts.tags);
  const project = projectName(parts.name);
  if (tags === null || project === undefined) return null;
  return {
    kind: 'wheel',
    filename,
    project,
    version: version.normalized,
    build,
    tags,
  };
}

/** The parts of a wheel's file name as written. */
export interface WheelFilenameParts {
  readonly name: string;
  readonly version: string;
  readonly build: string | undefined;
  /** A compressed tag set. */
  readonly tags: string;
}

/** Splits a wheel's file name without checking the parts; null if their number is wrong. */
export function splitWheelFilename(filename: string): WheelFilenameParts | null {
  if (!filename.endsWith('.whl')) return null;
  const parts = filename.slice(0, -4).split('-');
  if (parts.length !== 5 && parts.length !== 6) return null;
  const [name = '', version = '', build] = parts;
  return { name, version, build: parts.length === 6 ? build : undefined, tags: parts.slice(-3).join('-') };
}

/**
 * A source archive's file name as the library packaging parses it; the project may not be a valid name of PEP 508.
 */
export interface SdistFilenameParts extends Omit<SdistFilename, 'project'> {
  /** In the normalised form. */
  readonly project: string;
}

/**
 * Parses `NAME-VERSION.tar.gz` or `.zip`, or returns null. As in the library packaging, the version follows the
 * last dash.
 */
export function parseSdistFilename(filename: string): SdistFilenameParts | null {
  const extension = filename.endsWith('.tar.gz') ? '.tar.gz' : filename.endsWith('.zip') ? '.zip' : undefined;
  if (extension === undefined) return null;
  const stem = filename.slice(0, -extension.length);
  const dash = stem.lastIndexOf('-');
  if (dash <= 0) return null;
  const version = parseVersion(stem.slice(dash + 1));
  if (version === null) return null;
  const project = canonicalizeName(stem.slice(0, dash));
  return { kind: 'sdist', filename, project, version: version.normalized, extension };
}

const sdistExtensions = [
  ...(['.tar.gz', '.zip', '.tar.bz2', '.tar.xz', '.tgz', '.tar', '.tbz', '.txz', '.tlz', '.tar.lz'] as const),
  '.tar.lzma',
] as const;

/** The extension of a source archive in pip's list, or undefined. */
export function sdistExtension(filename: string): SdistFilename['extension'] | undefined {
  const found = sdistExtensions.filter((extension) => filename.endsWith(extension));
  return found.sort((a, b) => b.length - a.length)[0];
}

/**
 * Parses a source archive's file name for a known project, as pip does: the version follows the first dash that
 * comes after the project's name. `version` is as written, and may not be valid in PEP 440.
 */
export function parseSdistFilenameFor(project: ProjectName, filename: string): SdistFilename | null {
  const extension = sdistExtension(filename);
  if (extension === undefined) return null;
  const stem = filename.slice(0, -extension.length);
  for (let dash = stem.indexOf('-'); dash !== -1; dash = stem.indexOf('-', dash + 1)) {
    const name = canonicalizeName(stem.slice(0, dash));
    // Stop when the name is longer than the project: a file name may have thousands of dashes.
    if (name.length > project.length) return null;
    if (name !== project) continue;
    const version = stem.slice(dash + 1);
    return version === '' ? null : { kind: 'sdist', filename, project, version, extension };
  }
  return null;
}

const maxBytes = 255;
const reservedOnWindows = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * P9: the strict grammar of archive file names. Returns `name` itself as one safe path component on every system:
 * letters, digits and `._+!~@=-`, no dot, dash or tilde at the start, at most 255 bytes. Throws `FILENAME_UNSAFE`.
 */
export function safeArchiveFilename(name: string): string {
  if (
    /^[\p{L}\p{N}_+!@=][\p{L}\p{N}\p{M}_.+!~@=-]*$/u.test(name) &&
    name.normalize('NFC') === name &&
    !name.endsWith('.') &&
    !reservedOnWindows.test(name) &&
    Buffer.byteLength(name) <= maxBytes
  ) {
    return name;
  }
  throw new PeepError('FILENAME_UNSAFE', `'${name.slice(0, 300)}' is not a safe file name`, {
    hint: 'Archive names are made of letters, digits and `._+!~@=-`, begin with a letter, digit or underscore, and have at most 255 bytes.',
  });
}

/** `[number, rest]`, or undefined if a build tag does not begin with a digit. */
function parseBuild(text: string): readonly [bigint, string] | undefined {
  const match = /^([0-9]+)([A-Za-z0-9_.+!~]*)$/.exec(text);
  if (match?.[1] === undefined || match[1].length > 4300) return undefined;
  return [BigInt(match[1]), match[2] ?? ''];
}
