import type { Inspection } from '../archive/inspection.js';
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
import type { ChoiceSettings } from './candidates.js';
import type { WantedProvenance } from './find-provenance.js';
import type { PageLinks, VersionSource } from './links.js';
import type { ChosenArchive, Outcome } from './outcome.js';
import type { Registries } from './registries.js';

/** The I/O that the preparation of pins needs. */
export interface PreparePorts {
  /** The links for these versions of a project from the indexes and find-links of the run, or from `index` alone. */
  readonly links: (project: ProjectName, versions: WantedVersions, index?: string) => Promise<PageLinks>;
  /** Downloads and verifies an archive from a registry or from the URL of its link. */
  readonly registries: Registries;
  /** Opens a stored archive and passes it to `consume`; undefined if it was bad. */
  readonly stored: <T>(
    entry: StoredArchive,
    pin: HashedPin,
    consume: (archive: VerifiedArchive) => Promise<T>,
  ) => Promise<T | undefined>;
  /**
   * Hashes a stored archive that needs no further processing, on all cores: false if it was bad. Undefined if the
   * run processes every archive.
   */
  readonly confirm: ((entry: StoredArchive) => Promise<boolean>) | undefined;
  /** Hashes an archive without a pin; the bytes are not kept, unless the run uses archives that it hashes first. */
  readonly digest: (
    link: ArchiveLink,
    pin: Pin,
  ) => Promise<{
    readonly digest: Digest;
    readonly size: number;
    readonly inspection?: Inspection | undefined;
  }>;
  /** Stored archives that claim one of the digests; untrusted until `stored` hashes them (P4). */
  readonly find: (digests: Digests) => Promise<readonly StoredArchive[]>;
  /** The stored listing of the pinned release; undefined if there is none, or with `--refresh`. */
  readonly listing: (source: VersionSource) => readonly ArchiveLink[] | undefined;
  readonly remember: (source: VersionSource, links: readonly ArchiveLink[]) => void;
  /** Inspects, stores or stages a verified archive, as the command requires, before it is released. */
  readonly use: (
    archive: VerifiedArchive,
    pin: HashedPin,
    chosen: ChosenArchive,
  ) => Promise<Inspection | undefined>;
  /** P11: enforces recorded publishers. Throws the errors of `Attester.enforce`. */
  readonly attest: (wanted: WantedProvenance) => Promise<ArchiveProvenance | undefined>;
  /** Throws `FILE_UNREADABLE` if a `file:` URL does not lead to a readable file. */
  readonly checkLocal?: (url: string) => Promise<void>;
  readonly log: Log;
}

export interface PrepareOptions {
  readonly offline: boolean;
  /** Chooses archives, but fetches none. */
  readonly dryRun: boolean;
}

/** Processes a verified archive, which is released afterwards. */
export type UseArchive = (
  archive: VerifiedArchive,
  pin: HashedPin,
  target: Target,
  link: ArchiveLink,
) => Promise<Outcome>;

export interface StoreLookup {
  /** Prepares a pin from a stored listing, else from the stored archives; undefined if the indexes must be asked. */
  fromStore(pin: HashedPin, target: Target): Promise<Outcome | undefined>;
  /** The archive of a link that advertises a pinned digest; undefined if it is not stored. */
  fromStoredLink(link: ArchiveLink, pin: HashedPin, target: Target): Promise<Outcome | undefined>;
}

/** The inputs of each step that prepares a pin. */
export interface PrepareContext {
  readonly ports: PreparePorts;
  readonly settings: ChoiceSettings;
  readonly options: PrepareOptions;
  readonly store: StoreLookup;
  readonly use: UseArchive;
}

export interface Preparer {
  /** Prepares a pin and returns its outcome. Throws only errors that end the run. */
  prepare(pin: Pin, target: Target): Promise<Outcome>;
}
