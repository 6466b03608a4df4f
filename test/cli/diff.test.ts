import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { defaultPython } from '../support/pythons.js';
import { runPeep } from '../support/run-peep.js';
import { github, newTestAuthority } from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';

const python = await defaultPython();

const old = wheel({
  name: 'quill',
  version: '1.0',
  files: { 'quill/__init__.py': 'ink = 1\n', 'quill/gone.py': 'x\n' },
});
const fresh = wheel({
  name: 'quill',
  version: '2.0',
  requiresDist: ['inkpot>=2'],
  entryPoints: { console_scripts: { quill: 'quill:main' } },
  files: {
    'quill/__init__.py': 'ink = 2\n',
    'quill.pth': 'import quill\n',
    'quill/_fast.so': Buffer.from([0, 1, 2]),
  },
});

function write(directory: string, archive: { readonly filename: string; readonly bytes: Buffer }): string {
  const path = join(directory, archive.filename);
  writeFileSync(path, archive.bytes);
  return path;
}

describe('peep diff -r', () => {
  const lockOf = (origin: string, sha256: string) => `version = 1
requires-python = ">=3.8"
[[package]]
name = "example"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "quill" }, { name = "nib", marker = "sys_platform == 'win32'" }]
[[package]]
name = "nib"
version = "1.0"
source = { registry = "${origin}/simple/" }
[[package]]
name = "quill"
version = "1.0"
source = { registry = "${origin}/simple/" }
wheels = [{ url = "${origin}/files/quill/${old.filename}", hash = "sha256:${sha256}" }]
`;

  it('takes a name alone for the archive that a lock file pins, and holds it to its digest', async () => {
    await using index = await startMockIndex({ projects: { quill: [old, fresh] } });
    using directory = tempDirectory();
    const { origin } = new URL(index.url);
    writeFileSync(directory.join('uv.lock'), lockOf(origin, old.sha256));
    const diff = (...args: string[]) =>
      runPeep(['diff', '-r', 'uv.lock', '--for', '3.11:any', '-i', index.url, ...args], {
        cwd: directory.path,
      });
    const run = await diff('quill', 'quill==2.0', '--stat');
    expect(run.stdout).toMatch(/^old quill-1\.0-/m);
    expect(run.stdout).toContain('quill/gone.py');
    expect(run.status).toBe(1);
    expect(await diff('nib', 'quill')).toMatchObject({
      ...{ status: 2, stderr: expect.stringContaining("no file of -r pins 'nib' for the target") },
    });
    writeFileSync(directory.join('uv.lock'), lockOf(origin, 'ab'.repeat(32)));
    const other = await diff('quill', 'quill==2.0');
    expect(other).toMatchObject({ status: 1, stdout: '' });
    expect(other.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'its archive has none of the digests that are pinned',
    );
  });
});

describe('peep diff --all', () => {
  const release = (version: string, tags: readonly string[]) =>
    tags.map((tag) =>
      wheel({ name: 'quill', version, tag, files: { 'quill/__init__.py': `ink = "${version} ${tag}"\n` } }),
    );

  it('compares the archives of each platform, and names those without a counterpart', async () => {
    const one = [...release('1.0', ['cp311-cp311-win_amd64', 'cp38-cp38-win_amd64', 'py3-none-any'])];
    const two = [...release('2.0', ['cp311-cp311-win_amd64', 'cp313-cp313-win_amd64', 'py3-none-any'])];
    await using index = await startMockIndex({
      projects: { quill: [...one, ...two, sdist({ name: 'quill', version: '1.0' })] },
    });
    using directory = tempDirectory();
    const args = ['diff', 'quill==1.0', 'quill==2.0', '-i', index.url, '--all'];
    const run = await runPeep([...args, '--stat', '--report', 'all.json'], { cwd: directory.path });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(1);
    expect(run.stdout.match(/^old quill-1\.0-\S+/gm)).toHaveLength(2);
    expect(run.stdout).toMatch(/^new quill-2\.0-cp311-cp311-win_amd64\.whl/m);
    expect(run.stdout).toContain('\nonly in quill==1.0: quill-1.0-cp38-cp38-win_amd64.whl\n');
    expect(run.stdout).toContain('\nonly in quill==1.0: quill-1.0.tar.gz\n');
    expect(run.stdout).toContain('\nonly in quill==2.0: quill-2.0-cp313-cp313-win_amd64.whl\n');
    const report = JSON.parse(readFileSync(directory.join('all.json'), 'utf8'));
    expect(report.comparisons).toHaveLength(2);
    expect(report.only_new).toEqual(['quill-2.0-cp313-cp313-win_amd64.whl']);
    const file = await runPeep(['diff', 'a.whl', 'b.whl', '--all', '-i', index.url], { cwd: directory.path });
    expect(file.stderr).toContain("--all is for releases; 'a.whl' is not name==version");
  });
});

