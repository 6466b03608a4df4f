import { bundleFromJSON } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import { toSignedEntity, VerificationError, Verifier } from '@sigstore/verify';
import type { Publisher } from '../packaging/publisher.js';
import { readClaims } from './certificate.js';
import { checkClaimedPublisher, publisherOf } from './identity.js';
import { type Attestation, readProvenance } from './read-provenance.js';
import { Refusal, type RefusalReason, refuseOnError } from './refusal.js';
import type { RootOfTrust } from './root.js';
import { type AttestedArchive, checkStatement, type Predicate } from './statement.js';

/** The facts that one attestation proves about an archive. */
export interface VerifiedAttestation {
  readonly predicate: Predicate;
  readonly publisher: Publisher;
  readonly commit: string | undefined;
  readonly ref: string | undefined;
  /** URL of the CI run. */
  readonly run: string | undefined;
  /** ISO 8601; when the log or a time stamping authority received the signature. */
  readonly loggedAt: string;
}

export type Attestations = readonly [VerifiedAttestation, ...VerifiedAttestation[]];

export type ProvenanceVerdict =
  | { readonly status: 'verified'; readonly attestations: Attestations }
  | { readonly status: 'refused'; readonly reason: RefusalReason; readonly message: string };

/**
 * Verifies a provenance object or a single attestation (PEP 740) for an archive that peep hashed. Pure: no network,
 * no clock. Every attestation in it must verify, or the whole object is refused (P11).
 */
export function verifyProvenance(
  bytes: Uint8Array,
  archive: AttestedArchive,
  root: RootOfTrust,
): ProvenanceVerdict {
  try {
    const verified = readProvenance(bytes).flatMap(({ publisher, attestations }) =>
      attestations.map((attestation) => {
        const found = verifyAttestation(attestation, archive, root);
        if (publisher !== undefined) checkClaimedPublisher(publisher, found.publisher);
        return found;
      }),
    );
    const [first, ...more] = verified;
    if (first === undefined) throw new Refusal('malformed', 'it has no attestation');
    return { status: 'verified', attestations: [first, ...more] };
  } catch (error) {
    if (error instanceof Refusal) return { status: 'refused', reason: error.reason, message: error.message };
    return { status: 'refused', reason: 'malformed', message: 'it cannot be read' };
  }
}

function verifyAttestation(
  attestation: Attestation,
  archive: AttestedArchive,
  root: RootOfTrust,
): VerifiedAttestation {
  // The cheapest and most telling checks come first.
  const predicate = checkStatement(attestation.statement, archive);
  const claims = readClaims(attestation.certificate);
  const stampedAt = checkAuthorities(attestation, root);
  verifySignatures(attestation, root);
  const seconds = attestation.entry.integratedTime;
  const loggedAt = seconds === undefined ? Math.min(...stampedAt) : Number(seconds) * 1000;
  return {
    predicate,
    publisher: publisherOf(claims),
    commit: claims.commit,
    ref: claims.ref,
    run: claims.run,
    loggedAt: new Date(loggedAt).toISOString().replace('.000Z', 'Z'),
  };
}

/**
 * Checks that the root of trust has the log and the time stamping authorities; an unknown log has its own message,
 * because it is not a forgery. Returns the times of the stamps in milliseconds.
 */
function checkAuthorities({ entry, timestamps }: Attestation, { material }: RootOfTrust): number[] {
  if (!material.tlogs.some(({ logID }) => logID.equals(entry.logId)))
    throw new Refusal(
      'unknown-log',
      `the root of trust does not have the log ${entry.logId.toString('hex').slice(0, 16)}`,
    );
  return timestamps.map((bytes) =>
    refuseOnError('timestamp', 'a time stamp cannot be read', () => {
      const stamp = RFC3161Timestamp.parse(Buffer.from(bytes));
      const { signerIssuer, signerSerialNumber } = stamp;
      const known = material.timestampAuthorities.some(
        ({ certChain: [signer] }) =>
          signer?.serialNumber.equals(signerSerialNumber) && signer.issuer.equals(signerIssuer),
      );
      if (!known)
        throw new Refusal('unknown-log', 'the root of trust does not have the authority of a time stamp');
      return stamp.signingTime.getTime();
    }),
  );
}

/**
 * The library verifies the certificate chain and its log, the promise and proof of the entry, time stamps, and the
 * signature.
 */
function verifySignatures(attestation: Attestation, { material }: RootOfTrust): void {
  const bundle = refuseOnError('malformed', 'it is not a bundle of Sigstore', () =>
    bundleFromJSON(toBundle(attestation)),
  );
  const verifier = new Verifier(material, {
    tlogThreshold: 1,
    timestampThreshold: 1,
    // A private root may have no certificate transparency log; if it has one, it is required.
    ctlogThreshold: material.ctlogs.length > 0 ? 1 : 0,
  });
  try {
    verifier.verify(toSignedEntity(bundle));
  } catch (error) {
    throw asRefusal(error);
  }
}

function toBundle({ statement, signature, certificate, entry, timestamps }: Attestation): unknown {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: certificate.toString('base64') },
      tlogEntries: [entry.serialized],
      timestampVerificationData: {
        rfc3161Timestamps: timestamps.map((stamp) => ({ signedTimestamp: stamp.toString('base64') })),
      },
    },
    dsseEnvelope: {
      payload: statement.toString('base64'),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: signature.toString('base64'), keyid: '' }],
    },
  };
}

function asRefusal(error: unknown): Refusal {
  const code = error instanceof VerificationError ? error.code : '';
  if (code === 'CERTIFICATE_ERROR')
    return new Refusal(
      'certificate',
      'the certificate has no chain to the root of trust at the time of signing',
    );
  if (code === 'SIGNATURE_ERROR') return new Refusal('signature', 'the signature does not verify');
  if (code === 'TIMESTAMP_ERROR') return new Refusal('timestamp', 'a time stamp does not verify');
  if (code.startsWith('TLOG_'))
    return new Refusal('log-entry', 'the entry of the transparency log does not verify');
  return new Refusal('malformed', 'it cannot be verified');
}
