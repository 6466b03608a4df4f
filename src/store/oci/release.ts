import { createHash } from 'node:crypto';
import { readSha256, type Sha256, sha256Digest, sha256Of } from '../../hash/digest.js';
import type { ProjectName } from '../../packaging/types.js';
import type { ArchiveLink } from '../../resolver/link.js';
import { isObject } from '../../text/objects.js';
import { parseObject } from './json.js';
import { emptyConfig, manifestType, type WrittenManifest } from './manifest.js';

/** The type that marks the manifest of a listing. */
export const releaseType = 'application/vnd.peep.release.v1';

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

/**
 * Writes a listing. It is contained in its manifest, so that one request fetches both; all pushers write the same
 * bytes.
 */
export function writeRelease(
  release: Release,
  files: readonly ListedFile[],
): { readonly manifest: WrittenManifest; readonly listing: Buffer; readonly sha256: Sha256 } {
  const sorted = [...files].sort((a, b) => (a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0));
  const listing = Buffer.from(
    JSON.stringify({
      ...{ version: 1, project: release.project, release: release.version },
      files: sorted.map(({ filename, sha256, size, requiresPython, yanked }) => ({
        ...{ filename, sha256, size: size ?? null, requires_python: requiresPython ?? null, yanked },
      })),
    }),
  );
  const sha256 = sha256Of(listing);
  const { descriptor: config } = emptyConfig;
  const bytes = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: manifestType, artifactType: releaseType },
      config: { mediaType: config.mediaType, digest: `sha256:${config.sha256}`, size: config.size },
      layers: [
        {
          ...{ mediaType: releaseType, digest: `sha256:${sha256}`, size: listing.length },
          // Image specification, "Embedded content".
          data: listing.toString('base64'),
        },
      ],
    }),
  );
  const manifest = { bytes, sha256: sha256Of(bytes) };
  return { manifest, listing, sha256 };
}

/** Parses the output of `writeRelease`. Throws a `TypeError` that says what is wrong. */
export function readRelease(bytes: Buffer, release: Release): readonly ListedFile[] {
  const manifest = parseObject(bytes, 'its listing');
  if (manifest.artifactType !== releaseType) throw new TypeError(`its listing is not of type ${releaseType}`);
  const [layer] = Array.isArray(manifest.layers) ? (manifest.layers as readonly unknown[]) : [];
  const data = isObject(layer) ? layer.data : undefined;
  if (typeof data !== 'string') throw new TypeError('its listing is empty');
  const listing = parseObject(Buffer.from(data, 'base64'), 'its listing');
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
