import { X509Certificate as OpensslCertificate } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import { hasHiddenCharacter } from '../packaging/publisher-record.js';
import { limits } from './limits.js';
import { Refusal, refuseOnError } from './refusal.js';

/** The identity claims in a certificate of Fulcio. */
export interface Claims {
  readonly subject: { readonly kind: 'uri' | 'email'; readonly value: string };
  readonly issuer: string;
  readonly buildSigner: string | undefined;
  readonly repository: string | undefined;
  readonly commit: string | undefined;
  readonly ref: string | undefined;
  readonly repositoryId: string | undefined;
  readonly buildConfig: string | undefined;
  readonly run: string | undefined;
  readonly environment: string | undefined;
}

/** Fulcio's extensions, each a DER-encoded UTF8String. */
const fulcio = '1.3.6.1.4.1.57264.1.';
const codeSigning = '1.3.6.1.5.5.7.3.3';

/**
 * Reads the claims of a certificate (DER). This proves nothing by itself: the library verifies the chain. OpenSSL
 * parses the certificate a second time, and both must find the same subject.
 */
export function readClaims(der: Buffer): Claims {
  return refuseOnError('certificate', 'the certificate cannot be read', () => {
    const certificate = X509Certificate.parse(Buffer.from(der));
    checkKind(new OpensslCertificate(der), der);
    const names = certificate.extensions.map((extension) => extension.subs[0]?.toOID());
    if (new Set(names).size !== names.length)
      throw new Refusal('certificate', 'the certificate has an extension twice');
    const claim = (number: number) => readUtf8(certificate.extension(`${fulcio}${number}`)?.value);
    const issuer = claim(8);
    if (issuer === undefined) throw new Refusal('certificate', 'the certificate names no identity issuer');
    return {
      subject: readSubject(certificate, new OpensslCertificate(der)),
      issuer,
      buildSigner: claim(9),
      repository: claim(12),
      commit: claim(13),
      ref: claim(14),
      repositoryId: claim(15),
      buildConfig: claim(18),
      run: claim(21),
      environment: claim(23),
    };
  });
}

function checkKind(certificate: OpensslCertificate, der: Buffer): void {
  if (!certificate.raw.equals(der)) throw new Refusal('certificate', 'bytes follow the certificate');
  if (certificate.ca) throw new Refusal('certificate', 'the certificate belongs to a certificate authority');
  // Node's property name for the extended key usage.
  if (certificate.keyUsage?.join() !== codeSigning)
    throw new Refusal('certificate', 'the certificate is not for signing code');
}

/** The only alternative name of the subject. */
function readSubject(certificate: X509Certificate, openssl: OpensslCertificate): Claims['subject'] {
  const names = certificate.extSubjectAltName;
  const [kind, value] =
    names?.uri === undefined ? (['email', names?.rfc822Name] as const) : (['uri', names.uri] as const);
  const text = checkText(value ?? '');
  const label = kind === 'uri' ? 'URI' : 'email';
  const shown = openssl.subjectAltName;
  if (text === '' || (shown !== `${label}:${text}` && shown !== `${label}:${JSON.stringify(text)}`))
    throw new Refusal('certificate', 'the certificate does not have exactly one subject');
  return { kind, value: text };
}

/** A UTF8String in DER: tag 12, its length in the shortest form, and no bytes after it. */
function readUtf8(der: Buffer | undefined): string | undefined {
  if (der === undefined) return undefined;
  const [tag, first = 0, second = 0, third = 0] = der;
  const [head, length] =
    first < 0x80
      ? [2, first]
      : first === 0x81
        ? [3, second]
        : first === 0x82
          ? [4, (second << 8) | third]
          : [0, 0];
  const shortest = length < 0x80 ? 2 : length < 0x100 ? 3 : 4;
  if (tag !== 0x0c || head !== shortest || der.length !== head + length)
    throw new Refusal('certificate', 'a claim of the certificate is not a UTF-8 string');
  return checkText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(der.subarray(head)));
}

function checkText(text: string): string {
  if (text.length > limits.claimCharacters || hasHiddenCharacter(text))
    throw new Refusal('certificate', 'a claim of the certificate is too long or has control characters');
  return text;
}
