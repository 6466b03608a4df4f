import { readSha256, type Sha256 } from '../hash/digest.js';
import { jsonText } from '../text/json-text.js';
import { isObject } from '../text/objects.js';

export const manifestName = 'peep-manifest.json';

/** A line that pins an archive. */
export interface ManifestPin {
  readonly requirement: string;
  /** File name as the user wrote it. */
  readonly file: string;
  readonly line: number;
}

/** Facts about an archive for people and planning programs; they prove nothing. */
export interface ArchiveRecord {
  /** Normalised; null if unknown. */
  readonly name: string | null;
  readonly version: string | null;
  readonly pins: readonly ManifestPin[];
  /** URL of the archive, without user info and query; null for the store. */
  readonly url: string | null;
  readonly index: string | null;
  /** Publishers that this run has proven, as `# attested-by:` records them. */
  readonly publishers: readonly string[];
}

/** An archive of the directory. */
export interface ManifestArchive extends ArchiveRecord {
  /** Path below the directory. */
  readonly path: string;
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
  readonly provenance: string | null;
  /** ISO 8601: when it was last verified against a pin; for an archive of an earlier run, what its manifest said. */
  readonly verified_at: string | null;
}

/** The last run that wrote the directory. */
export interface ManifestRun {
  readonly peep: string;
  /** ISO 8601. */
  readonly written_at: string;
  /** Labels of the targets; null for archives of every platform. */
  readonly targets: readonly string[] | null;
  /** Files of `-r`, as the user named them. */
  readonly requirements: readonly string[];
  /** Indexes and find-links of the run, without user info and query. */
  readonly indexes: readonly string[];
}

/** The text of `peep-manifest.json`: see docs/manifest.schema.json. */
export function manifestText(run: ManifestRun, layout: string, archives: readonly ManifestArchive[]): string {
  return jsonText({ version: 1, ...run, layout, archives });
}

/**
 * Facts about archives from the manifest of an earlier run, by path. They are untrusted: malformed ones are
 * ignored, and the caller compares digests.
 */
export function parseManifest(text: string): ReadonlyMap<string, ManifestArchive> {
  const archives = new Map<string, ManifestArchive>();
  for (const item of listed(text)) {
    const archive = toArchive(item);
    if (archive !== undefined) archives.set(archive.path, archive);
  }
  return archives;
}

function listed(text: string): readonly unknown[] {
  try {
    const manifest: unknown = JSON.parse(text);
    const archives = isObject(manifest) && manifest.version === 1 ? manifest.archives : undefined;
    return Array.isArray(archives) ? archives : [];
  } catch {
    return [];
  }
}

function toArchive(item: unknown): ManifestArchive | undefined {
  if (!isObject(item)) return undefined;
  const { path, sha256, size, name, version, pins, url, index, publishers, provenance, verified_at } = item;
  const digest = typeof sha256 === 'string' ? readSha256(sha256) : undefined;
  if (
    typeof path !== 'string' ||
    digest === undefined ||
    !Number.isSafeInteger(size) ||
    ![name, version, url, index, provenance, verified_at].every(isTextOrNull) ||
    !Array.isArray(pins) ||
    !pins.every(isPin) ||
    !Array.isArray(publishers) ||
    !publishers.every((publisher) => typeof publisher === 'string')
  )
    return undefined;
  const texts = { path, name, version, url, index, provenance, verified_at } as ManifestArchive;
  return {
    ...texts,
    ...{ sha256: digest, size: size as number, publishers },
    pins: pins.map(({ requirement, file, line }) => ({ requirement, file, line })),
  };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isPin(value: unknown): value is ManifestPin {
  return (
    isObject(value) &&
    typeof value.requirement === 'string' &&
    typeof value.file === 'string' &&
    Number.isSafeInteger(value.line)
  );
}

/** The pins of this run, and earlier pins in files that this run did not read. */
export function joinPins(
  now: readonly ManifestPin[],
  before: readonly ManifestPin[],
  { requirements }: Pick<ManifestRun, 'requirements'>,
): ManifestPin[] {
  const read = new Set([...requirements, ...now.map(({ file }) => file)]);
  return [...now, ...before.filter(({ file }) => !read.has(file))];
}
