import type { Inspection } from '../archive/inspection.js';
import type { Digest, Sha256 } from '../hash/digest.js';
import type { Pin, RefusedLine } from '../requirements/pin.js';
import type { ArchiveLink } from '../resolver/link.js';
import type { PeepError } from '../text/errors.js';
import type { ArchiveProvenance } from './archive-provenance.js';

/** The archive that was chosen for a pin. */
export interface ChosenArchive {
  readonly link: ArchiveLink;
  /** Size in bytes; known once the archive was read. */
  readonly size: number | undefined;
  readonly sha256: Sha256 | undefined;
}

/** A downloaded candidate that did not match. */
export interface Mismatch {
  readonly link: ArchiveLink;
  readonly got: Digest;
}

/** The result for one entry of the requirements files. `status` is defined in contract section 7. */
export type Outcome =
  | {
      /** `chosen`: in a dry run the archive is chosen but not fetched. */
      readonly status: 'verified' | 'installed' | 'chosen';
      readonly pin: Pin;
      readonly archive: ChosenArchive;
      readonly inspection?: Inspection;
      /** Its provenance, if a publisher is recorded or required. */
      readonly provenance?: ArchiveProvenance;
    }
  | { readonly status: 'satisfied'; readonly pin: Pin; readonly installedVersion: string }
  /** `reason`: if it is not the marker or the lock file. */
  | { readonly status: 'skipped'; readonly pin: Pin; readonly reason?: string }
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
      /** Set if the run inspected the archive that it hashed. */
      readonly inspection?: Inspection | undefined;
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

/** An outcome with an archive; its status may also be `installed` or `chosen`. */
export type VerifiedOutcome = Extract<Outcome, { readonly status: 'verified' | 'installed' | 'chosen' }>;
