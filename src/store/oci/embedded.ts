import { readSha256, type Sha256, sha256Of } from '../../hash/digest.js';
import { isObject } from '../../text/objects.js';
import { parseObject } from './json.js';
import { emptyConfig, manifestType, type WrittenManifest } from './manifest.js';

/** A small document in a registry. Its manifest contains it, so that one request fetches both. */
export interface EmbeddedDocument {
  readonly artifactType: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Image specification: the manifest that the document belongs to. */
  readonly subject?: { readonly mediaType: string; readonly digest: string; readonly size: number };
}

export interface WrittenDocument {
  readonly manifest: WrittenManifest;
  /** The blob, which the registry stores too. */
  readonly bytes: Buffer;
  readonly sha256: Sha256;
}

/** Writes the same bytes for the same document, so that several pushers agree. */
export function writeEmbedded(document: EmbeddedDocument): WrittenDocument {
  const { artifactType, mediaType, bytes: content, annotations, subject } = document;
  const sha256 = sha256Of(content);
  const { descriptor: config } = emptyConfig;
  const bytes = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: manifestType, artifactType },
      config: { mediaType: config.mediaType, digest: `sha256:${config.sha256}`, size: config.size },
      layers: [
        {
          ...{ mediaType, digest: `sha256:${sha256}`, size: content.length },
          // Image specification, "Embedded content".
          data: content.toString('base64'),
          annotations,
        },
      ],
      subject,
    }),
  );
  return { manifest: { bytes, sha256: sha256Of(bytes) }, bytes: content, sha256 };
}

/**
 * Reads the document from the output of `writeEmbedded`. Throws a `TypeError` that says what is wrong; `what`
 * begins its message.
 */
export function readEmbedded(
  manifest: Buffer,
  { artifactType, mediaType }: Pick<EmbeddedDocument, 'artifactType' | 'mediaType'>,
  what: string,
): Buffer {
  const { artifactType: found, layers } = parseObject(manifest, what);
  if (found !== artifactType) throw new TypeError(`${what} is not of type ${artifactType}`);
  const [layer, ...more] = Array.isArray(layers) ? (layers as readonly unknown[]) : [];
  if (!isObject(layer) || more.length > 0) throw new TypeError(`${what} does not have exactly one file`);
  if (layer.mediaType !== mediaType) throw new TypeError(`the file of ${what} is not of type ${mediaType}`);
  if (typeof layer.data !== 'string') throw new TypeError(`${what} is empty`);
  const bytes = Buffer.from(layer.data, 'base64');
  const digest = /^sha256:(.*)$/s.exec(typeof layer.digest === 'string' ? layer.digest : '')?.[1];
  if (readSha256(digest ?? '') !== sha256Of(bytes))
    throw new TypeError(`${what} does not have the digest that its manifest names`);
  return bytes;
}
