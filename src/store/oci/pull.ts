import { type Digest, type Sha256, sha256Digest } from '../../hash/digest.js';
import type { ArchiveLink } from '../../resolver/link.js';
import { unsound } from './answer.js';
import { type ArchiveManifest, digestTag, readManifest } from './manifest.js';
import { provenanceTag } from './provenance.js';
import type { Registry } from './registry.js';
import { type ListedFile, type Release, readRelease, releaseTag } from './release.js';

/**
 * Returns the registry's manifest of the archive with this digest, or undefined if the registry has no such archive.
 * Throws `REGISTRY_ANSWER` if the tag holds something else.
 */
export async function findArchive(registry: Registry, digest: Digest): Promise<ArchiveManifest | undefined> {
  const manifest = await underTag(registry, digestTag(digest), readManifest);
  if (manifest === undefined) return undefined;
  // A pinned sha256 must equal the digest in the manifest: a tag for another archive is refused.
  if (digest.algorithm === 'sha256' && manifest.blob.sha256 !== digest.hex)
    throw unsound(registry.reference, `its manifest names another digest (tag '${digestTag(digest)}')`);
  return manifest;
}

/** The index listing of a release, as a pusher stored it; undefined if the registry has none. */
export function findRelease(
  registry: Registry,
  release: Release,
): Promise<readonly ListedFile[] | undefined> {
  return underTag(registry, releaseTag(release), (bytes) => readRelease(bytes, release));
}

/**
 * The manifest with the provenance of an archive, unparsed; undefined if there is none. Throws network errors and
 * `REGISTRY_*`.
 */
export function findProvenance(registry: Registry, sha256: Sha256): Promise<Buffer | undefined> {
  return registry.manifest(provenanceTag(sha256));
}

async function underTag<T>(
  registry: Registry,
  tag: string,
  read: (bytes: Buffer) => T,
): Promise<T | undefined> {
  const bytes = await registry.manifest(tag);
  if (bytes === undefined) return undefined;
  try {
    return read(bytes);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw unsound(registry.reference, `${cause.message} (tag '${tag}')`);
  }
}

/** The link to an archive in a registry, for downloading and verifying it as from an index. */
export function registryLink(registry: Registry, { filename, blob }: ArchiveManifest): ArchiveLink {
  return {
    filename,
    url: registry.url(`blobs/sha256:${blob.sha256}`),
    advertised: [sha256Digest(blob.sha256)],
    size: blob.size,
    requiresPython: undefined,
    yanked: false,
    uploadTime: undefined,
    index: registry.reference.text,
    source: 'registry',
    order: 0,
  };
}
