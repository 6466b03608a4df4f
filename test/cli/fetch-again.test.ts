import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';

/** As lock tools pin: the archives of every platform, of which one fits. */
const projects = Array.from({ length: 12 }, (_, i) => {
  const name = `project${i}`;
  const of = (tag: string) =>
    wheel({ name, version: '1.0', tag, files: { [`${name}.py`]: `tag = "${tag}"\n` } });
  return {
    name,
    files: [
      of('cp311-cp311-manylinux_2_17_x86_64'),
      of('cp312-cp312-win_amd64'),
      of('cp311-cp311-macosx_11_0_arm64'),
    ],
    others: [wheel({ name, version: '0.9' }), wheel({ name, version: '1.1' })],
  };
});
const index = await startMockIndex({
  projects: Object.fromEntries(projects.map(({ name, files, others }) => [name, [...files, ...others]])),
});
afterAll(() => index.close());

const lock = projects
  .map(({ name, files }) => `${name}==1.0${files.map(({ sha256 }) => ` --hash=sha256:${sha256}`).join('')}\n`)
  .join('');
const target = ['--for', '3.11:manylinux_2_17_x86_64'];

/** Runs `peep fetch` and answers what the index was asked. */
async function fetch(directory: TempDirectory, ...more: string[]) {
  writeFileSync(directory.join('lock.txt'), `-i ${index.url}\n${lock}`);
  const before = index.requests.length;
  const { status, stderr } = await runPeep(
    ['fetch', '-r', 'lock.txt', ...target, '--cache-dir', 'cache', ...more],
    { cwd: directory.path, env: { PATH: '/nonexistent' } },
  );
  const asked = index.requests.slice(before);
  return {
    status,
    stderr,
    pages: asked.filter(({ path }) => path.startsWith('/simple/')).length,
    archives: asked.filter(({ path }) => path.startsWith('/files/')).length,
  };
}

function listings(directory: TempDirectory): string[] {
  const root = directory.join('cache/v1/listings');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => /[0-9a-f]{64}$/.test(path));
}

