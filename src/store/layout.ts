import { join } from 'node:path';
import type { Digest, Sha256 } from '../hash/digest.js';

/** The directories of a store: `CACHE/v1/sha256/ab/abcd…/FILENAME` (contract section 5). */
export interface StoreLayout {
  readonly root: string;
  readonly archives: string;
  /** Temp files and spilled ciphertext; on the same file system as the archives, so that a rename works. */
  readonly temp: string;
}

export function storeLayout(root: string): StoreLayout {
  const version = join(root, 'v1');
  return { root, archives: join(version, 'sha256'), temp: join(version, 'tmp') };
}

export function entryDirectory(layout: StoreLayout, sha256: Sha256): string {
  return join(layout.archives, sha256.slice(0, 2), sha256);
}

/** The file that records the sha256 of an archive with a longer digest. */
export function aliasPath(layout: StoreLayout, digest: Digest): string {
  return join(layout.root, 'v1', digest.algorithm, digest.hex.slice(0, 2), digest.hex);
}
