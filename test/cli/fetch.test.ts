import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseHtmlPage } from '../../src/resolver/pages/html.js';
import { parseJsonPage } from '../../src/resolver/pages/json.js';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const linux = wheel({
  name: 'quill',
  version: '1.0',
  tag: 'cp311-cp311-manylinux_2_17_x86_64',
  files: { 'quill.py': 'os = "linux"\n' },
});
const windows = wheel({
  name: 'quill',
  version: '1.0',
  tag: 'cp312-cp312-win_amd64',
  requiresPython: '>=3.12',
  files: { 'quill.py': 'os = "nt"\n' },
});
const source = sdist({ name: 'quill', version: '1.0', build: 'in-tree' });
const pure = wheel({ name: 'inkpot', version: '2.0', requiresPython: '>=3.8' });
const index = await startMockIndex({
  projects: { quill: [linux, windows, source], inkpot: [{ ...pure, requiresPython: '>=3.8' }] },
});
afterAll(() => index.close());

const pip = (...archives: { readonly sha256: string }[]) =>
  archives.map(({ sha256 }) => ` --hash=sha256:${sha256}`).join('');
const everything = `-i ${index.url}\nquill==1.0${pip(linux, windows, source)}\ninkpot==2.0${pip(pure)}\n`;
const noPython = { PATH: '/nonexistent' };

