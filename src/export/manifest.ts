import type { Sha256 } from '../hash/digest.js';
import { jsonText } from '../text/json-text.js';
import { isObject } from '../text/objects.js';

export const manifestName = 'peep-manifest.json';

/** A line that pins an archive. */
export interface ManifestPin {
  readonly requirement: string;
  /** As the user named it. */
  readonly file: string;
  readonly line: number;
}

/** What is known of an archive beside its bytes: for people and for programs that plan, never proof. */
export interface ArchiveRecord {
  /** Normalised; null where nothing tells. */
  readonly name: string | null;
  readonly version: string | null;
  readonly pins: readonly ManifestPin[];
  /** Where the bytes came from, without user info and query; null for the store. */
  readonly url: string | null;
  readonly index: string | null;
  /** As `# attested-by:` records them; those that were proven. */
  readonly publishers: readonly string[];
}

/** An archive of the directory. */
export interface ManifestArchive extends ArchiveRecord {
  /** Below the directory. */
  readonly path: string;
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
  readonly provenance: string | null;
  /** ISO 8601: when it was last verified against a pin; null where no manifest said so. */
  readonly verified_at: string | null;
}

/** The run that wrote the directory last. */
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

/** The text of `peep-manifest.json`: docs/manifest.schema.json. */
export function manifestText(run: ManifestRun, layout: string, archives: readonly ManifestArchive[]): string {
  return jsonText({ version: 1, ...run, layout, archives });
}

/**
 * What the manifest of an earlier run says of its archives, by path. It is a hint: what is not of the right form is left
 * out, and the caller compares digests.
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
  if (
    typeof path !== 'string' ||
    typeof sha256 !== 'string' ||
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
    ...{ sha256: sha256 as Sha256, size: size as number, publishers },
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

/** The pins of this run, and those of earlier ones by files that this run did not read. */
export function joinPins(
  now: readonly ManifestPin[],
  before: readonly ManifestPin[],
  { requirements }: Pick<ManifestRun, 'requirements'>,
): ManifestPin[] {
  const read = new Set([...requirements, ...now.map(({ file }) => file)]);
  return [...now, ...before.filter(({ file }) => !read.has(file))];
}
