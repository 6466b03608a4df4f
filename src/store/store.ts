import type { Digest, Digests, Sha256 } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';

/** An archive that lies in the store, as names and sizes say; untrusted until `open` hashed it (P4). */
export interface StoredArchive {
  readonly sha256: Sha256;
  readonly filename: string;
  readonly size: number;
}

/** Told when an entry was found bad and removed. */
export type OnBadEntry = (entry: { readonly path: string; readonly reason: string }) => void;

export interface Store {
  readonly root: string;
  /** Entries that claim one of `digests`, by file name; no bytes are read. */
  find(digests: readonly Digest[]): Promise<readonly StoredArchive[]>;
  /**
   * Hashes the entry in the pass that reads it (P4). A bad entry is removed and reported, and the answer is
   * undefined, as for one that is not there.
   */
  open(entry: StoredArchive, expected: Digests): Promise<VerifiedArchive | undefined>;
  /** Temp file, fsync, rename. A good entry that is there already is kept; a bad one is replaced. */
  put(archive: VerifiedArchive): Promise<void>;
}
