import { type Digest, sameDigest, sha256Digest } from '../../hash/digest.js';
import type { VerifiedArchive } from '../../hash/verification.js';
import { isPeepError, PeepError } from '../../text/errors.js';
import type { WrittenDocument } from './embedded.js';
import { digestTag, emptyConfig, type WrittenManifest, writeManifest } from './manifest.js';
import { provenanceTag, readProvenance, writeProvenance } from './provenance.js';
import { once, type Registry } from './registry.js';
import { type ListedFile, type Release, releaseTag, writeRelease } from './release.js';
import { type BlobSource, type UploadOptions, uploadBlob } from './upload.js';

/** `present`: the registry already had it, under its tag. */
export type Pushed = 'pushed' | 'present';

/** Writes verified archives to one registry. */
export interface Pusher {
  push(archive: VerifiedArchive): Promise<Pushed>;
  /**
   * Uploads the verified provenance of a pushed archive. Other provenance that is already there stays if `isAsGood`
   * accepts it, so that pushers with different files do not overwrite each other's.
   */
  attest(
    archive: Pick<VerifiedArchive, 'filename' | 'sha256' | 'size'>,
    provenance: Uint8Array,
    isAsGood: (other: Uint8Array) => Promise<boolean>,
  ): Promise<Pushed>;
  /**
   * Uploads an index listing of a release: readers choose among its files as from the page, without asking the
   * index.
   */
  list(release: Release, files: readonly ListedFile[]): Promise<Pushed>;
}

/**
 * Uploads an archive as a blob under its own digest, and a small manifest with a tag for each pinned digest. The
 * manifest names its file and size and protects the blob from garbage collection. Blobs come first, so that a
 * killed pusher leaves no manifest without its archive. Several pushers may run at once: all write the same bytes.
 */
export function createPusher(registry: Registry, options: UploadOptions = {}): Pusher {
  let config: Promise<void> | undefined;

  async function putConfig(): Promise<void> {
    const { bytes, descriptor } = emptyConfig;
    if (await registry.hasBlob(descriptor.sha256)) return;
    await uploadBlob(registry, { ...descriptor, chunks: () => once(bytes) });
  }

  async function put(tags: readonly string[], manifest: WrittenManifest, blob: BlobSource): Promise<Pushed> {
    const stored = await Promise.all(tags.map((tag) => registry.manifestDigest(tag)));
    const missing = tags.filter((_, i) => stored[i] !== manifest.sha256);
    if (missing.length === 0) return 'present';
    await write(missing, manifest, blob);
    return 'pushed';
  }

  async function write(tags: readonly string[], manifest: WrittenManifest, blob: BlobSource): Promise<void> {
    // Only a missing blob is retried here: each request has retried its other failures, so those are returned.
    const failure = await registry.retried(async () => {
      try {
        config ??= putConfig();
        await config;
        if (!(await registry.hasBlob(blob.sha256))) await uploadBlob(registry, blob, options);
        for (const tag of tags) await registry.putManifest(tag, manifest);
        return undefined;
      } catch (error) {
        if (!isOfMissingBlob(error)) return { error };
        config = undefined;
        throw asPassing(error);
      }
    });
    if (failure !== undefined) throw failure.error;
  }

  return {
    push(archive) {
      const { filename, sha256, size, matched } = archive;
      const manifest = writeManifest({ filename, sha256, size });
      return put(tagsFor(sha256Digest(sha256), matched), manifest, archive);
    },
    async attest(archive, provenance, isAsGood) {
      const tag = provenanceTag(archive.sha256);
      const document = writeProvenance(archive, provenance);
      const there = await registry.manifest(tag);
      if (there !== undefined) {
        if (there.equals(document.manifest.bytes)) return 'present';
        const other = provenanceIn(there);
        if (other !== undefined && (await isAsGood(other))) return 'present';
      }
      await write([tag], document.manifest, blobOf(document));
      return 'pushed';
    },
    list(release, files) {
      const document = writeRelease(release, files);
      return put([releaseTag(release)], document.manifest, blobOf(document));
    },
  };
}

function blobOf({ bytes, sha256 }: WrittenDocument): BlobSource {
  return { sha256, size: bytes.length, chunks: () => once(bytes) };
}

/** Undefined for anything else under the tag, which is replaced. */
function provenanceIn(manifest: Buffer): Buffer | undefined {
  try {
    return readProvenance(manifest);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function tagsFor(sha256: Digest, matched: Digest): string[] {
  return sameDigest(sha256, matched) ? [digestTag(sha256)] : [digestTag(sha256), digestTag(matched)];
}

/**
 * True if a registry does not see a blob that it has confirmed: its garbage collection removed it before the
 * manifest came, or another pusher is writing the same blob (distribution replaces its link in place).
 */
function isOfMissingBlob(error: unknown): error is PeepError {
  const codes = isPeepError(error, 'REGISTRY_REFUSED') ? error.facts.codes : undefined;
  return (
    Array.isArray(codes) && codes.some((code) => code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN')
  );
}

function asPassing(error: PeepError): PeepError {
  const { code, message, hint, facts } = error;
  return new PeepError(code, message, { hint, cause: error, facts: { ...facts, isPassing: true } });
}
