import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FileSpec, Scenario } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { github, newTestAuthority } from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';

const authority = newTestAuthority();
const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day - 1000).toISOString();

/** A release; `by` published it. */
function release(version: string, days: number, more: Partial<FileSpec> = {}, name = 'quill'): FileSpec {
  return { ...wheel({ name, version }), uploadTime: ago(days), ...more };
}

function attestedBy(file: FileSpec, repository: string, id: string): readonly [FileSpec, Scenario['routes']] {
  const path = `/by/${file.filename}`;
  const { sha256 } = file as FileSpec & { readonly sha256: string };
  const identity = github(repository, { id });
  const body = JSON.stringify(authority.provenance({ filename: file.filename, sha256, identity }));
  return [{ ...file, json: { provenance: path } }, { [path]: { body } }];
}

async function outdated(text: string, scenario: Scenario, ...args: readonly string[]) {
  using directory = tempDirectory();
  await using index = await startMockIndex(scenario);
  writeFileSync(directory.join('r.txt'), text);
  writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
  const base = ['outdated', '-r', 'r.txt', '-i', index.url, '--retries', '0', '--trusted-root', 'root.json'];
  const run = await runPeep([...base, '--for', '3.11:any', ...args], { cwd: directory.path });
  return { ...run, requests: index.requests.map(({ path }) => path) };
}

describe('peep outdated', () => {
  it('shows what may move, its age, and what is yanked; nothing is downloaded', async () => {
    const projects = {
      quill: [release('1.0', 90), release('1.2', 12)],
      inkpot: { files: [release('2.0', 5, { yanked: 'leaks' }, 'inkpot')], status: { status: 'archived' } },
      nib: [release('1.0', 3, {}, 'nib')],
    };
    const text = 'quill==1.0\ninkpot==2.0\nnib==1.0\n';
    const run = await outdated(text, { projects });
    expect(run).toMatchObject({
      status: 0,
      stdout:
        'quill   1.0  → 1.2  12 days old\n' +
        'inkpot  2.0         2.0 is YANKED: leaks; the project is archived\n',
    });
    expect(run.stderr).toContain('1 of 3 pins outdated');
    expect(run.requests.filter((path) => path.endsWith('.whl'))).toEqual([]);
    expect(await outdated(text, { projects }, '--check')).toMatchObject({ status: 1 });
    expect(await outdated('nib==1.0\n', { projects }, '--check')).toMatchObject({ status: 0, stdout: '' });
  });

  it('lists lines that it cannot look at, and fails for them', async () => {
    const projects = { quill: [release('1.0', 90)], nib: [release('1.0', 3, {}, 'nib')] };
    const run = await outdated('quill==1.0\nnib\n', { projects });
    expect(run).toMatchObject({ status: 1, stdout: expect.stringContaining('r.txt, line 2') });
    expect(run.stderr).toContain('0 of 1 pins outdated');
    const skipped = await outdated('quill==1.0\nnib ; os_name == "x"\n', { projects });
    expect(skipped).toMatchObject({ status: 0, stdout: '' });
  });

  it('leaves out what --min-age and constraints leave out', async () => {
    const projects = { quill: [release('1.0', 90), release('1.1', 20), release('1.2', 2)] };
    expect((await outdated('quill==1.0\n', { projects }, '--min-age', '7d')).stdout).toContain('→ 1.1 ');
    expect((await outdated('quill==1.0\n-c limit.txt\n', { projects })).status).toBe(1);
  });

  it('tells whose publisher would change', async () => {
    const old = release('1.0', 90);
    const moves = [
      [attestedBy(release('1.2', 1), 'acme/quill', '1'), 'same publisher'],
      [attestedBy(release('1.2', 1), 'evil/quill', '2'), 'PUBLISHER CHANGED: github evil/quill'],
      [[release('1.2', 1), {}] as const, 'NO PUBLISHER PROVEN ANY MORE'],
      [[release('1.2', 1, { json: { provenance: '/gone' } }), {}] as const, 'publisher not known'],
    ] as const;
    for (const [[file, routes], said] of moves) {
      const text = '# attested-by: github acme/quill release.yml id=1\nquill==1.0\n';
      const run = await outdated(text, { projects: { quill: [old, file] }, routes: routes ?? {} });
      expect(run.stdout).toContain(`→ 1.2  1 day old; ${said}`);
    }
  });

  it('never takes trouble for "nothing newer"', async () => {
    const run = await outdated('quill==1.0\n', {
      projects: { quill: [release('1.0', 90)] },
      faults: [{ path: /quill/, status: 503 }],
    });
    expect(run).toMatchObject({ status: 1 });
    expect(run.stdout).toMatch(/^quill {2}1\.0 .*not known: .*503.*\(r\.txt, line 1\)\n$/);
  });
});
