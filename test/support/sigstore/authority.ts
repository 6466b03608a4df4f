import { sign } from 'node:crypto';
import {
  type Certified,
  certify,
  extension,
  issueLeaf,
  type KeyPair,
  newAuthority,
  newKey,
  sha256,
} from './certificates.js';
import { oid, sequence } from './der.js';
import { logEntry, newLog, type TransparencyLog } from './log.js';
import { timestampResponse } from './timestamps.js';

/** Who signs: the subject of the certificate, and the claims that Fulcio puts into it, by their number. */
export interface SigningIdentity {
  readonly subject: string;
  readonly claims: Readonly<Record<number, string>>;
  /** As an index names it in a provenance object. */
  readonly publisher: Readonly<Record<string, string | null>>;
}

export interface AttestRequest {
  readonly filename: string;
  /** Hex. */
  readonly sha256: string;
  readonly identity?: SigningIdentity;
  readonly log?: 'v1' | 'v2';
  /** When the certificate was made; it lives for ten minutes. */
  readonly issuedAt?: Date;
  /** When log or time stamping authority saw the signature; by default a minute later. */
  readonly loggedAt?: Date;
  readonly predicateType?: string;
  /** Replaces or changes the statement before it is signed. */
  readonly statement?: (statement: Record<string, unknown>) => unknown;
  readonly purpose?: string;
  /** False: the certificate is in no log of certificates. */
  readonly certificateLogged?: boolean;
  readonly key?: KeyPair;
  /** Adds time stamps to an entry of Rekor v1 as well. */
  readonly stamped?: boolean;
}

export interface MadeAttestation {
  readonly version: 1;
  readonly verification_material: {
    certificate: string;
    transparency_entries: Record<string, unknown>[];
    timestamps?: string[];
  };
  readonly envelope: { statement: string; signature: string };
}

/** A whole instance of Sigstore, made for one test: nothing of it exists outside. */
export interface TestAuthority {
  /** `trusted_root.json` of the instance. */
  readonly trustedRoot: Record<string, unknown>;
  readonly logs: { readonly v1: TransparencyLog; readonly v2: TransparencyLog };
  attest(request: AttestRequest): MadeAttestation;
  /** A provenance object with these attestations of one publisher. */
  provenance(request: AttestRequest, ...more: readonly AttestRequest[]): Record<string, unknown>;
}

const start = new Date('2026-01-01T00:00:00Z');
const end = new Date('2036-01-01T00:00:00Z');
const always = { from: start, to: end };
const minutes = (count: number, from: Date) => new Date(from.getTime() + count * 60_000);

export function github(
  repository: string,
  options: { id?: string; workflow?: string; environment?: string; host?: string; ref?: string } = {},
): SigningIdentity {
  const {
    id = '1001',
    workflow = 'release.yml',
    environment,
    host = 'github.com',
    ref = 'refs/tags/v1',
  } = options;
  const build = `https://${host}/${repository}/.github/workflows/${workflow}@${ref}`;
  const issuer =
    host === 'github.com' ? 'https://token.actions.githubusercontent.com' : `https://${host}/_services/token`;
  return {
    subject: `uri:${build}`,
    claims: ciClaims(issuer, `https://${host}/${repository}`, build, id, ref, environment),
    publisher: { kind: 'GitHub', repository, workflow, environment: environment ?? null },
  };
}

export function gitlab(
  repository: string,
  options: { id?: string; workflow?: string; environment?: string; host?: string; ref?: string } = {},
): SigningIdentity {
  const {
    id = '2002',
    workflow = '.gitlab-ci.yml',
    environment,
    host = 'gitlab.com',
    ref = 'refs/heads/main',
  } = options;
  const build = `https://${host}/${repository}//${workflow}@${ref}`;
  return {
    subject: `uri:${build}`,
    claims: ciClaims(`https://${host}`, `https://${host}/${repository}`, build, id, ref, environment),
    publisher: { kind: 'GitLab', repository, workflow_filepath: workflow, environment: environment ?? null },
  };
}

export function google(email: string, issuer = 'https://accounts.google.com'): SigningIdentity {
  return { subject: `email:${email}`, claims: { 8: issuer }, publisher: { kind: 'Google', email } };
}

