import { parentPort } from 'node:worker_threads';
import { builtInRootBase64 } from './built-in-root.js';
import { type RootOfTrust, readRoot } from './root.js';
import type { AttestedArchive } from './statement.js';
import { type ProvenanceVerdict, verifyProvenance } from './verify.js';

/** The first message to a verifying thread: the root of trust, or undefined for the built-in one. */
export interface ProvenanceStart {
  readonly root: Uint8Array | undefined;
}

/** The first answer: the root of trust in use. */
export type RootFacts = Pick<RootOfTrust, 'sha256' | 'newest'>;

export interface ProvenanceTask {
  readonly bytes: Uint8Array;
  readonly archive: AttestedArchive;
}

/** The thread's code for `startVerifier`: sends that it is ready, then one verdict per task, in order. */
export function serveProvenanceTasks(): void {
  parentPort?.once('message', ({ root }: ProvenanceStart) => {
    const trusted = readRoot(root ?? Buffer.from(builtInRootBase64, 'base64'));
    parentPort?.on('message', ({ bytes, archive }: ProvenanceTask) => {
      parentPort?.postMessage(verifyProvenance(bytes, archive, trusted) satisfies ProvenanceVerdict);
    });
    const { sha256, newest } = trusted;
    parentPort?.postMessage({ sha256, newest } satisfies RootFacts);
  });
}
