import { type Digest, isDigestAlgorithm, parseHexDigest } from '../../hash/digest.js';
import { parseSdistFilenameFor, parseWheelFilename } from '../../packaging/filename.js';
import type { ProjectName, SdistFilename, WheelFilename } from '../../packaging/types.js';
import { sameVersion } from '../../packaging/version.js';
import type { SourceLocation } from '../../text/errors.js';
import type { Fields } from '../../text/objects.js';
import { printable } from '../../text/redact.js';
import { placed } from '../placed.js';
import { field, invalidLock, stringField } from './fields.js';
import type { LockedFile } from './model.js';

/**
 * Parses `ALGORITHM:HEX`; returns nothing for an algorithm that is never accepted (md5, sha1). Throws
 * `DIGEST_MALFORMED`.
 */
export function parseLockedHash(text: string, place: SourceLocation): Digest[] {
  const colon = text.indexOf(':');
  const algorithm = colon === -1 ? '' : text.slice(0, colon).toLowerCase();
  if (algorithm === '') throw invalidLock(`'${printable(text)}' is not a hash`, place);
  if (!isDigestAlgorithm(algorithm)) return [];
  return [placed(() => parseHexDigest(algorithm, text.slice(colon + 1)), place)];
}

/** The digest in the field `hash`, if there is one. */
export function hashField(item: Fields, place: SourceLocation): Digest[] {
  const hash = stringField(item, 'hash', place);
  return hash === undefined ? [] : parseLockedHash(hash, place);
}

export function sizeField(item: Fields, filename: string, place: SourceLocation): number | undefined {
  const size = field(item, 'size');
  if (size === undefined) return undefined;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  throw invalidLock(`the size of '${printable(filename)}' is not a number of bytes`, place);
}

/** Throws `LOCK_INVALID` if an archive does not belong to the project and version of its entry. */
export function checkFilename(
  filename: string,
  project: ProjectName,
  version: string | undefined,
  place: SourceLocation,
): { readonly version: string } {
  const parsed = parseFilename(filename, project);
  const right =
    parsed?.project === project && (version === undefined || sameVersion(parsed.version, version));
  if (parsed === null || !right) {
    const what = `${project} ${version ?? ''}`.trimEnd();
    throw invalidLock(`the archive '${printable(filename)}' is not of ${what}`, place);
  }
  return parsed;
}

/** Parses a file name of the project; null if it is invalid, or a wheel of another project. */
export function parseFilename(filename: string, project: ProjectName): WheelFilename | SdistFilename | null {
  if (!/\.whl$/i.test(filename)) return parseSdistFilenameFor(project, filename);
  const wheel = parseWheelFilename(filename);
  return wheel?.project === project ? wheel : null;
}

export function digestsOf(files: readonly LockedFile[]): Digest[] {
  return files.flatMap(({ digests }) => [...digests]);
}
