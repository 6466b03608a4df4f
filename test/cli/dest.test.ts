import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/files/lock-file.js';
import { lockName } from '../../src/run/directory-lock.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Finished, printed, runPeep, startPeep } from '../support/run-peep.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';

const old = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = 1\n' } });
const young = wheel({ name: 'quill', version: '1.1', files: { 'quill.py': 'ink = 2\n' } });
const linux = wheel({ name: 'inkpot', version: '2.0', tag: 'cp311-cp311-manylinux_2_17_x86_64' });
const windows = wheel({ name: 'inkpot', version: '2.0', tag: 'cp312-cp312-win_amd64' });
const other = wheel({ name: 'paper', version: '3.0' });
const index = await startMockIndex({
  projects: { quill: [old, young], inkpot: [linux, windows], paper: [other] },
});
afterAll(() => index.close());

const schema = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../docs/manifest.schema.json', import.meta.url)), 'utf8'),
);
const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);

const pins = (...archives: { readonly sha256: string }[]): string =>
  archives.map(({ sha256 }) => ` --hash=sha256:${sha256}`).join('');
const shop = `quill==1.0${pins(old)}\ninkpot==2.0${pins(linux, windows)}\n`;
const reports = `quill==1.1${pins(young)}\n`;

/** A directory with the files of two projects, and peep in it, from a store that is new for each call. */
function project() {
  const directory = tempDirectory();
  mkdirSync(directory.join('locks/reports'), { recursive: true });
  writeFileSync(directory.join('locks/requirements-shop.txt'), shop);
  writeFileSync(directory.join('locks/reports/requirements.txt'), reports);
  writeFileSync(directory.join('locks/README.txt'), 'not a list of requirements\n');
  const peep = (...args: string[]): Promise<Finished> =>
    runPeep(args, { cwd: directory.path, env: { PIP_INDEX_URL: index.url } });
  const fetch = (...args: string[]) => peep('fetch', '--all', '--dest', 'out', ...args);
  return Object.assign(directory, { peep, fetch });
}

const both = ['-r', 'locks/requirements-shop.txt', '-r', 'locks/reports/requirements.txt'];

function archivesIn(directory: TempDirectory, below = 'out'): string[] {
  return readdirSync(directory.join(below)).filter((name) => name.endsWith('.whl'));
}

function sumsHold(directory: TempDirectory): void {
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], {
    cwd: directory.join('out'),
    stdio: 'pipe',
  });
}

function manifest(directory: TempDirectory) {
  const found = JSON.parse(readFileSync(directory.join('out/peep-manifest.json'), 'utf8'));
  validate(found);
  expect(validate.errors ?? []).toEqual([]);
  return found;
}

