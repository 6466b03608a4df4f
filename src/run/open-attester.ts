import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Attester, createAttester } from '../prepare/attester.js';
import type { Network } from '../prepare/network.js';
import type { Registries } from '../prepare/registries.js';
import { limits } from '../provenance/limits.js';
import { startVerifier } from '../provenance/verifier.js';
import { readStoredProvenance, storeProvenance } from '../store/provenance.js';
import type { Store } from '../store/store.js';
import { PeepError, systemReason } from '../text/errors.js';
import type { CommandContext } from './host.js';
import type { ProvenanceRequest } from './request.js';

export interface OpenAttester extends Attester {
  close(): Promise<void>;
}

/** The attester of a run. Nothing is loaded or fetched until a publisher must be proven. */
export async function openAttester(
  { required, trustedRoot }: ProvenanceRequest,
  {
    network,
    registries,
    store,
  }: { readonly network: Network; readonly registries: Registries; readonly store: Store },
  { host, output }: CommandContext,
): Promise<OpenAttester> {
  const named = trustedRoot ?? (host.env.PEEP_TRUSTED_ROOT || undefined);
  const root = named === undefined ? undefined : await readTrustedRoot(resolve(host.cwd, named), named);
  let isToldOfRoot = false;
  const verifier = startVerifier({
    startThread: () => host.startWorker('provenance'),
    root,
    onRoot: ({ sha256, newest }) => {
      const what = named === undefined ? 'built-in' : `'${named}'`;
      if (!isToldOfRoot) output.note(`root of trust: ${what}, sha256 ${sha256}, newest key of ${newest}`, 1);
      isToldOfRoot = true;
    },
  });
  const attester = createAttester(
    {
      links: (project, versions) => network.links(project, versions),
      provenanceLinks: network.provenanceLinks,
      fetch: (url) => network.provenance(url),
      verify: (bytes, archive) => verifier.verify(bytes, archive),
      stored: (sha256) => readStoredProvenance(store.layout, sha256, limits.fileBytes),
      store: (sha256, bytes) => storeProvenance(store.layout, sha256, bytes),
      registries: (wanted) => registries.provenance(wanted),
      log: output,
    },
    { required },
  );
  return { ...attester, close: () => verifier.close() };
}

async function readTrustedRoot(path: string, named: string): Promise<Uint8Array> {
  const invalid = (why: string, cause: unknown) =>
    new PeepError('TRUSTED_ROOT_INVALID', `cannot use '${named}' as the root of trust: ${why}`, {
      cause,
      hint: 'Name the trusted_root.json of a Sigstore instance with --trusted-root or PEEP_TRUSTED_ROOT.',
    });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw invalid(systemReason(cause), cause);
  }
  const { readRoot } = await import('../provenance/root.js');
  try {
    readRoot(bytes);
    return bytes;
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