function files(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

describe('peep fetch', () => {
  it('--all takes every archive that is pinned, without a Python, and writes SHA256SUMS', async () => {
    using directory = tempDirectory();
    writeFileSync(join(directory.path, 'req.txt'), everything);
    const dest = join(directory.path, 'wheels');
    const ran = await runPeep(['fetch', '--all', '-r', 'req.txt', '--dest', dest], {
      cwd: directory.path,
      env: noPython,
    });
    expect(ran).toMatchObject({ status: 0, stdout: '' });
    expect(files(dest)).toEqual(
      [
        'SHA256SUMS',
        'peep-manifest.json',
        pure.filename,
        linux.filename,
        windows.filename,
        source.filename,
      ].sort(),
    );
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: dest, stdio: 'pipe' });
  });

  it('--all says which pinned digest nobody offers, and leaves --dest as it was', async () => {
    using directory = tempDirectory();
    const gone = 'ab'.repeat(32);
    writeFileSync(
      join(directory.path, 'req.txt'),
      `-i ${index.url}\nquill==1.0${pip(linux, { sha256: gone })}\n`,
    );
    const ran = await runPeep(['fetch', '--all', '-r', 'req.txt', '--dest', 'wheels'], {
      cwd: directory.path,
      env: noPython,
    });
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining(`sha256:${gone}`) });
    expect(existsSync(join(directory.path, 'wheels'))).toBe(false);
  });

  it('--all passes over pinned files that no installer takes, and names them', async () => {
    using directory = tempDirectory();
    const bytes = Buffer.from('an egg');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const names = [
      'quill-1.0-py3.9.egg',
      'quill-1.0.win32-py3.9.exe',
      'quill-1.0-1.noarch.rpm',
      'quill-1.0.msi',
    ];
    const eggs = names.map((filename) => ({ filename, bytes, sha256 }));
    await using eggIndex = await startMockIndex({ projects: { quill: [linux, ...eggs] } });
    const line = `quill==1.0${pip(linux, { sha256 })}`;
    writeFileSync(join(directory.path, 'req.txt'), `-i ${eggIndex.url}\n${line}\n`);
    const ran = await runPeep(['fetch', '--all', '-r', 'req.txt', '--dest', 'wheels'], {
      cwd: directory.path,
      env: noPython,
    });
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ status: 0 });
    for (const { filename } of eggs) expect(ran.stderr).toContain(filename);
    expect(ran.stderr).toContain('1 verified, 1 passed over');
    expect(ran.stderr).not.toContain('not for this target');
    expect(files(join(directory.path, 'wheels'))).toContain(linux.filename);
    expect(eggIndex.requests.some(({ path }) => /egg|exe|rpm|msi/.test(path))).toBe(false);
  });

  it('--all does not pass over all that a line pins', async () => {
    using directory = tempDirectory();
    const wheel = { ...linux, filename: 'quill-1.0.win32-py3.9.exe' };
    await using lying = await startMockIndex({ projects: { quill: [wheel] } });
    writeFileSync(directory.join('req.txt'), `-i ${lying.url}\nquill==1.0${pip(linux)}\n`);
    const ran = await runPeep(['fetch', '--all', '-r', 'req.txt', '--dest', 'wheels'], {
      cwd: directory.path,
      env: noPython,
    });
    expect(ran).toMatchObject({ status: 1 });
    expect(ran.stdout.replace(/\s+/g, ' ')).toContain('no index offers the archive of quill==1.0');
    expect(existsSync(directory.join('wheels'))).toBe(false);
  });

  it('--all reports a release that has none of the pinned archives as a mismatch', async () => {
    using directory = tempDirectory();
    writeFileSync(
      join(directory.path, 'req.txt'),
      `-i ${index.url}\nquill==1.0${pip({ sha256: 'ab'.repeat(32) })}\n`,
    );
    const ran = await runPeep(['fetch', '--all', '-r', 'req.txt'], { cwd: directory.path, env: noPython });
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('FREAK OUT') });
  });

  it('--all from the store asks nobody', async () => {
    using directory = tempDirectory();
    writeFileSync(join(directory.path, 'req.txt'), everything);
    const run = (...more: string[]) =>
      runPeep(['fetch', '--all', '-r', 'req.txt', '--cache-dir', join(directory.path, 'store'), ...more], {
        cwd: directory.path,
        env: noPython,
      });
    expect(await run()).toMatchObject({ status: 0 });
    expect(await run('--offline')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('4 from the store'),
    });
  });

  it('--for takes what several targets need, and nothing else', async () => {
    using directory = tempDirectory();
    writeFileSync(join(directory.path, 'req.txt'), everything);
    const targets = ['--for', '3.11:manylinux_2_28_x86_64', '--for', '3.12:win_amd64'];
    const ran = await runPeep(['fetch', '-r', 'req.txt', ...targets, '--dest', 'wheels'], {
      cwd: directory.path,
      env: noPython,
    });
    expect(ran).toMatchObject({ status: 0 });
    expect(files(join(directory.path, 'wheels'))).toEqual(
      ['SHA256SUMS', 'peep-manifest.json', pure.filename, linux.filename, windows.filename].sort(),
    );
  });

  it('--dry-run --report - asks for pages alone', async () => {
    using directory = tempDirectory();
    writeFileSync(join(directory.path, 'req.txt'), everything);
    const before = index.requests.length;
    const ran = await runPeep(
      ['fetch', '-r', 'req.txt', '--for', '3.11:manylinux_2_28_x86_64', '--dry-run', '--report', '-'],
      {
        cwd: directory.path,
        env: noPython,
      },
    );
    expect(ran.status).toBe(0);
    const report = JSON.parse(ran.stdout);
    expect(
      report.requirements.map((entry: { archive: { filename: string } }) => entry.archive.filename),
    ).toEqual([linux.filename, pure.filename]);
    expect(
      index.requests
        .slice(before)
        .map(({ path }) => path)
        .filter((path) => !path.startsWith('/simple/')),
    ).toEqual([]);
  });

  it('--layout simple makes an index that peep and a second run use through file://', async () => {
    using directory = tempDirectory();
    mkdirSync(join(directory.path, 'site'));
    writeFileSync(join(directory.path, 'req.txt'), everything);
    const run = () =>
      runPeep(['fetch', '--all', '-r', 'req.txt', '--dest', 'site', '--layout', 'simple'], {
        cwd: directory.path,
        env: noPython,
      });
    expect(await run()).toMatchObject({ status: 0 });
    const page = readFileSync(join(directory.path, 'site/simple/inkpot/index.html'), 'utf8');
    expect(page).toContain(`${pure.filename}#sha256=${pure.sha256}`);
    expect(
      JSON.parse(readFileSync(join(directory.path, 'site/simple/inkpot/index.json'), 'utf8')).files[0],
    ).toMatchObject({
      filename: pure.filename,
      hashes: { sha256: pure.sha256 },
    });
    // A second run over the same directory adds nothing and breaks nothing.
    expect(await run()).toMatchObject({ status: 0 });
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: join(directory.path, 'site'),
      stdio: 'pipe',
    });
    const local = `-i ${pathToFileURL(join(directory.path, 'site/simple')).href}\n${everything.split('\n').slice(1).join('\n')}`;
    writeFileSync(join(directory.path, 'local.txt'), local);
    const ran = await runPeep(
      ['fetch', '--all', '-r', 'local.txt', '--cache-dir', join(directory.path, 'other')],
      { cwd: directory.path, env: noPython },
    );
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('4 verified') });
  });

  it('--layout simple keeps what the index says of each archive, also for those of an earlier run', async () => {
    using directory = tempDirectory();
    const old = wheel({ name: 'inkpot', version: '0.9' });
    const described = { ...old, requiresPython: '>=3.6, <4', yanked: 'breaks <all> & "more"' };
    await using index_ = await startMockIndex({
      projects: { inkpot: [described, { ...pure, requiresPython: '>=3.8', yanked: true }] },
    });
    const run = (line: string) => {
      writeFileSync(directory.join('r.txt'), line);
      const options = ['-i', index_.url, '--dest', 'site', '--layout', 'simple'];
      return runPeep(['fetch', '--for', '3.11:any', '-r', 'r.txt', ...options], { cwd: directory.path });
    };
    expect(await run(`inkpot==0.9 --hash=sha256:${old.sha256}\n`)).toMatchObject({ status: 0 });
    const [, version = ''] = pure.filename.split('-');
    expect(await run(`inkpot==${version} --hash=sha256:${pure.sha256}\n`)).toMatchObject({ status: 0 });
    const origin = { index: 'site', url: 'file:///site/', source: 'index', order: 0 } as const;
    const page = (name: string) => readFileSync(directory.join('site/simple/inkpot', name));
    for (const { links } of [
      parseJsonPage(page('index.json'), origin),
      parseHtmlPage(page('index.html').toString(), origin),
    ]) {
      const said = Object.fromEntries(
        links.map((link) => [link.filename, [link.requiresPython, link.yanked]]),
      );
      expect(said).toEqual({
        [old.filename]: [described.requiresPython, described.yanked],
        [pure.filename]: ['>=3.8', ''],
      });
    }
  });

  it.skipIf(process.platform === 'win32')('refuses a --dest whose list is no file', async () => {
    using directory = tempDirectory();
    mkdirSync(directory.join('out'));
    execFileSync('mkfifo', [directory.join('out/SHA256SUMS')]);
    writeFileSync(directory.join('req.txt'), `quill==1.0 --hash=sha256:${linux.sha256}\n`);
    const args = ['fetch', '-r', 'req.txt', '--for', '3.11:manylinux_2_28_x86_64', '-i', index.url];
    const { status, stderr } = await runPeep([...args, '--dest', 'out'], { cwd: directory.path });
    expect(status).toBe(1);
    expect(stderr).toContain('cannot read its SHA256SUMS: it is not a regular file');
  });

  it('refuses a --dest whose list names what no archive is called', async () => {
    using directory = tempDirectory();
    mkdirSync(directory.join('out/files'), { recursive: true });
    const name = '<img src=x onerror=alert(1)>-1.0.tar.gz';
    writeFileSync(directory.join(`out/files/${name}`), '');
    const sha256 = createHash('sha256').digest('hex');
    writeFileSync(directory.join('out/SHA256SUMS'), `${sha256}  files/${name}\n`);
    writeFileSync(directory.join('req.txt'), `quill==1.0 --hash=sha256:${linux.sha256}\n`);
    const args = ['fetch', '-r', 'req.txt', '--for', '3.11:manylinux_2_28_x86_64', '-i', index.url];
    const { status, stderr } = await runPeep([...args, '--dest', 'out', '--layout', 'simple'], {
      cwd: directory.path,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('which is not a valid archive name');
  });

  it('refuses a --dest whose own list does not hold', async () => {
    using directory = tempDirectory();
    writeFileSync(join(directory.path, 'req.txt'), everything);
    mkdirSync(join(directory.path, 'wheels'));
    writeFileSync(join(directory.path, 'wheels/other-1.0.tar.gz'), 'changed');
    writeFileSync(join(directory.path, 'wheels/SHA256SUMS'), `${'0'.repeat(64)}  other-1.0.tar.gz\n`);
    const ran = await runPeep(['fetch', '--all', '-r', 'req.txt', '--dest', 'wheels'], {
      cwd: directory.path,
      env: noPython,
    });
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('SHA256SUMS') });
    expect(files(join(directory.path, 'wheels'))).toEqual(['SHA256SUMS', 'other-1.0.tar.gz']);
  });
});

it('a dead index is waited for once, whatever the number of pins, and it is told', async () => {
  using directory = tempDirectory();
  const index = await startMockIndex({ projects: {} });
  const { url } = index;
  await index[Symbol.asyncDispose]();
  const pins = Array.from({ length: 40 }, (_, i) => `p${i}==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
  writeFileSync(directory.join('req.txt'), pins.join(''));
  const { status, stderr } = await runPeep(
    ['fetch', '-r', 'req.txt', '--for', '3.11:any', '-i', url, '--retries', '1', '--jobs', '4'],
    { cwd: directory.path },
  );
  expect(status).toBe(1);
  expect(stderr.match(/trying again in/g)).toHaveLength(1);
});
