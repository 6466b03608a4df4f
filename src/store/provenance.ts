import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../files/regular-file.js';
import { readSha256, type Sha256 } from '../hash/digest.js';
import { entryDirectory, type StoreLayout } from './layout.js';
import { publish } from './publish.js';
import { namesIn, seen } from './store.js';

/** Stored beside the archives, by the digest of their archive: `CACHE/v1/provenance/ab/abcd…`. */
function provenancePath({ root }: StoreLayout, sha256: Sha256): string {
  return join(root, 'v1', 'provenance', sha256.slice(0, 2), sha256);
}

/** The stored provenance of an archive, unverified (P4, P11); undefined if there is none, or it cannot be read. */
export async function readStoredProvenance(
  layout: StoreLayout,
  sha256: Sha256,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    return await readRegular(provenancePath(layout, sha256), { maxBytes, followLinks: false });
  } catch {
    return undefined;
  }
}

/** Removes provenance of archives that are no longer stored. Returns the number of removed files. */
export async function pruneProvenance(layout: StoreLayout): Promise<number> {
  const directory = join(layout.root, 'v1', 'provenance');
  let removed = 0;
  for (const shard of namesIn(directory)) {
    // A link that was planted in the store leads to files of others.
    if (seen(join(directory, shard))?.isDirectory() !== true) continue;
    for (const name of namesIn(join(directory, shard))) {
      const sha256 = readSha256(name);
      if (sha256 === undefined || existsSync(entryDirectory(layout, sha256))) continue;
      await rm(join(directory, shard, name), { force: true });
      removed += 1;
    }
    await rmdir(join(directory, shard)).catch(() => undefined);
  }
  return removed;
}

/** Stores verified provenance. Throws `STORE_UNUSABLE`. */
export async function storeProvenance(layout: StoreLayout, sha256: Sha256, bytes: Uint8Array): Promise<void> {
  await publish(layout, provenancePath(layout, sha256), [Buffer.from(bytes)]);
}
