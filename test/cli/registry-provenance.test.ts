import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sha256 } from '../../src/hash/digest.js';
import { provenanceTag, writeProvenance } from '../../src/store/oci/provenance.js';
import type { FileSpec, Route } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { hasRegistry, startRegistry, whyNoRegistry } from '../registry/docker-registry.js';
import { type Answer, startMockRegistry } from '../registry/mock-registry.js';
import { provenanceFolder } from '../support/real-provenance.js';
import { runPeep } from '../support/run-peep.js';
import { github, newTestAuthority, type SigningIdentity } from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';

const authority = newTestAuthority();
const quill = wheel({ name: 'quill', version: '1.0' });
const inkpot = wheel({ name: 'inkpot', version: '2.0' });
const acme = github('acme/quill');
const evil = github('evil/quill', { id: '666' });
const record = 'github acme/quill release.yml id=1001';
const path = '/integrity/quill';
const announced: FileSpec = { ...quill, json: { provenance: path } };
const pinned = (file: BuiltArchive, name: string, ...records: readonly string[]) =>
  `${records.map((text) => `# attested-by: ${text}\n`).join('')}${name} --hash=sha256:${file.sha256}\n`;
const plain = pinned(quill, 'quill==1.0');
const recorded = pinned(quill, 'quill==1.0', record);
const attested = (identity: SigningIdentity, { filename, sha256 }: BuiltArchive = quill) =>
  JSON.stringify(authority.provenance({ filename, sha256, identity }));
const good = attested(acme);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A machine with a store and a root of trust of its own. */
function machine(root: object | null = authority.trustedRoot) {
  const directory = tempDirectory();
  cleanups.push(() => directory[Symbol.dispose]());
  writeFileSync(directory.join('root.json'), JSON.stringify(root));
  const env = root === null ? {} : { PEEP_TRUSTED_ROOT: directory.join('root.json') };
  return {
    directory,
    async fetch(text: string, ...args: string[]) {
      writeFileSync(directory.join('r.txt'), text);
      const base = ['fetch', '-r', 'r.txt', '--for', '3.11:any', '--report', 'report.json', '--retries', '0'];
      const ran = await runPeep([...base, ...args], { cwd: directory.path, home: directory.path, env });
      const { requirements } = JSON.parse(
        existsSync(directory.join('report.json'))
          ? readFileSync(directory.join('report.json'), 'utf8')
          : '{"requirements":[]}',
      );
      return { ...ran, stderr: ran.stderr.replaceAll(/\s+/g, ' '), requirements };
    },
  };
}

async function index(files: readonly FileSpec[] = [announced], body = good) {
  const routes: Record<string, Route> = { [path]: { body } };
  const running = await startMockIndex({ projects: { quill: files, inkpot: [inkpot] }, routes });
  cleanups.push(() => running.close());
  return running;
}

async function registry() {
  const running = await startRegistry();
  cleanups.push(() => running[Symbol.asyncDispose]());
  const tag = provenanceTag(quill.sha256 as Sha256);
  return {
    ...running,
    store: `oci://${running.host}/team/python`,
    /** Everything under the tags of the repository. */
    async tags(repository = 'team/python'): Promise<string[]> {
      const response = await fetch(`${running.url}/v2/${repository}/tags/list`);
      return ((await response.json()) as { tags?: string[] }).tags ?? [];
    },
    async provenance(): Promise<string | undefined> {
      const accept = 'application/vnd.oci.image.manifest.v1+json';
      const response = await fetch(`${running.url}/v2/team/python/manifests/${tag}`, { headers: { accept } });
      if (response.status === 404) return undefined;
      const { layers } = (await response.json()) as { layers: { digest: string }[] };
      // The blob, which other tools read.
      return (await fetch(`${running.url}/v2/team/python/blobs/${layers[0]?.digest}`)).text();
    },
  };
}

const inside = (store: string) => ['--no-index', '--store', store];

if (!hasRegistry) console.warn(whyNoRegistry);