describe('pins with several digests', () => {
  it('are fetched once: the next run asks nobody, and so does one that is offline', async () => {
    using directory = tempDirectory();
    expect(await fetch(directory)).toMatchObject({ status: 0, pages: 12, archives: 12 });
    expect(await fetch(directory)).toMatchObject({ status: 0, pages: 0, archives: 0 });
    const offline = await fetch(directory, '--offline');
    expect(offline).toMatchObject({ status: 0, pages: 0, archives: 0 });
    expect(offline.stderr).toContain('12 verified, 12 from the store');
    expect(offline.stderr.split('\n').length).toBeLessThan(4);
  });

  it('are asked for again with --refresh, and the archives come from the store', async () => {
    using directory = tempDirectory();
    await fetch(directory);
    expect(await fetch(directory, '--refresh')).toMatchObject({ status: 0, pages: 12, archives: 0 });
  });

  it.each([
    ['torn', () => '[["project'],
    ['empty', () => ''],
    ['without the pinned digests', () => '[]'],
    ['of other types', () => '[[1,2,3,4,5,6],{},null]'],
    [
      'that names other bytes as pinned',
      () => JSON.stringify([['a-1.0.whl', [`sha256:${'a'.repeat(64)}`], null, null, false, 0]]),
    ],
  ])('and a listing that is %s costs a page and no more', async (_, text) => {
    using directory = tempDirectory();
    await fetch(directory);
    for (const path of listings(directory)) writeFileSync(path, text());
    expect(await fetch(directory)).toMatchObject({ status: 0, pages: 12, archives: 0 });
    expect(await fetch(directory)).toMatchObject({ status: 0, pages: 0, archives: 0 });
  });

  it('are chosen among what is stored, and it is said, where nothing is remembered and nothing may be asked', async () => {
    using directory = tempDirectory();
    await fetch(directory);
    for (const path of listings(directory)) writeFileSync(path, '');
    const offline = await fetch(directory, '--offline');
    expect(offline).toMatchObject({ status: 0, pages: 0, archives: 0 });
    expect(offline.stderr).toContain('best match among the stored archives');
  });

  it('and an entry that a power cut left short or empty is found, told, and fetched again (P4)', async () => {
    using directory = tempDirectory();
    await fetch(directory);
    const entries = readdirSync(directory.join('cache/v1/sha256'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.whl'))
      .map((name) => join(directory.join('cache/v1/sha256'), name));
    const [first = '', second = ''] = entries;
    const { chmodSync, truncateSync } = process.getBuiltinModule('node:fs');
    for (const path of [first, second]) chmodSync(path, 0o644);
    truncateSync(first, 100);
    writeFileSync(second, Buffer.alloc(2_000));
    const again = await fetch(directory);
    expect(again).toMatchObject({ status: 0, archives: 2 });
    expect(again.stderr.match(/removed a bad entry of the store/g)).toHaveLength(2);
  });

  it('remember nothing of a secret in the address of an index (P7)', async () => {
    using directory = tempDirectory();
    const secret = 'hunter2hunter2';
    const withUser = index.url.replace('http://', `http://user:${secret}@`);
    await fetch(directory, '--extra-index-url', withUser);
    const hash = createHash('sha256').update(secret).digest('hex');
    const { readFileSync } = process.getBuiltinModule('node:fs');
    for (const path of listings(directory)) {
      expect(`${path} ${readFileSync(path, 'utf8')}`).not.toMatch(new RegExp(`${secret}|${hash}`));
    }
    expect(listings(directory)).toHaveLength(12);
  });
});

describe('pins of other targets', () => {
  it('are told as such: nothing is downloaded, and nobody is accused (P8)', async () => {
    using directory = tempDirectory();
    const [{ files: [, windows, mac] = [] } = {}] = projects;
    writeFileSync(
      directory.join('lock.txt'),
      `-i ${index.url}\nproject0==1.0 --hash=sha256:${windows?.sha256} --hash=sha256:${mac?.sha256}\n`,
    );
    const before = index.requests.length;
    const { status, stdout } = await runPeep(['fetch', '-r', 'lock.txt', ...target, '--cache-dir', 'cache'], {
      cwd: directory.path,
      env: { PATH: '/nonexistent' },
    });
    expect(status).toBe(1);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'No archive found for: project0==1.0 (lock.txt, line 2) the pins of project0==1.0 are for cp312 on win_amd64, ' +
        'cp311 on macosx_11_0_arm64 only (2 files); this is 3.11:manylinux_2_17_x86_64',
    );
    expect(stdout).not.toContain('FREAK OUT');
    expect(index.requests.slice(before).filter(({ path }) => path.startsWith('/files/'))).toEqual([]);
  });
});

describe('output at real size', () => {
  const many = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(64, '0'));
  const hashes = many.map((hex) => ` --hash=sha256:${hex}`).join('');

  it('a mismatch shows five digests and a count', async () => {
    using directory = tempDirectory();
    writeFileSync(directory.join('lock.txt'), `-i ${index.url}\nproject0==1.0${hashes}\n`);
    const { status, stdout } = await runPeep(['fetch', '-r', 'lock.txt', ...target, '--cache-dir', 'cache'], {
      cwd: directory.path,
      env: { PATH: '/nonexistent' },
    });
    expect(status).toBe(1);
    expect(stdout).toContain('and 95 more');
    expect(stdout.match(/sha256:/g)).toHaveLength(6);
  });

  it('three hundred pins that miss one network are named once each, their cause once', async () => {
    using directory = tempDirectory();
    const lines = Array.from({ length: 300 }, (_, i) => `project${i}==1.0${hashes}\n`);
    writeFileSync(directory.join('lock.txt'), lines.join(''));
    const { status, stdout } = await runPeep(
      ['fetch', '-r', 'lock.txt', ...target, '--cache-dir', 'cache', '--offline'],
      { cwd: directory.path, env: { PATH: '/nonexistent' } },
    );
    expect(status).toBe(1);
    expect(stdout.match(/--offline asks no index/g)).toHaveLength(1);
    expect(stdout.split('\n').length).toBeLessThan(312);
  });
});

describe('without a home directory', () => {
  it('the store is not in the working directory', async () => {
    using directory = tempDirectory();
    const { stdout } = await runPeep(['store', 'path'], {
      cwd: directory.path,
      env: { HOME: '', PEEP_CACHE_DIR: '' },
    });
    expect(stdout.trim()).toMatch(/^\/.*\.cache\/peep$/);
    expect(stdout).not.toContain(directory.path);
  });
});
