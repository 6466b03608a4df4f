import { createHash } from 'node:crypto';
import { readSha256, type Sha256, sha256Digest } from '../../hash/digest.js';
import type { ProjectName } from '../../packaging/types.js';
import type { ArchiveLink } from '../../resolver/link.js';
import { isObject } from '../../text/objects.js';
import { readEmbedded, type WrittenDocument, writeEmbedded } from './embedded.js';
import { parseObject } from './json.js';

/** The type that marks the manifest of a listing. */
export const releaseType = 'application/vnd.peep.release.v1';
const types = { artifactType: releaseType, mediaType: releaseType } as const;

/** A version of a project. */
export interface Release {
  readonly project: ProjectName;
  /** Normalised (PEP 440). */
  readonly version: string;
}

/** A file of a release, as on the index page when the listing was pushed. */
export interface ListedFile {
  readonly filename: string;
  readonly sha256: Sha256;
  readonly size: number | undefined;
  readonly requiresPython: string | undefined;
  /** PEP 592. */
  readonly yanked: false | string;
}

/** More files than any release of PyPI has. */
const mostFiles = 10_000;
const nameCharacters = 60;

/** The tag of the listing of a release. */
export function releaseTag({ project, version }: Release): string {
  const digest = createHash('sha256').update(`${project}==${version}`).digest('hex');
  return `peep-release-${project.slice(0, nameCharacters)}-${digest.slice(0, 32)}`;
}

/** Writes a listing; all pushers write the same bytes. */
export function writeRelease(release: Release, files: readonly ListedFile[]): WrittenDocument {
  const sorted = [...files].sort((a, b) => (a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0));
  const listing = {
    ...{ version: 1, project: release.project, release: release.version },
    files: sorted.map(({ filename, sha256, size, requiresPython, yanked }) => ({
      ...{ filename, sha256, size: size ?? null, requires_python: requiresPython ?? null, yanked },
    })),
  };
  return writeEmbedded({ ...types, bytes: Buffer.from(JSON.stringify(listing)) });
}

/** Parses the output of `writeRelease`. Throws a `TypeError` that says what is wrong. */
export function readRelease(bytes: Buffer, release: Release): readonly ListedFile[] {
  const listing = parseObject(readEmbedded(bytes, types, 'its listing'), 'its listing');
  const { version, project, files } = listing;
  if (version !== 1 || project !== release.project || listing.release !== release.version)
    throw new TypeError('its listing is of something else');
  if (!Array.isArray(files) || files.length > mostFiles)
    throw new TypeError('its listing has no list of files');
  return files.map(readFile);
}

/** The links of a listing, for choosing an archive; `url` returns the URL of a blob. */
export function releaseLinks(
  files: readonly ListedFile[],
  index: string,
  url: (path: string) => string,
): readonly ArchiveLink[] {
  return files.map(({ filename, sha256, size, requiresPython, yanked }) => ({
    ...{ filename, size, requiresPython, yanked, index },
    url: url(`blobs/sha256:${sha256}`),
    advertised: [sha256Digest(sha256)],
    uploadTime: undefined,
    source: 'registry',
    order: 0,
  }));
}

function readFile(file: unknown): ListedFile {
  if (!isObject(file)) throw new TypeError('its listing has a file entry that is not an object');
  const { filename, sha256, size, requires_python: requiresPython, yanked } = file;
  if (typeof filename !== 'string') throw new TypeError('its listing has a file without a name');
  const digest = typeof sha256 === 'string' ? readSha256(sha256) : undefined;
  if (digest === undefined) throw new TypeError('its listing has a file without a digest');
  const known = Number.isSafeInteger(size) && (size as number) >= 0;
  return {
    filename,
    sha256: digest,
    size: known ? (size as number) : undefined,
    requiresPython: typeof requiresPython === 'string' ? requiresPython : undefined,
    yanked: typeof yanked === 'string' ? yanked : false,
  };
}
