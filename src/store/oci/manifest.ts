import { createHash } from 'node:crypto';
import type { Digest, Sha256 } from '../../hash/digest.js';
import { asSha256, parseHexDigest } from '../../hash/digest.js';
import { isObject } from '../../text/objects.js';
import { parseObject } from './json.js';

/** What the manifest of an archive is marked with. */
export const archiveType = 'application/vnd.peep.archive.v1';
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const emptyType = 'application/vnd.oci.empty.v1+json';
/** Image specification: the key under which tools such as oras find a file's name. */
const titleKey = 'org.opencontainers.image.title';

/** A blob of a registry. */
export interface Descriptor {
  readonly mediaType: string;
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
}

/** What a registry says of an archive. Nothing in it is proof: it names and steers, as an index page does. */
export interface ArchiveManifest {
  /** Not yet checked against the file-name grammar (P9). */
  readonly filename: string;
  readonly blob: Descriptor;
}

/** The bytes of a manifest, and their own digest. */
export interface WrittenManifest {
  readonly bytes: Buffer;
  readonly sha256: Sha256;
}

/** Image specification, "Guidance for an empty descriptor": the config of what is not an image. */
export const emptyConfig = {
  bytes: Buffer.from('{}'),
  descriptor: {
    mediaType: emptyType,
    sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' as Sha256,
    size: 2,
  },
} as const;

/** Distribution specification: a tag has at most 128 characters, so that sha512 is cut, as its fallback tags are. */
const tagDigits = 64;

/** The tag of the archive with this digest. */
export function digestTag({ algorithm, hex }: Digest): string {
  return `peep-${algorithm}-${hex.slice(0, tagDigits)}`;
}

/** Always the same bytes for the same archive: any number of pushers agree. */
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
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') as Sha256 };
}

/**
 * Reads the manifest of an archive. Throws a `TypeError` that says what is wrong with it, for whatever else stands under
 * the tag.
 */
export function readManifest(bytes: Buffer): ArchiveManifest {
  const manifest = parseObject(bytes, 'its manifest');
  if (manifest.schemaVersion !== 2) throw new TypeError('its manifest is of no known version');
  if (manifest.artifactType !== archiveType)
    throw new TypeError(`its manifest is not of type ${archiveType}`);
  if (!Array.isArray(manifest.layers) || manifest.layers.length !== 1)
    throw new TypeError('its manifest names not exactly one file');
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
