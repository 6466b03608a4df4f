import { fileURLToPath } from 'node:url';

/** Real attestations with their archives; its README says what each one proves. May be missing. */
export const provenanceFolder = fileURLToPath(new URL('../../../shared/provenance', import.meta.url));
