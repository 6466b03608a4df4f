import { sign } from 'node:crypto';
import { type KeyPair, newKey, sha256 } from './certificates.js';

/** A transparency log: Rekor v1 promises and proves, Rekor v2 proves alone. */
export interface TransparencyLog extends KeyPair {
  readonly version: 'v1' | 'v2';
  /** Its host, by which it signs checkpoints. */
  readonly name: string;
  readonly id: Buffer;
}

export function newLog(version: 'v1' | 'v2', name: string): TransparencyLog {
  const key = newKey(version === 'v1' ? 'ec' : 'ed25519');
  const raw = key.spki.subarray(-32);
  const id = version === 'v1' ? sha256(key.spki) : sha256(Buffer.from(`${name}\n\x01`), raw);
  return { ...key, version, name, id };
}

export interface SignedThing {
  readonly payload: Buffer;
  readonly signature: Buffer;
  readonly certificate: Buffer;
  readonly loggedAt: Date;
}

/** An entry of `log` as a bundle has it: body, promise, proof and checkpoint. */
export function logEntry(log: TransparencyLog, thing: SignedThing): Record<string, unknown> {
  const version = log.version === 'v1' ? '0.0.1' : '0.0.2';
  const spec = log.version === 'v1' ? specV1(thing) : { dsseV002: specV2(thing) };
  const body = Buffer.from(JSON.stringify({ apiVersion: version, kind: 'dsse', spec }));
  const integratedTime = Math.floor(thing.loggedAt.getTime() / 1000);
  const promised = JSON.stringify({
    body: body.toString('base64'),
    integratedTime,
    logID: log.id.toString('hex'),
    logIndex: 1004,
  });
  return {
    logIndex: log.version === 'v1' ? '1004' : '4',
    logId: { keyId: log.id.toString('base64') },
    kindVersion: { kind: 'dsse', version },
    ...(log.version === 'v1' && {
      integratedTime: String(integratedTime),
      inclusionPromise: {
        signedEntryTimestamp: sign('sha256', Buffer.from(promised), log.privateKey).toString('base64'),
      },
    }),
    inclusionProof: inclusionProof(log, body),
    canonicalizedBody: body.toString('base64'),
  };
}

/** A signed note over a tree of `size` with `root` (C2SP tlog-checkpoint). */
export function checkpoint(log: TransparencyLog, size: number, root: Buffer, name = log.name): string {
  const note = `${log.name}\n${size}\n${root.toString('base64')}\n`;
  const signature = sign(log.version === 'v1' ? 'sha256' : null, Buffer.from(note), log.privateKey);
  const line = Buffer.concat([log.id.subarray(0, 4), signature]).toString('base64');
  return `${note}\n\u2014 ${name} ${line}\n`;
}

function inclusionProof(log: TransparencyLog, body: Buffer): Record<string, unknown> {
  // The fifth leaf of seven: its path goes left and right, and ends at the tree's edge.
  const leaves = [0, 1, 2, 3, 4, 5, 6].map((i) =>
    sha256(Buffer.from([0]), i === 4 ? body : Buffer.from([i])),
  );
  const hashes = path(leaves, 4);
  const root = treeHash(leaves);
  return {
    logIndex: '4',
    rootHash: root.toString('base64'),
    treeSize: '7',
    hashes: hashes.map((hash) => hash.toString('base64')),
    checkpoint: { envelope: checkpoint(log, 7, root) },
  };
}

/** RFC 6962, 2.1. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const split = splitOf(leaves.length);
  return sha256(Buffer.from([1]), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

function path(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...path(leaves.slice(0, split), index), treeHash(leaves.slice(split))]
    : [...path(leaves.slice(split), index - split), treeHash(leaves.slice(0, split))];
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}

function specV1({ payload, signature, certificate }: SignedThing): unknown {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  return {
    envelopeHash: { algorithm: 'sha256', value: '00'.repeat(32) },
    payloadHash: { algorithm: 'sha256', value: sha256(payload).toString('hex') },
    signatures: [{ signature: signature.toString('base64'), verifier: Buffer.from(pem).toString('base64') }],
  };
}

function specV2({ payload, signature, certificate }: SignedThing): unknown {
  return {
    payloadHash: { algorithm: 'SHA2_256', digest: sha256(payload).toString('base64') },
    signatures: [
      {
        content: signature.toString('base64'),
        verifier: {
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          x509Certificate: { rawBytes: certificate.toString('base64') },
        },
      },
    ],
  };
}
