import type { Attestations } from '../provenance/verify.js';

export interface VerifiedProvenance {
  readonly status: 'verified';
  readonly attestations: Attestations;
  readonly bytes: Uint8Array;
}

/** The known facts about the provenance of a verified archive. */
export type ArchiveProvenance = VerifiedProvenance | { readonly status: 'absent' };
