import type { Inspection } from '../archive/inspect.js';
import type { Digest, Sha256 } from '../hash/digest.js';
import type { Pin, RefusedLine } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { PeepError } from '../text/errors.js';
import type { ArchiveProvenance } from './archive-provenance.js';

/** The archive that was chosen for a pin. */
export interface ChosenArchive {
  readonly link: ArchiveLink;
  /** Bytes; known once it was read. */
  readonly size: number | undefined;
  readonly sha256: Sha256 | undefined;
}

/** One candidate that was downloaded and did not match. */
export interface Mismatch {
  readonly link: ArchiveLink;
  readonly got: Digest;
}

/** What became of one entry of the requirements files. `status` is the one of contract section 7. */
export type Outcome =
  | {
      /** `chosen`: a dry run picked the archive and fetched nothing. */
      readonly status: 'verified' | 'installed' | 'chosen';
      readonly pin: Pin;
      readonly archive: ChosenArchive;
      readonly inspection?: Inspection;
      /** Where it came from, when a publisher is recorded or required. */
      readonly provenance?: ArchiveProvenance;
    }
  | { readonly status: 'satisfied'; readonly pin: Pin; readonly installedVersion: string }
  | { readonly status: 'skipped'; readonly pin: Pin }
  | {
      readonly status: 'mismatched';
      readonly pin: Pin;
      readonly mismatches: readonly [Mismatch, ...Mismatch[]];
    }
  | {
      readonly status: 'missing';
      readonly pin: Pin;
      readonly archive: ChosenArchive;
      readonly got: Digest;
      readonly provenance?: ArchiveProvenance;
    }
  | {
      readonly status: 'refused';
      readonly pin: Pin;
      readonly archive?: ChosenArchive;
      readonly error: PeepError;
    }
  | { readonly status: 'unavailable'; readonly pin: Pin; readonly error: PeepError }
  | { readonly status: 'malformed' | 'refused' | 'skipped'; readonly line: RefusedLine };
