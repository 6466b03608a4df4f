import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bits, boolean, integer, octets, oid, sequence, set, tagged, time, tlv, utf8 } from './der.js';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

export interface Certified extends KeyPair {
  readonly certificate: Buffer;
  /** Name, DER. */
  readonly name: Buffer;
  readonly serial: Buffer;
}

export interface Validity {
  readonly from: Date;
  readonly to: Date;
}

export const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'));

export function newKey(kind: 'ec' | 'ed25519' = 'ec'): KeyPair {
  const pair =
    kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return { ...pair, spki: pair.publicKey.export({ type: 'spki', format: 'der' }) };
}

/** A certificate authority; without `issuer`, one that signs itself. */
export function newAuthority(commonName: string, validity: Validity, issuer?: Certified): Certified {
  const key = newKey();
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true))),
    extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)),
    extension('2.5.29.14', false, octets(sha1(key.spki))),
  ];
  return certify(key, commonName, validity, extensions, issuer);
}

export function certify(
  key: KeyPair,
  commonName: string | undefined,
  validity: Validity,
  extensions: readonly Buffer[],
  issuer?: Certified,
): Certified {
  const name =
    commonName === undefined ? sequence() : sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
  // Its first bit is zero, so that the number's encoding is its bytes.
  const serial = randomBytes(16).fill(0x11, 0, 1);
  const tbs = toBeSigned(key, serial, name, validity, extensions, issuer?.name ?? name);
  const certificate = sequence(tbs, ecdsaSha256, bits(sign('sha256', tbs, (issuer ?? key).privateKey)));
  return { ...key, certificate, name, serial };
}

export function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

export interface LeafOptions {
  readonly validity: Validity;
  readonly issuer: Certified;
  /** The log of certificates, which signs a time stamp for each. An instance may have none. */
  readonly certificateLog: KeyPair | undefined;
  /** `uri:…` or `email:…` */
  readonly subject: string;
  /** Fulcio's claims by their number. */
  readonly claims: Readonly<Record<number, string>>;
  readonly purpose?: string;
  readonly more?: readonly Buffer[];
}

/** A signing certificate as Fulcio makes it, with the time stamp of the certificate log in it (RFC 6962). */
export function issueLeaf(key: KeyPair, options: LeafOptions): Certified {
  const { validity, issuer, certificateLog, subject, claims } = options;
  const [, kind, value = ''] = /^(uri|email):(.*)$/.exec(subject) ?? [];
  const generalName = tagged(kind === 'uri' ? 6 : 1, false, Buffer.from(value));
  const extensions = [
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(oid(options.purpose ?? '1.3.6.1.5.5.7.3.3'))),
    extension('2.5.29.14', false, octets(sha1(key.spki))),
    extension('2.5.29.35', false, sequence(tagged(0, false, sha1(issuer.spki)))),
    extension('2.5.29.17', true, sequence(generalName)),
    ...Object.entries(claims).map(([number, text]) =>
      extension(`1.3.6.1.4.1.57264.1.${number}`, false, utf8(text)),
    ),
    ...(options.more ?? []),
  ];
  const serial = randomBytes(16).fill(0x11, 0, 1);
  const name = sequence();
  const precertificate = toBeSigned(key, serial, name, validity, extensions, issuer.name);
  const all = [...extensions];
  if (certificateLog !== undefined) {
    const stamp = certificateStamp(precertificate, issuer, certificateLog, validity.from);
    all.push(extension('1.3.6.1.4.1.11129.2.4.2', false, octets(stamp)));
  }
  const tbs = toBeSigned(key, serial, name, validity, all, issuer.name);
  const certificate = sequence(tbs, ecdsaSha256, bits(sign('sha256', tbs, issuer.privateKey)));
  return { ...key, certificate, name, serial };
}

function toBeSigned(
  key: KeyPair,
  serial: Buffer,
  name: Buffer,
  { from, to }: Validity,
  extensions: readonly Buffer[],
  issuerName: Buffer,
): Buffer {
  return sequence(
    tagged(0, true, integer(2)),
    tlv(0x02, serial),
    ecdsaSha256,
    issuerName,
    sequence(time(from), time(to)),
    name,
    key.spki,
    tagged(3, true, sequence(...extensions)),
  );
}

/** A list of one signed certificate time stamp. */
function certificateStamp(tbs: Buffer, issuer: KeyPair, log: KeyPair, at: Date): Buffer {
  const timestamp = Buffer.alloc(8);
  timestamp.writeBigInt64BE(BigInt(at.getTime()));
  const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 255, tbs.length & 255]);
  const head = Buffer.from([0, 0]);
  const entry = Buffer.concat([Buffer.from([0, 1]), sha256(issuer.spki), length, tbs, Buffer.from([0, 0])]);
  const signature = sign('sha256', Buffer.concat([head, timestamp, entry]), log.privateKey);
  const stamp = Buffer.concat([
    Buffer.from([0]),
    sha256(log.spki),
    timestamp,
    Buffer.from([0, 0, 4, 3]),
    uint16(signature.length),
    signature,
  ]);
  return Buffer.concat([uint16(stamp.length + 2), uint16(stamp.length), stamp]);
}

export const sha256 = (...parts: readonly Uint8Array[]) =>
  createHash('sha256').update(Buffer.concat(parts)).digest();
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest();
const uint16 = (value: number) => Buffer.from([value >> 8, value & 255]);