export function newTestAuthority(): TestAuthority {
  const root = newAuthority('test root', always);
  const issuer = newAuthority('test intermediate', always, root);
  const stampRoot = newAuthority('test stamps', always);
  const stamper = certify(
    newKey(),
    'test stamper',
    always,
    [extension('2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.8')))],
    stampRoot,
  );
  const certificateLog = newKey();
  const logs = { v1: newLog('v1', 'log.test'), v2: newLog('v2', 'log2.test') };

  const attest = (request: AttestRequest): MadeAttestation => {
    const { identity = github('acme/demo'), log = 'v1', issuedAt = minutes(60, start) } = request;
    const loggedAt = request.loggedAt ?? minutes(1, issuedAt);
    const key = request.key ?? newKey();
    const { certificate } = issueLeaf(key, {
      validity: { from: issuedAt, to: minutes(10, issuedAt) },
      issuer,
      certificateLog: request.certificateLogged === false ? undefined : certificateLog,
      subject: identity.subject,
      claims: identity.claims,
      ...(request.purpose !== undefined && { purpose: request.purpose }),
    });
    const payload = Buffer.from(JSON.stringify(statementOf(request)));
    const signature = sign('sha256', preAuthEncoding(payload), key.privateKey);
    const entry = logEntry(logs[log], { payload, signature, certificate, loggedAt });
    const stamp = timestampResponse(signature, loggedAt, stamper, stampRoot).toString('base64');
    return {
      version: 1,
      verification_material: {
        certificate: certificate.toString('base64'),
        transparency_entries: [entry],
        ...((log === 'v2' || request.stamped) && { timestamps: [stamp] }),
      },
      envelope: { statement: payload.toString('base64'), signature: signature.toString('base64') },
    };
  };

  return {
    trustedRoot: trustedRoot([issuer, root], [stamper, stampRoot], certificateLog, Object.values(logs)),
    logs,
    attest,
    provenance: (first, ...more) => ({
      version: 1,
      attestation_bundles: [
        {
          publisher: (first.identity ?? github('acme/demo')).publisher,
          attestations: [first, ...more].map(attest),
        },
      ],
    }),
  };
}

function statementOf(request: AttestRequest): unknown {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: request.filename, digest: { sha256: request.sha256 } }],
    predicateType: request.predicateType ?? 'https://docs.pypi.org/attestations/publish/v1',
    predicate: null,
  };
  return request.statement?.(statement) ?? statement;
}

/** DSSE: what is signed instead of the payload itself. */
function preAuthEncoding(payload: Buffer): Buffer {
  const type = 'application/vnd.in-toto+json';
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
}

function ciClaims(
  issuer: string,
  repository: string,
  build: string,
  id: string,
  ref: string,
  environment: string | undefined,
): Record<number, string> {
  return {
    8: issuer,
    9: build,
    12: repository,
    13: 'c0ffee'.padEnd(40, '0'),
    14: ref,
    15: id,
    18: build,
    21: `${repository}/runs/1`,
    ...(environment !== undefined && { 23: environment }),
  };
}

function trustedRoot(
  chain: readonly Certified[],
  stampChain: readonly Certified[],
  certificateLog: KeyPair,
  logs: readonly TransparencyLog[],
): Record<string, unknown> {
  const validFor = { start: start.toISOString() };
  const authority = (certified: readonly Certified[]) => ({
    subject: { organization: 'test', commonName: 'test' },
    uri: 'https://authority.test',
    certChain: {
      certificates: certified.map(({ certificate }) => ({ rawBytes: certificate.toString('base64') })),
    },
    validFor,
  });
  const log = (name: string, key: KeyPair, id: Buffer, keyDetails: string) => ({
    baseUrl: `https://${name}`,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: key.spki.toString('base64'), keyDetails, validFor },
    logId: { keyId: id.toString('base64') },
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs.map((each) =>
      log(each.name, each, each.id, each.version === 'v1' ? 'PKIX_ECDSA_P256_SHA_256' : 'PKIX_ED25519'),
    ),
    certificateAuthorities: [authority(chain)],
    ctlogs: [log('ct.test', certificateLog, sha256(certificateLog.spki), 'PKIX_ECDSA_P256_SHA_256')],
    timestampAuthorities: [authority(stampChain)],
  };
}
