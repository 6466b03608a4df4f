import type { Attestations } from '../provenance/verify.js';

/** The known facts about the provenance of a verified archive. */
export type ArchiveProvenance =
  | { readonly status: 'verified'; readonly attestations: Attestations; readonly bytes: Uint8Array }
  | { readonly status: 'absent' };
