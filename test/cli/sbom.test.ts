import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FileSpec } from '../mock-index/scenario.js';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { github, newTestAuthority } from '../support/sigstore/authority.js';
import { type Machine, makeMachine } from './machine.js';

const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json');
const schemaOf = (name: string) =>
  JSON.parse(readFileSync(join(library, '..', 'res', 'schema', `${name}.SNAPSHOT.schema.json`), 'utf8'));
const ajv = new Ajv({ strict: false, validateFormats: false });
for (const name of ['spdx', 'jsf-0.82'])
  ajv.addSchema({ ...schemaOf(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` });
const validate = ajv.compile(schemaOf('bom-1.6'));

const authority = newTestAuthority();
const quill = wheel({ name: 'quill', version: '1.0', metadata: ['License-Expression: MIT OR Apache-2.0'] });
const inkpot = wheel({ name: 'inkpot', version: '2.0', metadata: ['License: mit'] });
const paper = wheel({
  name: 'paper',
  version: '3.0',
  metadata: ['License: The Paper Licence\u001b[2J', '        second line'],
});
const source = sdist({ name: 'nib', version: '4.0' });
const path = '/integrity/quill';
const attested: FileSpec = { ...quill, json: { provenance: path } };
const record = 'github acme/quill release.yml id=1001';

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  machine.write('root.json', JSON.stringify(authority.trustedRoot));
  index = await startMockIndex({
    projects: { quill: [attested], inkpot: [inkpot], paper: [paper], nib: [source] },
    routes: {
      [path]: {
        body: JSON.stringify(authority.provenance({ ...quill, identity: github('acme/quill') })),
      },
    },
  });
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const lines = {
  quill: `# attested-by: ${record}\nquill==1.0 --hash=sha256:${quill.sha256}\n`,
  inkpot: `inkpot==2.0 --hash=sha256:${inkpot.sha256}\n`,
  paper: `paper==3.0 --hash=sha256:${paper.sha256}\n`,
  nib: `nib==4.0 --hash=sha256:${source.sha256}\n`,
};

function run(command: string, text: string, ...args: readonly string[]) {
  machine.write('root.json', JSON.stringify(authority.trustedRoot));
  const file = machine.write('r.txt', text);
  return machine.peep([command, '-r', file, '-i', index.url, ...args], {
    env: { PEEP_TRUSTED_ROOT: join(file, '..', 'root.json') },
  });
}

interface Component {
  readonly name: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/** The list on stdout, which must follow CycloneDX's schema. */
function parsed({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) {
  const bom = JSON.parse(stdout || `"nothing: ${JSON.stringify(stderr).slice(1, -1)}"`);
  validate(bom);
  expect(validate.errors ?? []).toEqual([]);
  return bom as { readonly components: readonly Component[] };
}

describe('--sbom', () => {
  it('lists what verified: purl, digest, licence, publisher and the place of the pin', async () => {
    const text = Object.values(lines).join('');
    const first = await run('fetch', text, '--sbom', '-');
    expect(first).toMatchObject({ status: 0 });
    const { components } = parsed(first);
    expect(components.map(({ name }) => name)).toEqual(['inkpot', 'nib', 'paper', 'quill']);
    const [ink, nib, sheet, feather] = components;
    expect(feather).toMatchObject({
      ...{ type: 'library', version: '1.0', publisher: record },
      purl: 'pkg:pypi/quill@1.0?file_name=quill-1.0-py3-none-any.whl',
      hashes: [{ alg: 'SHA-256', content: quill.sha256 }],
      licenses: [{ expression: 'MIT OR Apache-2.0' }],
      externalReferences: [{ type: 'distribution', url: expect.stringContaining(quill.filename) }],
      properties: expect.arrayContaining([
        { name: 'peep:pin', value: expect.stringContaining('r.txt, line 2') },
        { name: 'peep:publisher', value: record },
      ]),
    });
    expect(ink).toMatchObject({ licenses: [{ license: { id: 'MIT' } }] });
    expect(sheet).toMatchObject({ licenses: [{ license: { name: 'The Paper Licence\\u{1b}[2J' } }] });
    expect(nib).toMatchObject({ version: '4.0', hashes: [{ content: source.sha256 }] });
    // From the store, the second time: the same list but for where the archives are.
    const again = parsed(await run('fetch', text, '--sbom', '-', '--offline'));
    const bare = (bom: { readonly components: readonly Component[] }) =>
      bom.components.map((component) => ({ ...component, externalReferences: undefined }));
    expect(bare(again)).toEqual(bare({ components }));
  });

  it('is written by install, with a proven publisher on a real pip, and by verify', async () => {
    const installed = await run('install', lines.quill + lines.inkpot, '--sbom', 'bom.json');
    expect(installed).toMatchObject({ status: 0 });
    expect(parsed({ ...installed, stdout: machine.read('bom.json') }).components).toMatchObject([
      { name: 'inkpot' },
      { name: 'quill', publisher: record },
    ]);
    const verified = parsed(await run('verify', lines.quill + lines.inkpot, '--sbom', '-'));
    expect(verified.components).toMatchObject([{ name: 'inkpot' }, { name: 'quill' }]);
    const again = parsed(await run('install', lines.quill + lines.inkpot, '--sbom', '-'));
    expect(again.components[0]).toMatchObject({
      ...{ name: 'inkpot', version: '2.0', purl: 'pkg:pypi/inkpot@2.0' },
      properties: expect.arrayContaining([
        { name: 'peep:status', value: 'already installed, files not compared' },
      ]),
    });
    expect(again.components[0]).not.toHaveProperty('hashes');
  });

  it('is not written with a gap', async () => {
    const bad = `quill==1.0 --hash=sha256:${inkpot.sha256}\n`;
    for (const [args, text, why] of [
      [[], bad, 'not everything verified'],
      [['--dry-run'], lines.inkpot, 'a dry run verifies nothing'],
    ] as const) {
      const refused = await run('fetch', text, '--sbom', 'gap.json', ...args);
      expect(refused.stderr).toContain(`'gap.json' was not written: ${why}`);
    }
    const both = await run('fetch', bad, '--sbom', '-', '--report', '-');
    expect(both).toMatchObject({ status: 2 });
  });
});