describe.skipIf(!hasRegistry)('provenance beside archives in a registry', { timeout: 120_000 }, () => {
  it('goes with the archive to another registry, and proves the publisher there', async (context) => {
    if (spawnSync('skopeo', ['--version'], { stdio: 'ignore' }).status !== 0)
      context.skip('there is no skopeo on PATH');
    const [near, far, { url }] = [await registry(), await registry(), await index()];
    const text = recorded + pinned(inkpot, 'inkpot==2.0');
    const push = () => machine().fetch(text, '-i', url, '--push', near.store);
    expect((await push()).stderr).toContain('pushed 2 archives');
    expect(await near.provenance()).toBe(good);
    const again = await push();
    expect(again.stderr).toContain(`pushed 0 archives to ${near.store}, 2 were already there`);
    expect(again.stderr).not.toContain('provenance');
    const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    execFileSync(
      'skopeo',
      ['sync', '--src', 'docker', '--dest', 'docker', ...tls, `${near.host}/team/python`, `${far.host}/in`],
      { stdio: 'pipe' },
    );
    expect(await far.tags('in/python')).toEqual(await near.tags());

    const store = `oci://${far.host}/in/python`;
    const worker = machine();
    const required = await worker.fetch(recorded, ...inside(store), '--require-provenance');
    expect(required).toMatchObject({ status: 0 });
    expect(required.requirements[0]).toMatchObject({
      status: 'verified',
      provenance: { status: 'verified', publisher: record },
    });
    // It is stored on this machine, and verified again without a registry.
    expect(await worker.fetch(recorded, '--offline')).toMatchObject({ status: 0 });
    const other = pinned(quill, 'quill==1.0', 'github evil/quill release.yml id=666');
    const changed = await machine().fetch(other, ...inside(store));
    expect(changed).toMatchObject({ status: 1, requirements: [{ status: 'refused' }] });
    expect(changed.requirements[0].reason).toContain('does not have the recorded publisher');
    // Nobody pushed provenance for that one.
    const without = await machine().fetch(text, ...inside(store), '--require-provenance');
    expect(without.requirements).toMatchObject([
      { status: 'verified' },
      { status: 'refused', provenance: { status: 'absent' } },
    ]);
  });

  it('can follow an archive that is there, and stays when a machine without it pushes', async () => {
    const { store, tags, provenance } = await registry();
    const { url } = await index();
    expect(await machine().fetch(plain, '-i', url, '--push', store)).toMatchObject({ status: 0 });
    expect(await provenance()).toBeUndefined();
    const builder = machine();
    const later = await builder.fetch(recorded, '-i', url, '--push', store);
    expect(later.stderr).toContain(
      `pushed 0 archives to ${store}, 1 were already there; pushed the provenance of 1`,
    );
    expect(await machine().fetch(plain, '-i', url, '--push', store)).toMatchObject({ status: 0 });
    expect(await provenance()).toBe(good);
    expect(await tags()).toHaveLength(3);
    // What the store of a machine has is enough, without a record in its file.
    const second = await registry();
    await builder.fetch(plain, '-i', url, '--push', second.store);
    expect(await second.provenance()).toBe(good);
    // The store is not trusted (P4): what does not verify is not pushed.
    const { sha256 } = quill;
    writeFileSync(
      builder.directory.join(`cache/v1/provenance/${sha256.slice(0, 2)}/${sha256}`),
      attested(acme, inkpot),
      {
        flag: 'w',
      },
    );
    const third = await registry();
    expect(await builder.fetch(plain, '-i', url, '--push', third.store)).toMatchObject({ status: 0 });
    expect(await third.provenance()).toBeUndefined();
  });

  it('is replaced where it does not prove what the pusher proved, and only there', async () => {
    const { store, provenance } = await registry();
    const push = async (identity: SigningIdentity, who: string, body = attested(identity)) => {
      const { url } = await index([announced], body);
      const ran = await machine().fetch(pinned(quill, 'quill==1.0', who), '-i', url, '--push', store);
      expect(ran).toMatchObject({ status: 0 });
      return body;
    };
    await push(evil, 'github evil/quill release.yml id=666');
    const first = await push(acme, record);
    expect(await provenance()).toBe(first);
    // The same publisher, signed once more: equal machines do not take turns.
    expect(await push(acme, record)).not.toBe(first);
    expect(await provenance()).toBe(first);
  });

  it('is whole while 6 machines push different files at once', async () => {
    const { store, provenance } = await registry();
    const bodies = Array.from({ length: 6 }, () => attested(acme));
    const indexes = await Promise.all(bodies.map((body) => index([announced], body)));
    const runs = await Promise.all(
      indexes.map(({ url }) => machine().fetch(recorded, '-i', url, '--push', store, '--retries', '20')),
    );
    expect(runs.map(({ status, stderr }) => (status === 0 ? '' : stderr))).toEqual(runs.map(() => ''));
    expect(bodies).toContain(await provenance());
    expect(await machine().fetch(recorded, ...inside(store))).toMatchObject({ status: 0 });
  });

  it('outlives the garbage collection of the registry', async () => {
    const { store, directory, provenance } = await registry();
    const { url } = await index();
    await machine().fetch(recorded, '-i', url, '--push', store);
    const config = join(directory, '../config.yml');
    execFileSync('docker-registry', ['garbage-collect', '--delete-untagged', config], { stdio: 'pipe' });
    expect(await provenance()).toBe(good);
    expect(await machine().fetch(recorded, ...inside(store))).toMatchObject({ status: 0 });
  });

  it('is real: a file of PyPI, against the root of trust that is built in', async (context) => {
    if (!existsSync(provenanceFolder)) context.skip('the folder of real attestations is not there');
    const { store } = await registry();
    const text = ['abi3info==2024.10.8 --hash=sha256:', 'pypi-attestations==0.0.19 --hash=sha256:'].map(
      (line, i) => {
        const name = ['abi3info-2024.10.8-py3-none-any.whl', 'pypi_attestations-0.0.19.tar.gz'][i] ?? '';
        const [sum] = execFileSync('sha256sum', [join(provenanceFolder, name)], { encoding: 'utf8' }).split(
          ' ',
        );
        return `${line}${sum}\n`;
      },
    );
    const args = ['--require-provenance', '--no-index'];
    const builder = await machine(null).fetch(
      text.join(''),
      ...args,
      '-f',
      provenanceFolder,
      '--push',
      store,
    );
    expect(builder.stderr).toContain('pushed the provenance of 2');
    const worker = await machine(null).fetch(text.join(''), ...args, '--store', store, '--sbom', 'sbom.json');
    expect(
      worker.requirements.map((each: { provenance: { publisher: string } }) => each.provenance.publisher),
    ).toEqual([
      expect.stringMatching(/^github woodruffw\/abi3info release\.yml/),
      expect.stringMatching(/^github trailofbits\/pypi-attestations release\.yml/),
    ]);
    expect(worker.status).toBe(0);
  });
});

