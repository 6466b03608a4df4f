import type { Attestations } from '../provenance/verify.js';

/** What is known of where a verified archive came from. */
export type ArchiveProvenance =
  | { readonly status: 'verified'; readonly attestations: Attestations; readonly bytes: Uint8Array }
  | { readonly status: 'absent' };
