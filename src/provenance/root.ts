import { createHash } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { parseJson } from './json-fields.js';
import { Refusal } from './refusal.js';

/** Sigstore's root of trust: the trusted certificate authorities, logs and time stamping services. */
export interface RootOfTrust {
  readonly material: TrustMaterial;
  /** sha256 of the file, in hex. */
  readonly sha256: string;
  /** The date from which its newest key is valid, as `YYYY-MM-DD`: the file itself has no date. */
  readonly newest: string;
}

const maxRootBytes = 1 << 20;

/** Parses a `trusted_root.json`; throws `Refusal` if it is not valid. */
export function readRoot(bytes: Uint8Array): RootOfTrust {
  if (bytes.length > maxRootBytes) throw new Refusal('too-large', `it is larger than ${maxRootBytes} bytes`);
  const document = parseJson(bytes, 'root of trust');
  if (!/^application\/vnd\.dev\.sigstore\.trustedroot(?:\.v0\.1)?\+json/.test(String(document.mediaType)))
    throw new Refusal('malformed', `its 'mediaType' is not that of a trusted root of Sigstore`);
  const material = readMaterial(document);
  if (material.certificateAuthorities.length === 0 || material.tlogs.length === 0)
    throw new Refusal('malformed', 'it has no certificate authority, or no transparency log');
  const authorities = Object.values(material).filter(Array.isArray).flat() as { validFor: { start: Date } }[];
  const newest = Math.max(...authorities.map(({ validFor }) => validFor.start.getTime()));
  return {
    material,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    newest: new Date(newest).toISOString().slice(0, 10),
  };
}

function readMaterial(document: unknown): TrustMaterial {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(document));
    // The library parses certificates on demand; parse them all here, so that errors appear now.
    for (const { certChain } of [...material.certificateAuthorities, ...material.timestampAuthorities]) {
      if (certChain.length === 0) throw new Error('an authority has no certificate');
      for (const certificate of certChain) {
        certificate.validForDate(new Date(0));
        remember(certificate, certChain);
      }
    }
    return material;
  } catch {
    throw new Refusal('malformed', 'a key or certificate in it cannot be read');
  }
}

/**
 * Caches the bytes and the signer of an authority's certificate, which the library otherwise computes again for
 * each attestation.
 */
function remember(certificate: X509Certificate, chain: readonly X509Certificate[]): void {
  const der = certificate.root.toDER();
  certificate.root.toDER = () => der;
  const verify = certificate.verify.bind(certificate);
  const known = new Map<X509Certificate | undefined, boolean>();
  certificate.verify = (issuer) => {
    // A certificate from an attestation may claim to be an issuer: do not cache it.
    if (issuer !== undefined && !chain.includes(issuer)) return verify(issuer);
    const answer = known.get(issuer) ?? verify(issuer);
    known.set(issuer, answer);
    return answer;
  };
}
