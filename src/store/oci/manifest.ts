import type { Digest, Sha256 } from '../../hash/digest.js';
import { asSha256, parseHexDigest, sha256Of } from '../../hash/digest.js';
import { isObject } from '../../text/objects.js';
import { parseObject } from './json.js';

/** The type that marks the manifest of an archive. */
export const archiveType = 'application/vnd.peep.archive.v1';
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const emptyType = 'application/vnd.oci.empty.v1+json';
/** Image specification: the annotation from which tools such as oras take a file's name. */
export const titleKey = 'org.opencontainers.image.title';

/** A blob of a registry. */
export interface Descriptor {
  readonly mediaType: string;
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
}

/** The facts that a registry gives about an archive. They are untrusted, like those of an index page. */
export interface ArchiveManifest {
  /** Not yet checked as an archive file name (P9). */
  readonly filename: string;
  readonly blob: Descriptor;
}

/** The bytes of a manifest, and its own digest. */
export interface WrittenManifest {
  readonly bytes: Buffer;
  readonly sha256: Sha256;
}

/** Image specification, "Guidance for an empty descriptor": the config of a manifest that is not an image. */
export const emptyConfig = {
  bytes: Buffer.from('{}'),
  descriptor: {
    mediaType: emptyType,
    sha256: sha256Of(Buffer.from('{}')),
    size: 2,
  },
} as const;

/**
 * Number of digits of a digest in a tag. Distribution specification: a tag has at most 128 characters, so a sha512
 * is truncated, as in fallback tags.
 */
const tagDigits = 64;

/** The tag of the archive with this digest. */
export function digestTag({ algorithm, hex }: Digest): string {
  return `peep-${algorithm}-${hex.slice(0, tagDigits)}`;
}

/** Writes the same bytes for the same archive, so that several pushers agree. */
export function writeManifest(archive: {
  readonly filename: string;
  readonly sha256: Sha256;
  readonly size: number;
}): WrittenManifest {
  const { filename, sha256, size } = archive;
  const layer = { mediaType: archiveType, digest: `sha256:${sha256}`, size };
  const { descriptor: config } = emptyConfig;
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: archiveType,
    config: {
      mediaType: config.mediaType,
      digest: `sha256:${config.sha256}`,
      size: config.size,
    },
    layers: [{ ...layer, annotations: { [titleKey]: filename } }],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, sha256: sha256Of(bytes) };
}

/**
 * Parses the manifest of an archive. Throws a `TypeError` that says what is wrong, for any other content under the
 * tag.
 */
export function readManifest(bytes: Buffer): ArchiveManifest {
  const manifest = parseObject(bytes, 'its manifest');
  if (manifest.schemaVersion !== 2) throw new TypeError('its manifest is of no known version');
  if (manifest.artifactType !== archiveType)
    throw new TypeError(`its manifest is not of type ${archiveType}`);
  if (!Array.isArray(manifest.layers) || manifest.layers.length !== 1)
    throw new TypeError('its manifest does not name exactly one file');
  const [layer] = manifest.layers as readonly unknown[];
  if (!isObject(layer)) throw new TypeError('its manifest describes no file');
  const { mediaType, digest, size, annotations } = layer;
  if (mediaType !== archiveType) throw new TypeError(`its file is not of type ${archiveType}`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new TypeError('its manifest names no size');
  const filename = isObject(annotations) ? annotations[titleKey] : undefined;
  if (typeof filename !== 'string' || filename === '') throw new TypeError('its manifest names no file name');
  return { filename, blob: { mediaType, sha256: readDigest(digest), size: size as number } };
}

function readDigest(text: unknown): Sha256 {
  const hex = typeof text === 'string' ? /^sha256:([0-9a-f]{64})$/.exec(text)?.[1] : undefined;
  const sha256 = hex === undefined ? undefined : asSha256(parseHexDigest('sha256', hex));
  if (sha256 === undefined) throw new TypeError('its manifest names no sha256 digest');
  return sha256;
}
