import { sign } from 'node:crypto';
import { type Certified, ecdsaSha256, sha256 } from './certificates.js';
import { integer, octets, oid, sequence, set, tagged, time, tlv } from './der.js';

const sha256Algorithm = sequence(oid('2.16.840.1.101.3.4.2.1'));
const tstInfoType = oid('1.2.840.113549.1.9.16.1.4');

/** The response of a time stamping authority (RFC 3161) for `data`, signed by `signer`, which `issuer` certified. */
export function timestampResponse(data: Buffer, at: Date, signer: Certified, issuer: Certified): Buffer {
  const info = sequence(
    integer(1),
    oid('1.3.6.1.4.1.57264.2'),
    sequence(sha256Algorithm, octets(sha256(data))),
    integer(7),
    time(at),
  );
  const attributes = [
    sequence(oid('1.2.840.113549.1.9.3'), set(tstInfoType)),
    sequence(oid('1.2.840.113549.1.9.4'), set(octets(sha256(info)))),
  ];
  const signerInfo = sequence(
    integer(1),
    sequence(issuer.name, tlv(0x02, signer.serial)),
    sha256Algorithm,
    tagged(0, true, ...attributes),
    ecdsaSha256,
    octets(sign('sha256', set(...attributes), signer.privateKey)),
  );
  const signedData = sequence(
    integer(3),
    set(sha256Algorithm),
    sequence(tstInfoType, tagged(0, true, octets(info))),
    set(signerInfo),
  );
  return sequence(sequence(integer(0)), sequence(oid('1.2.840.113549.1.7.2'), tagged(0, true, signedData)));
}