describe('peep diff', () => {
  it('shows a change of publisher before anything else', async () => {
    const authority = newTestAuthority();
    const releases = [
      [old, 'acme/quill', '1'],
      [fresh, 'evil/quill', '2'],
      [wheel({ name: 'quill', version: '3.0' }), 'acme/feather', '1'],
      [wheel({ name: 'quill', version: '4.0' }), undefined, ''],
      [wheel({ name: 'quill', version: '5.0' }), '', ''],
    ] as const;
    await using index = await startMockIndex({
      projects: {
        quill: releases.map(([file, by]) =>
          by === undefined ? file : { ...file, json: { provenance: `/by/${file.filename}` } },
        ),
      },
      routes: Object.fromEntries(
        releases.flatMap(([file, by, id]) => {
          if (by === undefined || by === '') return [];
          const identity = github(by, { id });
          return [
            [`/by/${file.filename}`, { body: JSON.stringify(authority.provenance({ ...file, identity })) }],
          ];
        }),
      ),
    });
    using directory = tempDirectory();
    writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
    const diff = async (from: string, to: string) => {
      const names = [`quill==${from}`, `quill==${to}`] as const;
      const options = ['-i', index.url, '--for', '3.11:any', '--trusted-root', 'root.json', '--stat'];
      const run = await runPeep(['diff', ...names, ...options], { cwd: directory.path });
      // The first lines name the archives; then comes what is to be seen first.
      return run.stdout.split('\n\n')[1]?.split('\n').slice(0, 2).join(' ') ?? run.stderr;
    };
    const [acme, evil] = ['github acme/quill release.yml id=1', 'github evil/quill release.yml id=2'];
    expect(await diff('1.0', '2.0')).toBe(`PUBLISHER CHANGED     ${acme} → ${evil}`);
    expect(await diff('1.0', '3.0')).toMatch(/^publisher renamed\b.*acme\/feather/);
    expect(await diff('1.0', '4.0')).toBe(
      `PUBLISHER NO LONGER PROVEN     ${acme} → not proven (no attestations found)`,
    );
    expect(await diff('1.0', '5.0')).toMatch(/^publisher not known .* not known: the index announces/);
    expect(await diff('4.0', '1.0')).toMatch(/^publisher proven for the first time/);
  });

  it('shows first what runs, then each file, and exits with 1', async () => {
    using directory = tempDirectory();
    const { status, stdout } = await runPeep([
      'diff',
      write(directory.path, old),
      write(directory.path, fresh),
    ]);
    expect(status).toBe(1);
    const shown = stdout.indexOf('added, ');
    for (const text of ['inkpot>=2', '[console_scripts] quill = quill:main', 'quill.pth', 'quill/_fast.so']) {
      expect(stdout.indexOf(text)).toBeGreaterThan(0);
      expect(stdout.indexOf(text)).toBeLessThan(shown);
    }
    expect(stdout).toContain('-ink = 1\n+ink = 2\n');
    expect(stdout).toContain('- quill/gone.py');
    expect(stdout).toContain(`sha256:${fresh.sha256}`);
  });

  it('lists the files of the page with links; sections are closed where there are many', async () => {
    using directory = tempDirectory();
    const many = (version: string, count: number) =>
      wheel({
        name: 'quill',
        version,
        files: Object.fromEntries(
          Array.from({ length: count }, (_, i) => [`quill/m${i}.py`, `v = '${version}'\n`]),
        ),
      });
    for (const [count, open] of [
      [3, true],
      [60, false],
    ] as const) {
      const paths = [many('1.0', count), many('2.0', count)].map((file) => write(directory.path, file));
      await runPeep(['diff', ...paths, '--stat', '--html', directory.join('page.html')]);
      const page = readFileSync(directory.join('page.html'), 'utf8');
      const ids = [...page.matchAll(/<a href="#(f\d+)">changed: /g)].map(([, id]) => id);
      expect(ids.length).toBeGreaterThanOrEqual(count);
      for (const id of ids) expect(page).toContain(`<details id="${id}"${open ? ' open' : ''}>`);
    }
  });

  it('takes a --path without a slash for a name, and says when nothing matches', async () => {
    using directory = tempDirectory();
    const paths = [write(directory.path, old), write(directory.path, fresh)] as const;
    const named = await runPeep(['diff', ...paths, '--path', '__init__.py', '--name-only']);
    expect(named).toMatchObject({ status: 1, stdout: '* quill/__init__.py\n' });
    const nothing = await runPeep(['diff', ...paths, '--path', 'version.py']);
    expect(nothing.status).toBe(2);
    expect(nothing.stderr).toContain('no file of either archive matches --path version.py');
  });

  it('is not blinded by directories that are named as it names others', async () => {
    using directory = tempDirectory();
    const decoys = {
      'dist-info/METADATA': 'Metadata-Version: 2.1\nName: quill\nVersion: 1\n',
      'data/purelib/evil.pth': '',
    };
    const harmless = wheel({ name: 'quill', version: '1.0', files: decoys });
    const harmful = wheel({
      name: 'quill',
      version: '1.1',
      files: decoys,
      data: { 'purelib/evil.pth': 'import os\n' },
      requiresDist: ['malware'],
    });
    const paths = [write(directory.path, harmless), write(directory.path, harmful)] as const;
    const { status, stdout } = await runPeep(['diff', ...paths]);
    expect(status).toBe(1);
    for (const text of ['malware', 'evil.pth', '+import os']) expect(stdout).toContain(text);
  });

  it('takes a ZIP and a tar of one project for equal, and exits with 0', async () => {
    using directory = tempDirectory();
    const [tar, zip] = (['tar.gz', 'zip'] as const).map((format) =>
      write(directory.path, sdist({ name: 'quill', version: '1.0', format })),
    );
    const { status, stdout } = await runPeep(['diff', tar ?? '', zip ?? '']);
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('The contents are equal.'),
    });
  });

  it('limits the look by --path, and the detail by --name-only', async () => {
    using directory = tempDirectory();
    const paths = [write(directory.path, old), write(directory.path, fresh)];
    const { status, stdout } = await runPeep(['diff', ...paths, '--name-only', '--path', 'quill/**']);
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: '* quill/__init__.py\n+ quill/_fast.so\n- quill/gone.py\n',
    });
  });

  it('shows what would steer a terminal, and escapes it in the page', async () => {
    using directory = tempDirectory();
    const sly = wheel({
      name: 'quill',
      version: '2.0',
      files: { 'quill/__init__.py': '<script>\u001b[2Jx\u202e\n' },
    });
    const page = join(directory.path, 'diff.html');
    const { stdout } = await runPeep([
      'diff',
      write(directory.path, old),
      write(directory.path, sly),
      '--html',
      page,
    ]);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    const html = readFileSync(page, 'utf8');
    expect(html).not.toMatch(/<script|[\u001b\u202e]|https?:/);
    expect(html).toContain('&#60;script&#62;');
  });

  it('refuses an archive whose framing cannot be trusted', async () => {
    using directory = tempDirectory();
    const bad = {
      filename: 'quill-3.0-py3-none-any.whl',
      bytes: Buffer.concat([Buffer.from('MZ'), old.bytes]),
    };
    const { status, stderr } = await runPeep([
      'diff',
      write(directory.path, old),
      write(directory.path, bad),
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/zip-/);
  });

  it('says what it cannot read, and how it is called', async () => {
    expect(await runPeep(['diff', 'a.whl'])).toMatchObject({ status: 2 });
    expect(await runPeep(['diff', 'absent-1.0.whl', 'b.whl'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('absent-1.0.whl'),
    });
  });

  it.skipIf(python === undefined)('compares two releases of an index, and stores neither', async () => {
    using directory = tempDirectory();
    mkdirSync(join(directory.path, 'home'));
    await using index = await startMockIndex({ projects: { quill: [old, fresh] } });
    const { status, stdout } = await runPeep(
      [
        'diff',
        '-i',
        index.url,
        '--python',
        python?.path ?? '',
        '--cache-dir',
        join(directory.path, 'store'),
        '--stat',
        'quill==1.0',
        'quill==2.0',
      ],
      { home: join(directory.path, 'home') },
    );
    expect({ status, stdout }).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('3 added, 1 removed'),
    });
    expect(
      readdirSync(directory.path, { recursive: true }).filter((name) => String(name).endsWith('.whl')),
    ).toEqual([]);
  });
});
