import type { Sha256 } from '../../hash/digest.js';
import { sha256Digest } from '../../hash/digest.js';
import { readEmbedded, type WrittenDocument, writeEmbedded } from './embedded.js';
import { digestTag, manifestType, titleKey, writeManifest } from './manifest.js';

/** The type that marks the manifest of an archive's provenance. */
export const provenanceType = 'application/vnd.peep.provenance.v1';
/** The media type of PyPI for provenance objects (PEP 740). */
const integrityType = 'application/vnd.pypi.integrity.v1+json';
const types = { artifactType: provenanceType, mediaType: integrityType } as const;

/**
 * The tag of the provenance of an archive. It starts like the archive's tag, so that filters for copying and
 * retention include both.
 */
export function provenanceTag(sha256: Sha256): string {
  return `${digestTag(sha256Digest(sha256))}.provenance`;
}

/**
 * Writes the provenance of an archive as an artifact of its own. The archive's manifest stays unchanged: provenance
 * can follow later, a pusher without it cannot remove it, and registries with immutable tags accept it. The tag
 * protects it from garbage collection on every registry; where the registry supports referrers (distribution
 * specification 1.1), `subject` ties it to the archive, for `oras copy --recursive` and for removal with the archive.
 */
export function writeProvenance(
  archive: { readonly filename: string; readonly sha256: Sha256; readonly size: number },
  provenance: Uint8Array,
): WrittenDocument {
  const manifest = writeManifest(archive);
  return writeEmbedded({
    ...types,
    bytes: Buffer.from(provenance),
    annotations: { [titleKey]: `${archive.filename}.provenance` },
    subject: {
      mediaType: manifestType,
      digest: `sha256:${manifest.sha256}`,
      size: manifest.bytes.length,
    },
  });
}

/** Reads the provenance from its manifest, unverified (P11). Throws a `TypeError` that says what is wrong. */
export function readProvenance(manifest: Buffer): Buffer {
  return readEmbedded(manifest, types, 'its provenance');
}
