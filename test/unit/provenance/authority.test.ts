import { describe, expect, it } from 'vitest';
import { formatPublisher } from '../../../src/packaging/publisher-record.js';
import { builtInRootBase64 } from '../../../src/provenance/built-in-root.js';
import { readRoot } from '../../../src/provenance/root.js';
import { verifyProvenance } from '../../../src/provenance/verify.js';
import {
  type AttestRequest,
  github,
  gitlab,
  google,
  type MadeAttestation,
  newTestAuthority,
} from '../../support/sigstore/authority.js';
import { newKey } from '../../support/sigstore/certificates.js';
import { checkpoint } from '../../support/sigstore/log.js';

const authority = newTestAuthority();
const root = readRoot(Buffer.from(JSON.stringify(authority.trustedRoot)));
const archive = { filename: 'demo-1.0.tar.gz', sha256: 'ab'.repeat(32) };
const verify = (document: unknown, named = archive, trusted = root) =>
  verifyProvenance(Buffer.from(JSON.stringify(document)), named, trusted);
const attest = (request: Partial<AttestRequest> = {}) => authority.attest({ ...archive, ...request });
interface LogEntryJson extends Record<string, unknown> {
  inclusionProof: { logIndex: string; rootHash: string; hashes: string[]; checkpoint: { envelope: string } };
}
const entryOf = (attestation: MadeAttestation) =>
  attestation.verification_material.transparency_entries[0] as LogEntryJson;

describe('an instance of Sigstore of our own', () => {
  it.each([
    ['github acme/demo release.yml id=1001', github('acme/demo')],
    ['github acme/demo release.yml id=1001 env=pypi', github('acme/demo', { environment: 'pypi' })],
    ['gitlab group/sub/demo .gitlab-ci.yml id=2002', gitlab('group/sub/demo')],
    [
      'gitlab https://git.acme.example/group/demo ci/release.yml id=7',
      gitlab('group/demo', { host: 'git.acme.example', workflow: 'ci/release.yml', id: '7' }),
    ],
    [
      'github https://ghe.acme.example/acme/demo release.yml id=1001',
      github('acme/demo', { host: 'ghe.acme.example' }),
    ],
    ['google builder@acme.example', google('builder@acme.example')],
  ])('proves %s', (record, identity) => {
    for (const log of ['v1', 'v2'] as const) {
      const verdict = verify(authority.provenance({ ...archive, identity, log }));
      expect(verdict).toMatchObject({ status: 'verified' });
      if (verdict.status !== 'verified') continue;
      expect(verdict.attestations.map((each) => formatPublisher(each.publisher))).toEqual([record]);
      expect(verdict.attestations[0].loggedAt).toBe('2026-01-01T01:01:00Z');
    }
  });

  it('has entries of Rekor v1 with a time stamp too', () => {
    expect(verify(attest({ stamped: true }))).toMatchObject({ status: 'verified' });
  });
});

type Change = (attestation: MadeAttestation) => unknown;