describe('peep fetch --dest', () => {
  it('takes several files that pin different versions, and several targets', async () => {
    using directory = project();
    expect(await directory.fetch(...both)).toMatchObject({ status: 0 });
    expect(archivesIn(directory)).toEqual(
      [old, young, linux, windows].map(({ filename }) => filename).sort(),
    );
    const targets = ['--for', '3.11:manylinux_2_28_x86_64', '--for', '3.12:win_amd64'];
    const some = await directory.peep('fetch', ...both, ...targets, '--dest', 'some');
    expect(some).toMatchObject({ status: 0 });
    expect(archivesIn(directory, 'some')).toHaveLength(4);
    // An install must not: it is one environment.
    const install = await directory.peep('install', ...both, '--dry-run');
    expect(install).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("'quill==1.1' and 'quill==1.0'"),
    });
  });

  it('is written by one peep at a time: the others wait with a word, and lose nothing', async () => {
    using directory = project();
    const pinned = [old, linux, windows, other].map(({ filename, sha256 }) => {
      const [name = '', version = ''] = filename.split('-');
      writeFileSync(directory.join(`${filename}.txt`), `${name}==${version} --hash=sha256:${sha256}\n`);
      return ['fetch', '--all', '--dest', 'out', '-r', `${filename}.txt`];
    });
    mkdirSync(directory.join('out'));
    const lock = directory.join(`out/${lockName}`);
    const release = await takeLock(lock, { onWait: () => undefined, pause: () => setImmediate() });
    const options = { cwd: directory.path, env: { PIP_INDEX_URL: index.url } };
    const running = pinned.map((args) => startPeep(args, options));
    await Promise.all(
      running.map((each) => printed(each, /waiting for another peep that is changing '.*out'/)),
    );
    expect(archivesIn(directory)).toEqual([]);
    release();
    for (const { finished } of running) expect(await finished).toMatchObject({ status: 0 });
    expect(archivesIn(directory)).toHaveLength(4);
    expect(manifest(directory).archives).toHaveLength(4);
    expect(existsSync(lock)).toBe(false);
    sumsHold(directory);
  });

  it('adds to what is there, writes nothing twice, and says in a manifest what it knows', async () => {
    using directory = project();
    expect(await directory.fetch('-r', 'locks/requirements-shop.txt')).toMatchObject({ status: 0 });
    const before = statSync(directory.join(`out/${old.filename}`));
    const ran = await directory.fetch(...both);
    expect(ran).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('wrote 1 archive to out, 3 were already there'),
    });
    expect(statSync(directory.join(`out/${old.filename}`)).ino).toBe(before.ino);
    rmSync(directory.join('locks/requirements-shop.txt'));
    expect(await directory.fetch('-r', 'locks/reports/requirements.txt')).toMatchObject({ status: 0 });
    sumsHold(directory);
    const found = manifest(directory);
    expect(found).toMatchObject({
      ...{ version: 1, layout: 'flat', targets: null, indexes: [index.url] },
      requirements: ['locks/reports/requirements.txt'],
    });
    expect(found.archives.map(({ path }: { path: string }) => path)).toEqual(archivesIn(directory));
    const [, , first, second] = found.archives;
    expect(first).toMatchObject({
      ...{ path: old.filename, sha256: old.sha256, size: old.bytes.length, name: 'quill', version: '1.0' },
      pins: [{ requirement: 'quill==1.0', file: 'locks/requirements-shop.txt', line: 1 }],
      ...{ index: index.url, publishers: [], provenance: null },
    });
    expect(first.url).toMatch(/^http/);
    expect(Date.parse(second.verified_at)).toBeGreaterThanOrEqual(Date.parse(first.verified_at));
  });

  it('writes again what was damaged, and refuses what it does not know', async () => {
    using directory = project();
    await directory.fetch(...both);
    writeFileSync(directory.join(`out/${old.filename}`), 'damaged');
    expect(await directory.fetch('-r', 'locks/requirements-shop.txt')).toMatchObject({ status: 0 });
    sumsHold(directory);
    writeFileSync(directory.join(`out/${young.filename}`), 'damaged');
    const ran = await directory.fetch('-r', 'locks/requirements-shop.txt');
    expect(ran).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('does not match its own SHA256SUMS'),
    });
  });

  it('refuses two archives of one name', async () => {
    using directory = project();
    const twin = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = 3\n' } });
    await using second = await startMockIndex({ projects: { quill: [twin] } });
    writeFileSync(directory.join('twin.txt'), `quill==1.0${pins(twin)}\n`);
    const more = ['-r', 'twin.txt', '--extra-index-url', second.url];
    const ran = await directory.fetch('-r', 'locks/requirements-shop.txt', ...more);
    expect(ran).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`two archives named '${old.filename}'`),
    });
    expect(existsSync(directory.join('out/SHA256SUMS'))).toBe(false);
  });

  it.each(['flat', 'simple'])(
    '--mirror keeps exactly what the files of a directory pin: %s',
    async (layout) => {
      using directory = project();
      writeFileSync(directory.join('more.txt'), `paper==3.0${pins(other)}\n`);
      const run = (...args: string[]) => directory.fetch('--layout', layout, ...args);
      expect(await run('-r', 'locks', '-r', 'more.txt')).toMatchObject({ status: 0 });
      writeFileSync(directory.join('out/mine.txt'), 'not of peep');
      writeFileSync(directory.join('locks/requirements-shop.txt'), `quill==1.0${pins(old)}\n`);
      const ran = await run('-r', 'locks', '--mirror');
      expect(ran.status).toBe(0);
      const prefix = layout === 'flat' ? '' : 'files/';
      for (const { filename } of [linux, windows, other])
        expect(ran.stderr).toContain(`removed ${prefix}${filename} from out`);
      expect(archivesIn(directory, `out/${prefix}`)).toEqual([old.filename, young.filename]);
      sumsHold(directory);
      expect(readdirSync(directory.join('out')).filter((name) => name.startsWith('.'))).toEqual([]);
      expect(readFileSync(directory.join('out/mine.txt'), 'utf8')).toBe('not of peep');
      expect(manifest(directory).archives).toHaveLength(2);
      if (layout === 'simple')
        expect(readdirSync(directory.join('out/simple')).sort()).toEqual([
          'index.html',
          'index.json',
          'quill',
        ]);
    },
  );

  it('--mirror removes nothing where something did not verify, or another program wrote there', async () => {
    using directory = project();
    await directory.fetch(...both);
    writeFileSync(directory.join('bad.txt'), `paper==3.0${pins({ sha256: '0'.repeat(64) })}\n`);
    expect(await directory.fetch('-r', 'bad.txt', '--mirror')).toMatchObject({ status: 1 });
    expect(archivesIn(directory)).toHaveLength(4);
    writeFileSync(directory.join(`out/${young.filename}`), 'not what peep wrote');
    const ran = await directory.fetch('-r', 'locks/requirements-shop.txt', '--mirror');
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining(young.filename) });
    expect(archivesIn(directory)).toHaveLength(4);
  });

  it('--mirror replaces an archive whose pin moved to other bytes', async () => {
    using directory = project();
    await directory.fetch('-r', 'locks/requirements-shop.txt');
    const rebuilt = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = 4\n' } });
    await using second = await startMockIndex({ projects: { quill: [rebuilt] } });
    writeFileSync(directory.join('rebuilt.txt'), `-i ${second.url}\nquill==1.0${pins(rebuilt)}\n`);
    expect(await directory.fetch('-r', 'rebuilt.txt')).toMatchObject({ status: 1 });
    expect(await directory.fetch('-r', 'rebuilt.txt', '--mirror')).toMatchObject({ status: 0 });
    sumsHold(directory);
    expect(archivesIn(directory)).toEqual([rebuilt.filename]);
  });

  it('says which directory holds no file of requirements, and that --mirror needs --dest', async () => {
    using directory = project();
    mkdirSync(directory.join('empty'));
    expect(await directory.fetch('-r', 'empty')).toMatchObject({
      ...{ status: 1, stderr: expect.stringContaining("cannot read the directory 'empty'") },
    });
    expect(await directory.peep('fetch', ...both, '--mirror')).toMatchObject({ status: 2 });
  });

  it('believes nothing of a manifest that somebody else wrote', async () => {
    using directory = project();
    await directory.fetch(...both);
    const forged = manifest(directory);
    for (const archive of forged.archives) archive.pins = [{ requirement: 'quill', file: 'x', line: 'one' }];
    forged.archives[0].path = '../outside';
    writeFileSync(directory.join('out/peep-manifest.json'), JSON.stringify(forged));
    expect(await directory.fetch('-r', 'locks/reports/requirements.txt')).toMatchObject({ status: 0 });
    expect(manifest(directory).archives[0]).toMatchObject({ pins: [], url: null, verified_at: null });
    sumsHold(directory);
  });
});