describe('a registry that lies about provenance', () => {
  const tag = /\.provenance$/;
  const json =
    (body: string | Buffer, status = 200): Answer =>
    (_, response) =>
      void response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
  const archive = { filename: quill.filename, sha256: quill.sha256 as Sha256, size: quill.bytes.length };
  const manifest = (provenance: string, change: (text: string) => string = (text) => text): Answer =>
    json(change(writeProvenance(archive, Buffer.from(provenance)).manifest.bytes.toString('utf8')));

  const lies: readonly [name: string, answer: Answer, says: RegExp, status: string, provenance: string][] = [
    [
      'other bytes',
      manifest('{"version":1}'),
      /from oci:.* does not verify.*malformed/,
      'refused',
      'refused',
    ],
    ['that of another archive', manifest(attested(acme, inkpot)), /other-archive/, 'refused', 'refused'],
    [
      'another publisher',
      manifest(attested(evil)),
      /does not have the recorded publisher/,
      'refused',
      'refused',
    ],
    ['more than a megabyte', manifest(' '.repeat((1 << 20) + 1)), /too-large/, 'refused', 'refused'],
    [
      'more than a manifest',
      json(Buffer.alloc(5 << 20, 0x20)),
      /larger than 4194304 bytes/,
      'unavailable',
      'unchecked',
    ],
    [
      'another type',
      manifest(good, (text) => text.replace('vnd.peep.provenance.v1', 'vnd.other')),
      /its provenance is not of type application\/vnd\.peep\.provenance\.v1 \(malformed\)/,
      ...(['refused', 'refused'] as const),
    ],
    [
      'another media type of the file',
      manifest(good, (text) => text.replace('vnd.pypi.integrity.v1+json', 'octet-stream')),
      /the file of its provenance is not of type/,
      ...(['refused', 'refused'] as const),
    ],
    [
      'another digest than its own',
      manifest(good, (text) => text.replace(/"data":"..../, '"data":"AAAA')),
      /does not have the digest that its manifest names/,
      ...(['refused', 'refused'] as const),
    ],
    ['a page', json('<html>log in</html>'), /is not valid JSON \(malformed\)/, 'refused', 'refused'],
    ['nothing', json('{}', 404), /no provenance was found/, 'refused', 'absent'],
    [
      'a refusal',
      json('{"errors":[{"code":"DENIED"}]}', 403),
      /cannot be asked.*403/,
      'unavailable',
      'unchecked',
    ],
    ['a failure', json('', 503), /cannot be asked.*503/, 'unavailable', 'unchecked'],
  ];

  async function lying(answer: Answer) {
    const running = await startMockRegistry({ archives: [quill], provenance: { [quill.filename]: good } });
    cleanups.push(() => running[Symbol.asyncDispose]());
    running.lies.push([tag, answer]);
    return `oci://${running.host}/team/python`;
  }

  it.each(lies)('%s: told as it is', async (_, answer, says, status, provenance) => {
    const store = await lying(answer);
    const run = await machine().fetch(recorded, ...inside(store));
    expect(run.requirements[0]).toMatchObject({ status, provenance: { status: provenance } });
    expect(run.requirements[0].reason).toMatch(says);
    expect(run.status).toBe(1);
  });

  const anyKind = ['another publisher', 'another type', 'nothing', 'a failure'];

  it.each(lies.filter(([name]) => anyKind.includes(name)))(
    '%s: the index has what proves it',
    async (_, answer) => {
      const store = await lying(answer);
      const { url } = await index();
      const run = await machine().fetch(recorded, '-i', url, '--store', store);
      expect(run.requirements[0]).toMatchObject({ provenance: { status: 'verified', publisher: record } });
      expect(run.status).toBe(0);
    },
  );

  it('cannot have a publisher recorded', async () => {
    const store = await lying(manifest(attested(evil)));
    const { url } = await index([quill]);
    const { directory } = machine();
    writeFileSync(directory.join('r.txt'), plain);
    const ran = await runPeep(
      ['pin', '-r', 'r.txt', '--write', '--record-publishers', '-i', url, '--store', store],
      { cwd: directory.path, home: directory.path, env: { PEEP_TRUSTED_ROOT: directory.join('root.json') } },
    );
    expect(ran.stdout + ran.stderr).not.toContain('evil');
    expect(readFileSync(directory.join('r.txt'), 'utf8')).not.toContain('evil');
  });

  it('is not asked where no publisher is recorded or required', async () => {
    const running = await startMockRegistry({ archives: [quill], provenance: { [quill.filename]: good } });
    cleanups.push(() => running[Symbol.asyncDispose]());
    const run = await machine().fetch(plain, ...inside(`oci://${running.host}/team/python`));
    expect(run).toMatchObject({ status: 0, requirements: [{ provenance: { status: 'unchecked' } }] });
    expect(running.seen.filter(({ path: asked }) => tag.test(asked))).toEqual([]);
  });
});
