import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileSpec, Route } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { github, newTestAuthority, type SigningIdentity } from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';

const authority = newTestAuthority();
const older = wheel({ name: 'quill', version: '1.0' });
const newer = wheel({ name: 'quill', version: '1.1' });
const acme = github('acme/quill');
const record = '# attested-by: github acme/quill release.yml id=1001';
type Made = ReturnType<typeof wheel>;
const hash = ({ sha256 }: Made) => `--hash=sha256:${sha256}`;

/** Files of one index with provenance by these identities; null for none. */
function release(...files: readonly (readonly [Made, SigningIdentity | null | string])[]) {
  const routes: Record<string, Route> = {};
  const specs = files.map(([file, by]): FileSpec => {
    if (by === null) return file;
    const path = `/integrity/${file.filename}`;
    const { filename, sha256 } = file;
    const body =
      typeof by === 'string' ? by : JSON.stringify(authority.provenance({ filename, sha256, identity: by }));
    routes[path] = { body };
    return { ...file, uploadTime: '2026-01-02T03:04:05Z', json: { provenance: path } };
  });
  return { projects: { quill: specs }, routes };
}

async function pin(
  text: string,
  scenario: ReturnType<typeof release>,
  args: readonly string[],
  toml?: string,
) {
  using directory = tempDirectory();
  await using index = await startMockIndex(scenario);
  writeFileSync(directory.join('r.txt'), text);
  writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
  if (toml !== undefined) writeFileSync(directory.join('pyproject.toml'), toml);
  const base = ['pin', '-r', 'r.txt', '-i', index.url, '--for', '3.11:any', '--retries', '0'];
  const run = await runPeep([...base, '--style', 'pip', ...args], {
    cwd: directory.path,
    env: { PEEP_TRUSTED_ROOT: 'root.json' },
  });
  return {
    ...run,
    said: `${run.stdout}${run.stderr}`.replace(/\s+/g, ' '),
    file: readFileSync(directory.join('r.txt'), 'utf8'),
  };
}

const upgrade = ['--upgrade', 'quill==1.1', '--write'];
const written = `${record}\nquill==1.0 ${hash(older)}\n`;

describe('peep pin and publishers', () => {
  it('shows and records who published what it pins', async () => {
    const run = await pin('quill==1.0\n', release([older, acme]), ['--write']);
    expect(run).toMatchObject({ status: 0 });
    expect(run.file).toBe(`${record}\nquill==1.0 \\\n    ${hash(older)}\n`);
    expect(run.said).toContain(
      `published by github acme/quill release.yml id=1001, commit ${'c0ffee'.padEnd(40, '0')}, refs/tags/v1, logged 2026-01-01T01:01:00Z`,
    );
  });

  it('moves a pin within one publisher, and leaves the record as it is', async () => {
    const run = await pin(written, release([older, acme], [newer, acme]), upgrade);
    expect(run).toMatchObject({ status: 0, file: `${record}\nquill==1.1 ${hash(newer)}\n` });
  });

  it('writes nothing when the publisher changed, until that is accepted', async () => {
    const scenario = release([older, acme], [newer, github('evil/quill', { id: '666' })]);
    const run = await pin(written, scenario, upgrade);
    expect(run).toMatchObject({ status: 1, file: written });
    expect(run.said).toContain(
      'expected github acme/quill release.yml id=1001, got github evil/quill release.yml id=666',
    );
    const accepted = await pin(written, scenario, [...upgrade, '--accept-publisher', 'Quill']);
    expect(accepted).toMatchObject({
      status: 0,
      file: `# attested-by: github evil/quill release.yml id=666\nquill==1.1 ${hash(newer)}\n`,
    });
  });

  it('records nobody who signed beside the recorded publisher, until that is accepted', async () => {
    const { filename, sha256 } = newer;
    const evil = github('evil/quill', { id: '666' });
    const bundles = [acme, evil].flatMap(
      (identity) => authority.provenance({ filename, sha256, identity }).attestation_bundles,
    );
    const both = JSON.stringify({ version: 1, attestation_bundles: bundles });
    const scenario = release([older, acme], [newer, both]);
    const run = await pin(written, scenario, upgrade);
    expect(run).toMatchObject({ status: 0, file: `${record}\nquill==1.1 ${hash(newer)}\n` });
    expect(run.said).toContain('also signed by github evil/quill release.yml id=666, which is not recorded');
    const accepted = await pin(written, scenario, [...upgrade, '--accept-publisher', 'quill']);
    expect(accepted.file).toContain('# attested-by: github evil/quill release.yml id=666\n');
  });

  it('writes nothing when the publisher is lost, until that is accepted', async () => {
    const scenario = release([older, acme], [newer, null]);
    const run = await pin(written, scenario, upgrade);
    expect(run).toMatchObject({ status: 1, file: written });
    expect(run.said).toContain(`no provenance was found for '${newer.filename}'`);
    const accepted = await pin(written, scenario, [...upgrade, '--accept-publisher', 'quill']);
    expect(accepted).toMatchObject({ status: 0, file: `# attested-by: none\nquill==1.1 ${hash(newer)}\n` });
  });

  it('tells a new name of the same repository, and records it', async () => {
    const run = await pin(written, release([older, acme], [newer, github('acme/renamed')]), upgrade);
    expect(run).toMatchObject({
      status: 0,
      file: `# attested-by: github acme/renamed release.yml id=1001\nquill==1.1 ${hash(newer)}\n`,
    });
    expect(run.said).toContain('the repository was github acme/quill');
  });

  it('never takes broken provenance for none', async () => {
    const run = await pin('quill==1.0\n', release([older, '{}']), ['--write']);
    expect(run).toMatchObject({ status: 1, file: 'quill==1.0\n' });
    expect(run.said).toContain('does not verify');
  });

  it('records publishers of pins that have their hashes, when asked', async () => {
    const text = `quill==1.0 ${hash(older)}\n`;
    expect(await pin(text, release([older, acme]), ['--write'])).toMatchObject({ status: 0, file: text });
    const run = await pin(text, release([older, acme]), ['--write', '--record-publishers']);
    expect(run).toMatchObject({ status: 0, file: `${record}\n${text}` });
  });

  it('--min-age and [tool.peep] hold back what is too young', async () => {
    const run = await pin('quill==1.0\n', release([older, acme]), ['--write', '--min-age', '5000w']);
    expect(run).toMatchObject({ status: 1, file: 'quill==1.0\n' });
    expect(run.said).toMatch(/is not pinned before 21\d\d-/);
    const table = '[tool.peep]\nmin-age = "5000w"\n';
    expect(await pin('quill==1.0\n', release([older, acme]), [], table)).toMatchObject({ status: 1 });
    expect(await pin('quill==1.0\n', release([older, acme]), ['--min-age', '1s'], table)).toMatchObject({
      status: 0,
    });
    const required = await pin(
      'quill==1.0\n',
      release([older, null]),
      [],
      '[tool.peep]\nrequire-provenance = true\n',
    );
    expect(required).toMatchObject({ status: 1 });
  });
});
