import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatPublisher } from '../../../src/packaging/publisher-record.js';
import { builtInRootBase64 } from '../../../src/provenance/built-in-root.js';
import { readClaims } from '../../../src/provenance/certificate.js';
import { publisherOf } from '../../../src/provenance/identity.js';
import { readRoot } from '../../../src/provenance/root.js';
import { verifyProvenance } from '../../../src/provenance/verify.js';
import { provenanceFolder } from '../../support/real-provenance.js';

const root = readRoot(Buffer.from(builtInRootBase64, 'base64'));

/** What the README of the folder states: archive, provenance, publisher, and the digest where the archive is not there. */
const verified = [
  {
    archive: 'pypi_attestations-0.0.19.tar.gz',
    provenance: 'pypi_attestations-0.0.19.tar.gz.provenance',
    publisher: 'github trailofbits/pypi-attestations release.yml id=772247423',
  },
  {
    archive: 'pypi_attestations-0.0.19.tar.gz',
    provenance: 'pypi_attestations-0.0.19.tar.gz.slsa.attestation',
    publisher: 'github trailofbits/pypi-attestations release.yml id=772247423',
  },
  {
    archive: 'pypi_attestation_models-0.0.4a2.tar.gz',
    provenance: 'pypi_attestation_models-0.0.4a2.tar.gz.attestation',
    publisher: 'github trailofbits/pypi-attestation-models release.yml id=772247423',
  },
  {
    archive: 'gitlab_oidc_project-0.0.3.tar.gz',
    provenance: 'gitlab_oidc_project-0.0.3.tar.gz.publish.attestation',
    publisher: 'gitlab facutuesca/gitlab-oidc-project .gitlab-ci.yml id=55235664',
  },
  {
    archive: 'abi3info-2024.10.3-py3-none-any.whl',
    provenance: 'abi3info-2024.10.3-py3-none-any.whl.provenance',
    publisher: 'github woodruffw/abi3info release.yml id=538293197',
  },
  {
    archive: 'abi3info-2024.10.8-py3-none-any.whl',
    provenance: 'abi3info-2024.10.8-py3-none-any.whl.provenance',
    publisher: 'github woodruffw/abi3info release.yml id=538293197',
  },
  {
    archive: 'sampleproject-3.0.0.tar.gz',
    provenance: 'sampleproject-3.0.0.tar.gz.publish.attestation',
    publisher: 'google 919436158236-compute@developer.gserviceaccount.com',
  },
  {
    archive: 'sampleproject-4.0.0.tar.gz',
    sha256: '0ace7980f82c5815ede4cd7bf9f6693684cec2ae47b9b7ade9add533b8627c6b',
    provenance: 'sampleproject-4.0.0.tar.gz.provenance',
    publisher: 'github pypa/sampleproject release.yml id=14899596',
  },
  {
    archive: 'pep740-sampleproject-1.0.0.tar.gz',
    sha256: '6cdd4a1a0a49aeef47265e7bf8ec1667257b397d34d731dc7b7af349deca1cd8',
    provenance: 'pep740-sampleproject-1.0.0.tar.gz.provenance',
    publisher: 'gitlab pep740-example/sampleproject .gitlab-ci.yml id=64895736',
  },
];

describe.skipIf(!existsSync(provenanceFolder))(
  'real attestations (skipped where ../shared/provenance is not there)',
  () => {
    const read = (name: string) => readFileSync(`${provenanceFolder}/${name}`);
    const sha256 = (name: string) => createHash('sha256').update(read(name)).digest('hex');

    it.each(verified)('$provenance verifies', ({ archive, provenance, publisher, ...given }) => {
      const named = { filename: archive, sha256: given.sha256 ?? sha256(archive) };
      const verdict = verifyProvenance(read(provenance), named, root);
      expect(verdict).toMatchObject({ status: 'verified' });
      if (verdict.status !== 'verified') return;
      expect(verdict.attestations.map((each) => formatPublisher(each.publisher))).toEqual([publisher]);
    });

    it('tell commit, ref, run and time of the log', () => {
      const filename = 'pypi_attestations-0.0.19.tar.gz';
      const archive = { filename, sha256: sha256(filename) };
      expect(verifyProvenance(read(`${filename}.provenance`), archive, root)).toMatchObject({
        attestations: [
          {
            predicate: 'publish',
            commit: '08802efe1f8e5fec4ad842d6b8ce97656092ee72',
            ref: 'refs/tags/v0.0.19',
            run: 'https://github.com/trailofbits/pypi-attestations/actions/runs/12169989787/attempts/1',
            loggedAt: '2024-12-04T23:14:01Z',
          },
        ],
      });
      expect(verifyProvenance(read(`${filename}.slsa.attestation`), archive, root)).toMatchObject({
        attestations: [{ predicate: 'slsa' }],
      });
    });

    it('of the staging instance is not trusted', () => {
      const filename = 'rfc8785-0.1.2-py3-none-any.whl';
      const archive = { filename, sha256: sha256(filename) };
      expect(verifyProvenance(read(`${filename}.publish.attestation`), archive, root)).toMatchObject({
        status: 'refused',
        reason: 'unknown-log',
      });
    });

    it('prove nothing of another archive', () => {
      const other = 'abi3info-2024.10.8-py3-none-any.whl';
      const provenance = read('abi3info-2024.10.3-py3-none-any.whl.provenance');
      expect(verifyProvenance(provenance, { filename: other, sha256: sha256(other) }, root)).toMatchObject({
        status: 'refused',
        reason: 'other-archive',
      });
    });

    it('name the publisher also where the certificate has no ref', () => {
      const { raw } = new X509Certificate(read('no-source-repository-ref-extension.pem'));
      expect(formatPublisher(publisherOf(readClaims(raw)))).toBe(
        'github SWIFTSIM/swiftgalaxy python-publish.yml id=488271795',
      );
    });

    it('have the root of trust that is built in', () => {
      expect(readRoot(read('trusted_root.json'))).toMatchObject({
        sha256: root.sha256,
        newest: '2025-09-23',
      });
    });
  },
);