const refused: readonly [name: string, reason: string, request: Partial<AttestRequest>, change?: Change][] = [
  ['an expired certificate', 'certificate', { loggedAt: new Date('2026-01-01T01:11:00Z') }],
  ['a certificate that is not yet valid', 'certificate', { loggedAt: new Date('2026-01-01T00:59:00Z') }],
  [
    'an expired certificate, by time stamp',
    'certificate',
    { log: 'v2', loggedAt: new Date('2026-01-01T01:11:00Z') },
  ],
  [
    'a wrong issuer of e-mail',
    'unknown-publisher',
    { identity: google('a@b.example', 'https://github.com/login/oauth') },
  ],
  [
    'an issuer on another host',
    'unknown-publisher',
    {
      identity: {
        ...github('acme/demo'),
        claims: { ...github('acme/demo').claims, 8: 'https://evil.example' },
      },
    },
  ],
  ['a certificate for servers', 'certificate', { purpose: '1.3.6.1.5.5.7.3.1' }],
  ['other bytes', 'other-archive', { sha256: 'cd'.repeat(32) }],
  ['another name', 'other-archive', { filename: 'demo-1.1.tar.gz' }],
  [
    'two subjects',
    'statement',
    {
      statement: (s) => ({
        ...s,
        subject: [...(s.subject as unknown[]), { name: 'x-1.tar.gz', digest: { sha256: 'ef'.repeat(32) } }],
      }),
    },
  ],
  ['no subject', 'statement', { statement: (s) => ({ ...s, subject: [] }) }],
  ['a statement of another kind', 'statement', { predicateType: 'https://example.org/promise/v1' }],
  [
    'an older in-toto',
    'statement',
    { statement: (s) => ({ ...s, _type: 'https://in-toto.io/Statement/v0.1' }) },
  ],
  [
    'a swapped signature',
    'log-entry',
    {},
    (a) => {
      a.envelope.signature = attest().envelope.signature;
    },
  ],
  [
    'a swapped statement',
    'log-entry',
    {},
    (a) => {
      a.envelope.statement = attest({ predicateType: 'https://slsa.dev/provenance/v1' }).envelope.statement;
    },
  ],
  [
    'a swapped certificate',
    'log-entry',
    {},
    (a) => {
      a.verification_material.certificate = attest().verification_material.certificate;
    },
  ],
  [
    'an entry of another attestation',
    'log-entry',
    {},
    (a) => {
      a.verification_material.transparency_entries = attest().verification_material.transparency_entries;
    },
  ],
  [
    'the same entry twice',
    'malformed',
    {},
    (a) => {
      a.verification_material.transparency_entries.push(entryOf(a));
    },
  ],
  [
    'no entry',
    'malformed',
    {},
    (a) => {
      a.verification_material.transparency_entries = [];
    },
  ],
  [
    'no promise',
    'malformed',
    {},
    (a) => {
      delete entryOf(a).inclusionPromise;
    },
  ],
  [
    'no proof',
    'malformed',
    {},
    (a) => {
      delete (entryOf(a) as Record<string, unknown>).inclusionProof;
    },
  ],
  [
    'no proof of Rekor v2',
    'malformed',
    { log: 'v2' },
    (a) => {
      delete (entryOf(a) as Record<string, unknown>).inclusionProof;
    },
  ],
  [
    'no time',
    'timestamp',
    { log: 'v2' },
    (a) => {
      delete a.verification_material.timestamps;
    },
  ],
  [
    'a time stamp of another signature',
    'timestamp',
    { log: 'v2' },
    (a) => {
      a.verification_material.timestamps = attest({ log: 'v2' }).verification_material.timestamps!;
    },
  ],
  [
    'one time stamp twice',
    'malformed',
    { log: 'v2' },
    (a) => {
      a.verification_material.timestamps?.push(...a.verification_material.timestamps);
    },
  ],
  [
    'a promise with Rekor v2',
    'malformed',
    { log: 'v2' },
    (a) => {
      entryOf(a).inclusionPromise = { signedEntryTimestamp: 'AAAA' };
    },
  ],
  [
    'a changed time',
    'log-entry',
    {},
    (a) => {
      entryOf(a).integratedTime = '1767229320';
    },
  ],
  [
    'a changed index',
    'log-entry',
    {},
    (a) => {
      entryOf(a).logIndex = '1005';
    },
  ],
  [
    'a changed place in the tree',
    'log-entry',
    {},
    (a) => {
      entryOf(a).inclusionProof.logIndex = '3';
    },
  ],
  [
    'a changed path',
    'log-entry',
    {},
    (a) => {
      entryOf(a).inclusionProof.hashes.reverse();
    },
  ],
  [
    'a missing hash',
    'log-entry',
    {},
    (a) => {
      entryOf(a).inclusionProof.hashes.pop();
    },
  ],
  [
    'a root that is not the signed one',
    'log-entry',
    {},
    (a) => {
      entryOf(a).inclusionProof.rootHash = Buffer.alloc(32).toString('base64');
    },
  ],
  [
    'a checkpoint of a name that is a regular expression',
    'malformed',
    {},
    (a) => {
      const proof = entryOf(a).inclusionProof;
      proof.checkpoint.envelope = checkpoint(
        authority.logs.v1,
        7,
        Buffer.from(proof.rootHash, 'base64'),
        '(a+)+$',
      );
    },
  ],
  [
    'a checkpoint by another name',
    'log-entry',
    {},
    (a) => {
      const proof = entryOf(a).inclusionProof;
      proof.checkpoint.envelope = checkpoint(
        authority.logs.v1,
        7,
        Buffer.from(proof.rootHash, 'base64'),
        'other.test',
      );
    },
  ],
  [
    'a checkpoint of the other log',
    'log-entry',
    {},
    (a) => {
      const proof = entryOf(a).inclusionProof;
      proof.checkpoint.envelope = checkpoint(authority.logs.v2, 7, Buffer.from(proof.rootHash, 'base64'));
    },
  ],
  [
    'base64 that is not canonical',
    'malformed',
    {},
    (a) => {
      a.envelope.signature = `${a.envelope.signature}\n`;
    },
  ],
  [
    'a later version',
    'malformed',
    {},
    (a) => {
      (a as { version: number }).version = 2;
    },
  ],
];

