import { readCheckpoint } from './checkpoint.js';
import {
  arrayAt,
  bytesAt,
  decodeBase64,
  integerAt,
  type JsonObject,
  objectAt,
  parseJson,
  stringAt,
} from './json-fields.js';
import { limits } from './limits.js';
import { Refusal } from './refusal.js';

/** An entry of a transparency log whose form was checked; the library verifies its signatures. */
export interface LogEntry {
  readonly logId: Buffer;
  /** In seconds; only in Rekor v1. Rekor v2 gives no time, and an RFC 3161 time stamp replaces it. */
  readonly integratedTime: string | undefined;
  /** The certificate in the log entry. */
  readonly certificate: Buffer;
  /** The entry in the form that the library expects, with only checked fields. */
  readonly serialized: JsonObject;
}

/** Rekor v1 has a promise and a proof; Rekor v2 has only a proof, and a time stamping authority gives the time. */
const versions: Readonly<Record<string, 'v1' | 'v2'>> = { '0.0.1': 'v1', '0.0.2': 'v2' };

export function readLogEntry(entry: JsonObject): LogEntry {
  const kindVersion = objectAt(entry, 'kindVersion');
  const kind = stringAt(kindVersion, 'kind', 40);
  const versionText = stringAt(kindVersion, 'version', 40);
  const version = Object.hasOwn(versions, versionText) ? versions[versionText] : undefined;
  if (kind !== 'dsse' || version === undefined)
    throw new Refusal('log-entry', 'the log entry is of a kind that PEP 740 does not use');
  const logId = bytesAt(objectAt(entry, 'logId'), 'keyId', 32);
  const body = bytesAt(entry, 'canonicalizedBody', limits.statementBytes);
  const common = {
    logIndex: integerAt(entry, 'logIndex'),
    logId: { keyId: logId.toString('base64') },
    kindVersion: { kind, version: versionText },
    inclusionProof: readProof(objectAt(entry, 'inclusionProof'), logId),
    canonicalizedBody: body.toString('base64'),
  };
  const certificate = loggedCertificate(parseJson(body, 'canonicalizedBody'), version);
  if (version === 'v2') {
    // Refuse a promise here: the library would trust the entry's time without a verified promise.
    if (entry.inclusionPromise !== undefined)
      throw new Refusal(
        'malformed',
        `an entry of Rekor v2 has an 'inclusionPromise', which only version 1 has`,
      );
    // The `logIndex` of the entry itself is not signed, so compare it with the one in the proof.
    if (common.logIndex !== common.inclusionProof.logIndex)
      throw new Refusal('log-entry', `the entry and its proof disagree about the entry's place`);
    return { logId, integratedTime: undefined, certificate, serialized: common };
  }
  const signedEntryTimestamp = bytesAt(
    objectAt(entry, 'inclusionPromise'),
    'signedEntryTimestamp',
    limits.signatureBytes,
  );
  const integratedTime = integerAt(entry, 'integratedTime');
  // The library compares JSON numbers, and above 2^53 two different ones may be equal. 253402300799 is the last
  // second of the year 9999.
  if (Number(integratedTime) > 253402300799 || !Number.isSafeInteger(Number(common.logIndex)))
    throw new Refusal('malformed', 'a number of the log entry is out of range');
  const inclusionPromise = { signedEntryTimestamp: signedEntryTimestamp.toString('base64') };
  return {
    logId,
    integratedTime,
    certificate,
    serialized: { ...common, integratedTime, inclusionPromise },
  };
}

/**
 * The library compares the proof with the root of the checkpoint; this checks that both state the same values and
 * that the log signed the checkpoint.
 */
function readProof(proof: JsonObject, logId: Buffer): JsonObject {
  const envelope = stringAt(objectAt(proof, 'checkpoint'), 'envelope', limits.checkpointBytes);
  const checkpoint = readCheckpoint(envelope);
  const rootHash = bytesAt(proof, 'rootHash', 32);
  const treeSize = integerAt(proof, 'treeSize');
  const hashes = arrayAt(proof, 'hashes', limits.proofHashes).map((hash) => decodeBase64(hash, 'hashes'));
  if (rootHash.length !== 32 || hashes.some((hash) => hash.length !== 32))
    throw new Refusal('malformed', 'a hash of the inclusion proof is not 32 bytes long');
  if (checkpoint.treeSize !== treeSize || !checkpoint.rootHash.equals(rootHash))
    throw new Refusal('log-entry', `the inclusion proof and the log's checkpoint disagree`);
  if (!checkpoint.keyHints.some((hint) => hint.equals(logId.subarray(0, 4))))
    throw new Refusal('log-entry', `the log that has the entry did not sign the checkpoint`);
  return {
    logIndex: integerAt(proof, 'logIndex'),
    rootHash: rootHash.toString('base64'),
    treeSize,
    hashes: hashes.map((hash) => hash.toString('base64')),
    checkpoint: { envelope },
  };
}

function loggedCertificate(body: JsonObject, version: 'v1' | 'v2'): Buffer {
  const spec = objectAt(body, 'spec');
  const inner = version === 'v1' ? spec : objectAt(spec, 'dsseV002');
  const [signature, ...more] = arrayAt(inner, 'signatures', 16) as readonly JsonObject[];
  if (typeof signature !== 'object' || signature === null || more.length > 0)
    throw new Refusal('log-entry', 'the log entry does not have exactly one signature');
  if (version === 'v2') {
    const verifier = objectAt(signature, 'verifier');
    return bytesAt(objectAt(verifier, 'x509Certificate'), 'rawBytes', limits.certificateBytes);
  }
  const pem = bytesAt(signature, 'verifier', limits.certificateBytes * 2).toString('latin1');
  const [, base64] =
    /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n*$/.exec(pem) ?? [];
  return decodeBase64(base64?.replaceAll('\n', ''), 'verifier');
}
