import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { github, newTestAuthority } from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';

const authority = newTestAuthority();
const older = wheel({ name: 'quill', version: '1.0' });
const quill = wheel({
  name: 'quill',
  version: '2.0',
  requiresDist: ['inkpot>=2'],
  requiresPython: '>=3.9',
  metadata: ['License-Expression: MIT'],
  entryPoints: { console_scripts: { quill: 'quill:main' } },
  scripts: { nib: '#!/bin/sh\n' },
  files: {
    'quill/__init__.py': 'ink = 2\u001b[2J\n\tx\n',
    'quill.pth': 'import quill\n',
    'quill/_fast.so': Buffer.from('\x7fELF', 'latin1'),
  },
});
const source = sdist({ name: 'nib', version: '1.0' });
const lying = { ...quill, filename: 'quill-3.0-py3-none-any.whl' };

/** `peep vet` in a directory with these archives, an index and no Python. */
async function vet(...args: readonly string[]) {
  using directory = tempDirectory();
  const path = '/by/quill';
  await using index = await startMockIndex({
    projects: {
      quill: [
        older,
        { ...quill, json: { provenance: path }, uploadTime: '2026-02-03T04:05:06Z', yanked: 'bad' },
      ],
    },
    routes: {
      [path]: { body: JSON.stringify(authority.provenance({ ...quill, identity: github('acme/quill') })) },
    },
  });
  for (const { filename, bytes } of [quill, older, source, lying])
    writeFileSync(directory.join(filename), bytes);
  writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
  const options = ['-i', index.url, '--for', '3.11:any', '--trusted-root', 'root.json'];
  const run = await runPeep(['vet', ...args, ...options], {
    ...{ cwd: directory.path, home: directory.path },
    env: { PATH: directory.path },
  });
  const page = args.includes('--html') ? readFileSync(directory.join('page.html'), 'utf8') : '';
  return {
    ...run,
    page,
    stdout: run.stdout.replaceAll(index.origin, 'ORIGIN'),
    stored: readdirSync(directory.path).includes('cache') && readdirSync(directory.join('cache')).length > 0,
  };
}

describe('peep vet', () => {
  it('shows what an archive of an index is, what runs and who published it; stores nothing of it', async () => {
    const run = await vet('quill==2.0');
    expect(run).toMatchObject({ status: 0 });
    const size = `${quill.bytes.length > 999 ? `${(quill.bytes.length / 1000).toFixed(1)} kB` : `${quill.bytes.length} B`}`;
    expect(run.stdout.replace(/\d+ files of .*/, 'N files')).toBe(`quill 2.0
    quill-2.0-py3-none-any.whl
    ${size}, N files
    sha256:${quill.sha256}
    # sha256: ${Buffer.from(quill.sha256, 'hex').toString('base64url')}
    publisher: github acme/quill release.yml id=1001
    index: ORIGIN/simple/
    uploaded: 2026-02-03T04:05:06Z
    licence: MIT
    needs Python: >=3.9

YANKED from its index
    bad

runs at each start of Python
    quill.pth

native code
    quill/_fast.so

commands and entry points
    [console_scripts] quill = quill:main

scripts
    data/scripts/nib

needs
    inkpot>=2
`);
  });

  it('shows a file, its list, and a page, with nothing that steers', async () => {
    const shown = await vet(quill.filename, '--show', 'quill/__init__.py');
    expect(shown.stdout).toBe('ink = 2\\u{1b}[2J\n\tx\n');
    expect((await vet(quill.filename, '--list')).stdout).toMatch(/^ +\d+ B {2}quill\.pth$/m);
    const { page } = await vet(quill.filename, '--html', 'page.html');
    expect(page).toContain('ink = 2\\u{1b}[2J');
    expect(page).toContain("default-src 'none'");
    const absent = await vet(quill.filename, '--show', 'nothing.py');
    expect(absent).toMatchObject({ status: 2 });
    expect(absent.stderr).toContain(`'${quill.filename}' has no file 'nothing.py'`);
  });

  it('tells what builds a source archive, and what changed beside an older one', async () => {
    expect((await vet(source.filename)).stdout).toContain('runs when it is built\n    ');
    const beside = await vet(quill.filename, older.filename);
    expect(beside.stdout).toContain('new dependency\n    inkpot>=2');
  });

  it('exits with 1 where an install would refuse it', async () => {
    const run = await vet(lying.filename);
    expect(run).toMatchObject({ status: 1 });
    expect(run.stdout).toContain('an install refuses it\n');
    expect(run.stdout).toContain('(wheel-version)');
  });
});