describe('refused', () => {
  it.each(refused)('%s: %s', (_, reason, request, change) => {
    const attestation = attest(request);
    expect(verify(attest({ log: request.log ?? 'v1' }))).toMatchObject({ status: 'verified' });
    change?.(attestation);
    expect(verify(attestation)).toMatchObject({ status: 'refused', reason });
  });

  it('a signature by another key than the certificate has, although the log took it', () => {
    const attestation = attest({ statement: (statement) => statement });
    const key = newKey();
    const [one, two] = [attest({ key }), attest({ key })];
    // Two certificates of one key: the log has the other one beside the signature.
    const swapped = {
      ...one,
      verification_material: {
        ...one.verification_material,
        certificate: two.verification_material.certificate,
      },
    };
    expect(verify(one)).toMatchObject({ status: 'verified' });
    expect(verify(swapped)).toMatchObject({ status: 'refused', reason: 'log-entry' });
    expect(verify(attestation)).toMatchObject({ status: 'verified' });
  });

  it('the public root of trust does not know this instance, and says so', () => {
    const publicRoot = readRoot(Buffer.from(builtInRootBase64, 'base64'));
    expect(verify(attest(), archive, publicRoot)).toMatchObject({ status: 'refused', reason: 'unknown-log' });
  });

  it('an instance with the same log but another authority', () => {
    const other = newTestAuthority();
    const mixed = {
      ...authority.trustedRoot,
      certificateAuthorities: other.trustedRoot.certificateAuthorities,
    };
    expect(verify(attest(), archive, readRoot(Buffer.from(JSON.stringify(mixed))))).toMatchObject({
      status: 'refused',
      reason: 'certificate',
    });
  });

  it('a certificate that no certificate log has, where the instance has one', () => {
    const other = newTestAuthority();
    const mixed = { ...authority.trustedRoot, ctlogs: other.trustedRoot.ctlogs };
    expect(verify(attest(), archive, readRoot(Buffer.from(JSON.stringify(mixed))))).toMatchObject({
      status: 'refused',
      reason: 'certificate',
    });
    const without = readRoot(Buffer.from(JSON.stringify({ ...authority.trustedRoot, ctlogs: [] })));
    const unlogged = attest({ certificateLogged: false });
    expect(verify(unlogged, archive, without)).toMatchObject({ status: 'verified' });
    expect(verify(unlogged)).toMatchObject({ status: 'refused', reason: 'certificate' });
  });

  it('a time stamping authority that the root does not have', () => {
    const other = newTestAuthority();
    const mixed = { ...authority.trustedRoot, timestampAuthorities: other.trustedRoot.timestampAuthorities };
    expect(
      verify(attest({ log: 'v2' }), archive, readRoot(Buffer.from(JSON.stringify(mixed)))),
    ).toMatchObject({
      status: 'refused',
      reason: 'unknown-log',
    });
  });
});