describe('peep store import', () => {
  /** A directory that crossed: `out` of the files, less what `pins` do not name. */
  async function crossed(layout = 'simple') {
    const directory = project();
    expect(await directory.fetch(...both, '--layout', layout)).toMatchObject({ status: 0 });
    const store = ['--cache-dir', directory.join('inside')];
    const peep = (...args: string[]) => runPeep([...args, ...store], { cwd: directory.path });
    const listed = async () =>
      (await peep('store', 'list')).stdout.split('\n').flatMap((line) => line.split(/ +/)[3] ?? []);
    return Object.assign(directory, { inside: peep, listed });
  }
  const nobodyAsked = () => {
    const before = index.requests.length;
    return () => expect(index.requests.length).toBe(before);
  };

  it.each(['flat', 'simple'])('takes in what fetch --dest wrote, without a network: %s', async (layout) => {
    using directory = await crossed(layout);
    const check = nobodyAsked();
    const ran = await directory.inside('store', 'import', 'out', '--trust-sums');
    expect(ran).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^imported 4 archives \(.*\) from out\n$/),
    });
    const fetch = ['fetch', '--offline', '--all', ...both] as const;
    expect(await directory.inside(...fetch)).toMatchObject({ status: 0 });
    check();
  });

  it('takes in only what a file pins', async () => {
    using directory = await crossed();
    rmSync(directory.join('out/SHA256SUMS'));
    const ran = await directory.inside('store', 'import', 'out', '-r', 'locks/reports/requirements.txt');
    expect(ran).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('left out 3 archives that no file pins'),
    });
    expect(await directory.listed()).toEqual([young.filename]);
  });

  it.each([
    ['by its list', ['--trust-sums']],
    ['by the pins', both],
  ])('stores nothing of an archive that is not the expected one, and the others: %s', async (_, files) => {
    using directory = await crossed();
    const evil = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = "evil"\n' } });
    writeFileSync(directory.join(`out/files/${old.filename}`), evil.bytes);
    const ran = await directory.inside('store', 'import', 'out', ...files, '--report', 'report.json');
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('FREAK OUT') });
    expect(await directory.listed()).toEqual([linux, windows, young].map(({ filename }) => filename).sort());
    expect(JSON.parse(readFileSync(directory.join('report.json'), 'utf8'))).toMatchObject({
      ...{ command: 'store', action: 'import', exit_code: 1 },
      bad: [{ path: `files/${old.filename}` }],
    });
  });

  it('reports a changed archive also where its list was changed with it', async () => {
    using directory = await crossed();
    const evil = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = "evil"\n' } });
    writeFileSync(directory.join(`out/files/${old.filename}`), evil.bytes);
    const list = readFileSync(directory.join('out/SHA256SUMS'), 'utf8').replace(old.sha256, evil.sha256);
    writeFileSync(directory.join('out/SHA256SUMS'), list);
    const ran = await directory.inside('store', 'import', 'out', ...both);
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('FREAK OUT') });
    expect(await directory.listed()).not.toContain(old.filename);
  });

  it('looks inside before it stores', async () => {
    using directory = project();
    mkdirSync(directory.join('out'));
    const lying = { ...old, filename: 'paper-1.0-py3-none-any.whl' };
    writeFileSync(directory.join(`out/${lying.filename}`), lying.bytes);
    writeFileSync(directory.join('out/SHA256SUMS'), `${lying.sha256}  ${lying.filename}\n`);
    const inside = ['--cache-dir', directory.join('inside')];
    const ran = await directory.peep('store', 'import', 'out', '--trust-sums', ...inside);
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('paper==1.0') });
    expect((await directory.peep('store', 'list', ...inside)).stdout).toBe('');
  });

  it('says what the list names and the directory does not have', async () => {
    using directory = await crossed();
    rmSync(directory.join(`out/files/${old.filename}`));
    const ran = await directory.inside('store', 'import', 'out', '--trust-sums');
    expect(ran).toMatchObject({ status: 1, stdout: expect.stringContaining('No archive found for:') });
    expect(await directory.listed()).toHaveLength(3);
  });

  // P2: the list came with the archives.
  it.each([
    ['without pins', [], "error: nothing says which archives of 'out' are expected\n"],
    ['with pins and --trust-sums', [...both, '--trust-sums'], '--trust-sums cannot be used with -r'],
  ])('trusts a list only where asked: %s', async (_, files, stderr) => {
    using directory = await crossed();
    const ran = await directory.inside('store', 'import', 'out', ...files);
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining(stderr) });
    expect(await directory.listed()).toEqual([]);
  });

  it.each([
    ['an archive that is a link', (d: TempDirectory) => link(d, `files/${old.filename}`)],
    ['a directory that is a link', (d: TempDirectory) => link(d, 'files')],
    ['a list that is a link', (d: TempDirectory) => link(d, 'SHA256SUMS')],
    ['provenance that is a pipe', (d: TempDirectory) => pipe(d, `files/${old.filename}.provenance`)],
    ['a list that is a pipe', (d: TempDirectory) => pipe(d, 'SHA256SUMS')],
    ['a path outside in the list', (d: TempDirectory) => list(d, '../other-1.0.tar.gz')],
    ['an absolute path in the list', (d: TempDirectory) => list(d, '/tmp/other-1.0.tar.gz')],
    ['a name that no archive has', (d: TempDirectory) => writeFileSync(d.join('out/-x-1.0.tar.gz'), '')],
  ])('refuses %s, and stores nothing', async (_, spoil) => {
    using directory = await crossed();
    spoil(directory);
    const ran = await directory.inside('store', 'import', 'out', '--trust-sums');
    expect(ran).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cannot import archives from 'out'"),
    });
    expect(await directory.listed()).toEqual([]);
  });

  function link(directory: TempDirectory, path: string): void {
    const real = directory.join('elsewhere');
    execFileSync('mv', [directory.join(`out/${path}`), real]);
    symlinkSync(real, directory.join(`out/${path}`));
  }

  function pipe(directory: TempDirectory, path: string): void {
    rmSync(directory.join(`out/${path}`), { force: true });
    execFileSync('mkfifo', [directory.join(`out/${path}`)]);
  }

  function list(directory: TempDirectory, path: string): void {
    const sha256 = createHash('sha256').digest('hex');
    writeFileSync(directory.join('out/SHA256SUMS'), `${sha256}  ${path}\n`);
  }
});
