import type { Inspection } from '../archive/inspect.js';
import type { Digest, Digests } from '../hash/digest.js';
import type { VerifiedArchive } from '../hash/verification.js';
import type { ProjectName } from '../packaging/types.js';
import type { HashedPin, Pin } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { WantedVersions } from '../resolver/pages/name-filter.js';
import type { StoredArchive } from '../store/store.js';
import type { Target } from '../target/target.js';
import type { Log } from '../text/log.js';
import type { ArchiveProvenance } from './archive-provenance.js';
import type { WantedProvenance } from './find-provenance.js';
import type { PageLinks, VersionSource } from './links.js';
import type { ChosenArchive, Outcome } from './outcome.js';
import type { Registries } from './registries.js';

/** What the run does with one pin and one archive; the I/O that acquiring needs. */
export interface PreparePorts {
  /** The links of these versions of a project over the indexes and find-links of the run, or of `index` alone. */
  readonly links: (project: ProjectName, versions: WantedVersions, index?: string) => Promise<PageLinks>;
  /** Downloads and verifies, from further stores or the place that a link leads to. */
  readonly registries: Registries;
  /** Opens a stored archive and hands it to `consume`; undefined when it was bad. */
  readonly stored: <T>(
    entry: StoredArchive,
    pin: HashedPin,
    consume: (archive: VerifiedArchive) => Promise<T>,
  ) => Promise<T | undefined>;
  /**
   * Hashes a stored archive that nothing more is to be done with, on all cores: false when it was bad. Undefined where
   * the run does something with every archive.
   */
  readonly confirm: ((entry: StoredArchive) => Promise<boolean>) | undefined;
  /** Hashes an archive that has no pin; its bytes go nowhere. */
  readonly digest: (link: ArchiveLink) => Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Stored archives that claim one of the digests; untrusted until `stored` hashed them (P4). */
  readonly find: (digests: Digests) => Promise<readonly StoredArchive[]>;
  /** What the store remembers of the release that a pin names; undefined where nothing is known or pages are asked anew. */
  readonly listing: (source: VersionSource) => readonly ArchiveLink[] | undefined;
  readonly remember: (source: VersionSource, links: readonly ArchiveLink[]) => void;
  /** Looks inside, stores, stages: whatever the command does with a verified archive before it is released. */
  readonly use: (
    archive: VerifiedArchive,
    pin: HashedPin,
    chosen: ChosenArchive,
  ) => Promise<Inspection | undefined>;
  /** P11: enforces recorded publishers. Throws what `Attester.enforce` does. */
  readonly attest: (wanted: WantedProvenance) => Promise<ArchiveProvenance | undefined>;
  /** Throws `FILE_UNREADABLE` where a `file:` URL leads to no file that can be read. */
  readonly checkLocal?: (url: string) => Promise<void>;
  readonly log: Log;
}

export interface PrepareOptions {
  readonly offline: boolean;
  /** Chooses archives and stops before any is fetched. */
  readonly dryRun: boolean;
}

export interface Preparer {
  /** Everything from a pin to what became of it. Throws only what ends the whole run. */
  prepare(pin: Pin, target: Target): Promise<Outcome>;
}
