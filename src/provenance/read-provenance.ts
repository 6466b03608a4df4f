import {
  arrayAt,
  asObject,
  bytesAt,
  decodeBase64,
  type JsonObject,
  objectAt,
  parseJson,
} from './json-fields.js';
import { limits } from './limits.js';
import { type LogEntry, readLogEntry } from './log-entry.js';
import { Refusal } from './refusal.js';

/** A parsed attestation object of PEP 740, version 1. */
export interface Attestation {
  readonly statement: Buffer;
  readonly signature: Buffer;
  /** DER. */
  readonly certificate: Buffer;
  readonly entry: LogEntry;
  /** RFC 3161 time stamp responses (DER). */
  readonly timestamps: readonly Buffer[];
}

export interface AttestationBundle {
  /**
   * The publisher according to the index: a claim that is compared with the certificate. Undefined for a single
   * attestation.
   */
  readonly publisher: JsonObject | undefined;
  readonly attestations: readonly Attestation[];
}

/**
 * Reads a provenance object, as served by an index, or a single attestation object, as made by an uploader (PEP
 * 740).
 */
export function readProvenance(bytes: Uint8Array): readonly AttestationBundle[] {
  if (bytes.length > limits.fileBytes)
    throw new Refusal('too-large', `it is larger than ${limits.fileBytes} bytes`);
  const document = parseJson(bytes, 'provenance');
  if (document.version !== 1) throw new Refusal('malformed', `its 'version' is not 1`);
  if (document.attestation_bundles === undefined)
    return [{ publisher: undefined, attestations: [readAttestation(document)] }];
  const bundles = arrayAt(document, 'attestation_bundles', limits.bundles).map((item) => {
    const bundle = asObject(item, 'attestation_bundles');
    const attestations = arrayAt(bundle, 'attestations', limits.attestations);
    return {
      publisher: objectAt(bundle, 'publisher'),
      attestations: attestations.map((each) => readAttestation(asObject(each, 'attestations'))),
    };
  });
  // P11: an object without attestations proves nothing, so it must not be accepted.
  if (bundles.length === 0 || bundles.some(({ attestations }) => attestations.length === 0))
    throw new Refusal('malformed', 'it has no attestation');
  return bundles;
}

function readAttestation(attestation: JsonObject): Attestation {
  if (attestation.version !== 1) throw new Refusal('malformed', `an attestation's 'version' is not 1`);
  const material = objectAt(attestation, 'verification_material');
  const envelope = objectAt(attestation, 'envelope');
  const [entry, ...more] = arrayAt(material, 'transparency_entries', limits.attestations);
  // Accept exactly one log entry, as PyPI does: the library would count a duplicate as a second log.
  if (entry === undefined || more.length > 0)
    throw new Refusal('malformed', 'an attestation does not have exactly one log entry');
  const read = {
    statement: bytesAt(envelope, 'statement', limits.statementBytes),
    signature: bytesAt(envelope, 'signature', limits.signatureBytes),
    certificate: bytesAt(material, 'certificate', limits.certificateBytes),
    entry: readLogEntry(asObject(entry, 'transparency_entries')),
    timestamps: readTimestamps(material),
  };
  if (read.entry.integratedTime === undefined && read.timestamps.length === 0)
    throw new Refusal('timestamp', 'the signing time is missing');
  if (!read.entry.certificate.equals(read.certificate))
    throw new Refusal('log-entry', 'the log entry and the attestation have different certificates');
  return read;
}

/** Rekor v2 only: base64 of time stamp responses. Absent or null in older attestations. */
function readTimestamps(material: JsonObject): readonly Buffer[] {
  if (material.timestamps === undefined || material.timestamps === null) return [];
  const stamps = arrayAt(material, 'timestamps', limits.timestamps).map((stamp) =>
    decodeBase64(stamp, 'timestamps'),
  );
  if (stamps.some((stamp) => stamp.length > limits.timestampBytes))
    throw new Refusal('too-large', `a time stamp is larger than ${limits.timestampBytes} bytes`);
  if (stamps.some((stamp, i) => stamps.findIndex((other) => other.equals(stamp)) !== i))
    throw new Refusal('malformed', 'a time stamp appears twice');
  return stamps;
}
