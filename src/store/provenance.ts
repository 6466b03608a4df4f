import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha256 } from '../hash/digest.js';
import type { StoreLayout } from './layout.js';
import { publish } from './publish.js';

/** Beside the archives, by the digest of the archive that it is about: `CACHE/v1/provenance/ab/abcd…`. */
function provenancePath({ root }: StoreLayout, sha256: Sha256): string {
  return join(root, 'v1', 'provenance', sha256.slice(0, 2), sha256);
}

/** The provenance that is stored for an archive, unverified (P4, P11); undefined where there is none that can be read. */
export async function readStoredProvenance(
  layout: StoreLayout,
  sha256: Sha256,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const handle = await open(provenancePath(layout, sha256), flags);
    try {
      const stat = await handle.stat();
      return stat.isFile() && stat.size <= maxBytes ? await handle.readFile() : undefined;
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** Stores what verified. Throws `STORE_UNUSABLE`. */
export async function storeProvenance(layout: StoreLayout, sha256: Sha256, bytes: Uint8Array): Promise<void> {
  await publish(layout, provenancePath(layout, sha256), [Buffer.from(bytes)]);
}