describe('what the index says of the publisher', () => {
  const provenance = (claimed: Record<string, unknown>, identity = github('acme/demo')) => {
    const document = authority.provenance({ ...archive, identity }) as {
      attestation_bundles: { publisher: unknown }[];
    };
    document.attestation_bundles[0]!.publisher = claimed;
    return document;
  };
  const acme = { kind: 'GitHub', repository: 'acme/demo', workflow: 'release.yml' };

  it('is compared with the certificate', () => {
    expect(verify(provenance(acme))).toMatchObject({ status: 'verified' });
    expect(verify(provenance({ ...acme, repository: 'Acme/Demo' }))).toMatchObject({ status: 'verified' });
    for (const lie of [
      { ...acme, repository: 'evil/demo' },
      { ...acme, workflow: 'other.yml' },
      { ...acme, kind: 'GitLab', workflow_filepath: 'release.yml' },
      { kind: 'Google', email: 'a@b.example' },
      {},
    ]) {
      expect(verify(provenance(lie))).toMatchObject({ status: 'refused', reason: 'other-publisher' });
    }
  });

  it('may claim an environment that the certificate does not prove, and it is not believed', () => {
    const verdict = verify(provenance({ ...acme, environment: 'pypi' }));
    expect(verdict).toMatchObject({ attestations: [{ publisher: { environment: undefined } }] });
  });

  it('may not contradict an environment that it proves', () => {
    const identity = github('acme/demo', { environment: 'pypi' });
    expect(verify(provenance({ ...acme, environment: 'pypi' }, identity))).toMatchObject({
      status: 'verified',
    });
    expect(verify(provenance({ ...acme, environment: 'test' }, identity))).toMatchObject({
      status: 'refused',
      reason: 'other-publisher',
    });
  });
});

describe('several attestations', () => {
  it('must all verify', () => {
    const slsa = { ...archive, predicateType: 'https://slsa.dev/provenance/v1' };
    expect(verify(authority.provenance(archive, slsa))).toMatchObject({
      status: 'verified',
      attestations: [{ predicate: 'publish' }, { predicate: 'slsa' }],
    });
    expect(verify(authority.provenance(archive, { ...slsa, sha256: 'cd'.repeat(32) }))).toMatchObject({
      status: 'refused',
      reason: 'other-archive',
    });
  });

  it('are as many as the ceiling allows, and at least one', () => {
    const document = authority.provenance(archive) as { attestation_bundles: { attestations: unknown[] }[] };
    const [bundle] = document.attestation_bundles;
    const [attestation] = bundle!.attestations;
    bundle!.attestations = [];
    expect(verify(document)).toMatchObject({ status: 'refused', reason: 'malformed' });
    bundle!.attestations = Array(17).fill(attestation);
    expect(verify(document)).toMatchObject({ status: 'refused', reason: 'too-large' });
    document.attestation_bundles = [];
    expect(verify(document)).toMatchObject({ status: 'refused', reason: 'malformed' });
  });
});

describe('names of archives', () => {
  it.each([
    ['Demo.Pkg-1.0.tar.gz', 'demo_pkg-1.0.0.tar.gz', true],
    ['demo-1.0.tar.gz', 'demo-1.0.zip', false],
    ['demo-1.0-1-py3-none-any.whl', 'demo-1.0-py3-none-any.whl', false],
    ['demo-1.0-py2.py3-none-any.whl', 'demo-1.0-py3.py2-none-any.whl', true],
    ['demo-1.0-py3-none-any.whl', 'demo-1.0-py2-none-any.whl', false],
    ['demo-1.0.tar.gz', 'demo-1.0-py3-none-any.whl', false],
  ])('%s and %s', (signed, named, same) => {
    expect(verify(attest({ filename: signed }), { ...archive, filename: named }).status).toBe(
      same ? 'verified' : 'refused',
    );
  });
});

describe('roots of trust', () => {
  it.each([
    ['no JSON', 'x'],
    ['another type', JSON.stringify({ ...authority.trustedRoot, mediaType: 'application/json' })],
    ['no log', JSON.stringify({ ...authority.trustedRoot, tlogs: [] })],
    ['no authority', JSON.stringify({ ...authority.trustedRoot, certificateAuthorities: [] })],
    ['a broken key', JSON.stringify(authority.trustedRoot).replace('MFkw', 'AAAA')],
    ['more than a megabyte', ' '.repeat((1 << 20) + 1)],
  ])('%s: refused', (_, text) => {
    expect(() => readRoot(Buffer.from(text))).toThrow();
  });
});
