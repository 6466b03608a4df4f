import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
let second: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex();
  second = await startMockIndex();
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
  await second?.close();
});
afterEach(() => machine.reset());

const built = (build: string) =>
  wheel({ name: 'useless', version: '1.0', build, files: { 'useless.py': `build = ${build}\n` } });
const [first, other, third] = [built('3'), built('2'), built('1')];
const source = sdist({ name: 'useless', version: '1.0' });
const pathsOf = (from: MockIndex, start: number) => from.requests.slice(start).map(({ path }) => path);
/** `peep fetch` chooses as `peep install` does, and starts no pip. */
const fetched = (lines: readonly string[]) =>
  machine.peep([
    'fetch',
    '-r',
    machine.write('pins.txt', lines.join('\n')),
    '-i',
    index.url,
    '--report',
    '-',
  ]);
const chosen = ({ stdout }: { readonly stdout: string }) =>
  JSON.parse(stdout).requirements[0].archive?.filename;

describe('archives whose digest the index does not tell', () => {
  const unhashed = (file: typeof first) => ({ ...file, hashes: 'none' as const });

  it('are tried in turn until one matches', async () => {
    index.serve({ projects: { useless: [first, other, third].map(unhashed) } });
    const { status, stdout } = await machine.install([peepHash(third), 'useless==1.0'], ['-i', index.url]);
    expect(stdout).not.toContain('FREAK OUT');
    expect(status).toBe(0);
    expect(await machine.venv.run('-c', 'import useless; print(useless.build)')).toBe('1\n');
  });

  it('are each listed when none matches', async () => {
    index.serve({ projects: { useless: [first, other].map(unhashed) } });
    const { status, stdout } = await machine.install([peepHash(third), 'useless==1.0'], ['-i', index.url]);
    expect(status).toBe(1);
    expect(machine.shown(stdout)).toMatchSnapshot();
  });

  it('trouble with one does not hide that another one mismatched (P8)', async () => {
    index.serve({
      projects: { useless: [first, other].map(unhashed) },
      faults: [{ path: `/files/useless/${other.filename}`, status: 404 }],
    });
    const { status, stdout, stderr } = await machine.install(
      [peepHash(third), 'useless==1.0'],
      ['-i', index.url],
    );
    expect(status).toBe(1);
    expect(stdout).toContain('FREAK OUT');
    expect(stderr).toMatch(/^warning: cannot fetch .*status 404/m);
  });

  it('are not asked for when the index tells which one is pinned', async () => {
    index.serve({ projects: { useless: [unhashed(first), other, third] } });
    const start = index.requests.length;
    await machine.install([peepHash(third), 'useless==1.0'], ['-i', index.url]);
    expect(pathsOf(index, start)).toEqual(['/simple/useless/', `/files/useless/${third.filename}`]);
  });
});

describe('an index that cannot be asked', () => {
  const lines = [peepHash(first), 'useless==1.0'];
  const faults = [
    ['403', { status: 403 }],
    ['500', { status: 500 }],
    ['a time-out', { silent: true }],
    ['a page that is none', { contentType: 'application/octet-stream' }],
  ] as const;
  const both = () => ['-i', index.url, '--extra-index-url', second.url, '--retries', '0', '--timeout', '1'];

  it.each(faults)('%s fails the run, with the index named', async (_, fault) => {
    index.serve({ projects: { useless: [first] }, faults: [{ path: /^\/simple/, ...fault }] });
    second.serve({ projects: { useless: [{ ...first, hashes: 'none' }] } });
    const { status, stdout } = await machine.install(lines, both());
    expect(stdout).toContain('No archive found for');
    expect(stdout).toContain(index.origin);
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
  });

  it.each(faults)('%s does no harm when another one offers the pinned digest', async (_, fault) => {
    index.serve({ faults: [{ path: /^\/simple/, ...fault }] });
    second.serve({ projects: { useless: [first] } });
    const report = await machine.install(lines, [...both(), '--dry-run', '--report', '-']);
    expect(report.status).toBe(0);
    expect(chosen(report)).toBe(first.filename);
  });

  it.each([404, 410])('%i only says that the project is not there', async (notFound) => {
    index.serve({ notFound });
    second.serve({ projects: { useless: [{ ...first, hashes: 'none' }] } });
    expect(chosen(await machine.install(lines, [...both(), '--dry-run', '--report', '-']))).toBe(
      first.filename,
    );
  });
});

describe('the store', () => {
  const lines = [peepHash(first), 'useless==1.0'];
  const stored = () => {
    const root = machine.directory.join('cache');
    const path = readdirSync(root, { recursive: true, encoding: 'utf8' }).find((each) =>
      each.endsWith(first.filename),
    );
    return join(root, path ?? 'not there');
  };

  it('serves without a network, also with --offline', async () => {
    index.serve({ projects: { useless: [first] } });
    expect(
      (await machine.peep(['fetch', '-r', machine.write('r.txt', `${lines.join('\n')}\n`), '-i', index.url]))
        .status,
    ).toBe(0);
    const start = index.requests.length;
    const { status, stderr } = await machine.install(lines, ['-i', index.url, '--offline']);
    expect(machine.shown(stderr)).toMatch(/^target: .*\n1 verified, 1 from the store in \[TIME\], for .*\n$/);
    expect(status).toBe(0);
    expect(pathsOf(index, start)).toEqual([]);
  });

  it('what --offline misses is listed by name, file and line, its cause once, and no connection is opened', async () => {
    index.serve({ projects: { useless: [first] } });
    const start = index.requests.length;
    const { status, stdout } = await machine.install(
      [...lines, 'other==2.0'],
      ['-i', index.url, '--offline'],
    );
    expect(status).toBe(1);
    expect(machine.shown(stdout)).toMatchSnapshot();
    expect(pathsOf(index, start)).toEqual([]);
  });

  it('--offline takes archives from directories on this machine', async () => {
    machine.write(`wheels/${first.filename}`, first.bytes);
    const { status } = await machine.install(lines, ['-i', index.url, '-f', 'wheels', '--offline']);
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['useless==1.0']);
  });

  it.each([
    ['a flipped bit', (path: string) => flipBit(path)],
    ['a truncated file', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 50))],
  ])('%s in it is noticed, removed, told and fetched again (P4)', async (_, spoil) => {
    index.serve({ projects: { useless: [first] } });
    const file = machine.write('r.txt', `${lines.join('\n')}\n`);
    await machine.peep(['fetch', '-r', file, '-i', index.url]);
    chmodSync(stored(), 0o600);
    spoil(stored());
    const { status, stderr } = await machine.install(lines, ['-i', index.url]);
    expect(stderr).toMatch(/^warning: removed a bad entry of the store: /m);
    expect(status).toBe(0);
    expect(readFileSync(stored())).toEqual(first.bytes);
    chmodSync(stored(), 0o600);
    spoil(stored());
    machine.starts();
    const offline = await machine.install(lines, ['-i', index.url, '--offline', '--force-reinstall']);
    expect(offline.status).toBe(1);
    expect(offline.stdout).toContain('not in the store');
    expect(machine.starts()).toEqual(['probe']);
  });

  function flipBit(path: string): void {
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }

  it('equal pins are fetched once', async () => {
    index.serve({ projects: { useless: [first] } });
    const start = index.requests.length;
    const twice = [
      ...lines,
      peepHash(first),
      'Useless == 1.0',
      'UseLess[extra]==1.0 --hash=sha256:' + first.sha256,
    ];
    expect((await machine.install(twice, ['-i', index.url])).status).toBe(0);
    expect(pathsOf(index, start)).toEqual(['/simple/useless/', `/files/useless/${first.filename}`]);
  });
});

describe('the same input chooses the same archive (P10)', () => {
  const pins = [peepHash(first), peepHash(third), peepHash(source), 'useless==1.0'];
  const dryRun = ['--dry-run', '--report', '-'];
  const indexes = () => ['-i', index.url, '--extra-index-url', second.url];

  it('whatever the store holds', async () => {
    index.serve({ projects: { useless: [third, source, first] } });
    second.serve({});
    for (const archive of [undefined, third, source, first]) {
      if (archive !== undefined) {
        const file = machine.write('one.txt', `${peepHash(archive)}\nuseless==1.0\n`);
        expect((await machine.peep(['fetch', '-r', file, '-i', index.url])).status).toBe(0);
      }
      expect(chosen(await fetched(pins))).toBe(first.filename);
    }
  });

  it('in whatever order answers arrive', async () => {
    const offers = { projects: { useless: [{ ...third, hashes: 'none' as const }, first] } };
    for (const [slow, quick] of [
      [index, second],
      [second, index],
    ] as const) {
      slow.serve({ ...offers, latency: 150 });
      quick.serve(offers);
      const report = await machine.install(pins, [...indexes(), ...dryRun]);
      expect(JSON.parse(report.stdout).requirements[0].archive).toMatchObject({
        index: index.url,
        filename: first.filename,
      });
    }
  });
});

describe('an archive that needs another Python', () => {
  const future = wheel({ name: 'future', version: '1.0', requiresPython: '>=4' });
  const lines = [peepHash(future), 'future==1.0'];

  it('is not handed to pip, whether the index says so or not, from the store or not', async () => {
    for (const file of [future, { ...future, requiresPython: '>=4' }]) {
      index.serve({ projects: { future: [file] } });
      for (const more of [[], ['--offline']]) {
        const { status, stdout } = await machine.install(lines, ['-i', index.url, ...more]);
        expect(stdout).toContain('Python >=4');
        expect(status).toBe(1);
      }
      expect(machine.starts()).toEqual(['probe', 'probe']);
    }
  });

  it('yields to another pinned one, whatever the store holds (P10)', async () => {
    const source = sdist({ name: 'future', version: '1.0' });
    index.serve({ projects: { future: [{ ...future, requiresPython: '>=4' }, source] } });
    const pins = [peepHash(future), peepHash(source), 'future==1.0'];
    for (const archive of [future, source, undefined]) {
      expect(chosen(await fetched(pins))).toBe(source.filename);
      if (archive === undefined) continue;
      const file = machine.write('one.txt', `${peepHash(archive)}\nfuture==1.0\n`);
      index.serve({ projects: { future: [future, source] } });
      await machine.peep(['fetch', '-r', file, '-i', index.url]);
      index.serve({ projects: { future: [{ ...future, requiresPython: '>=4' }, source] } });
    }
  });

  it('is installed with --ignore-requires-python', async () => {
    index.serve({ projects: { future: [{ ...future, requiresPython: '>=4' }] } });
    const { status } = await machine.install(lines, ['-i', index.url, '--ignore-requires-python']);
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['future==1.0']);
  });
});

describe('yanked files', () => {
  it('are used for an exact pin, with the reason told', async () => {
    index.serve({ projects: { useless: [{ ...first, yanked: 'breaks\u001b[31m things' }] } });
    const { status, stderr } = await machine.install([peepHash(first), 'useless==1.0'], ['-i', index.url]);
    expect(stderr).toContain('was yanked from its index; the reason given is: breaks\\u{1b}[31m things');
    expect(status).toBe(0);
  });

  it('yield to one that was not', async () => {
    index.serve({ projects: { useless: [{ ...first, yanked: true }, other] } });
    const pins = [peepHash(first), peepHash(other), 'useless==1.0'];
    const report = await machine.install(pins, ['-i', index.url, '--dry-run', '--report', '-']);
    expect(chosen(report)).toBe(other.filename);
    expect(report.stderr).not.toContain('yanked');
  });
});

describe('credentials stay home (P7)', () => {
  it('are in no output, no report and no file name, and reach no other origin', async () => {
    const secret = 'opensesame';
    second.serve({ projects: { useless: [first] } });
    index.serve({
      auth: { user: 'ali', password: secret },
      projects: { useless: [first] },
      faults: [
        { path: /^\/files\//, redirect: ({ path }) => `${second.origin}${path}?X-Signature=${secret}2` },
      ],
    });
    const url = index.url.replace('//', `//ali:${secret}@`);
    const start = second.requests.length;
    const good = await machine.install(
      [peepHash(first), 'useless==1.0'],
      ['-i', url, '-vv', '--report', 'report.json'],
    );
    expect(good.status).toBe(0);
    const bad = await machine.install(
      [peepHash(third), 'useless==1.0'],
      ['-i', url, '-vv', '--report', '-', '-U'],
    );
    expect(bad.stderr).toContain('FREAK OUT');
    const report = readFileSync(join(machine.work, 'report.json'), 'utf8');
    for (const text of [good.stdout, good.stderr, bad.stdout, bad.stderr, report])
      expect(text).not.toContain(secret);
    for (const { headers } of second.requests.slice(start)) expect(headers.authorization).toBeUndefined();
    expect(readdirSync(machine.directory.join('cache'), { recursive: true }).join()).not.toContain(secret);
  });
});

describe('several problems', () => {
  it('are all looked at before stopping, and nothing is handed to pip (P6)', async () => {
    mkdirSync(join(machine.work, 'sub'));
    const fine = wheel({ name: 'fine', version: '1.0' });
    index.serve({ projects: { useless: [first], fine: [fine] } });
    const lines = ['nonsense here', peepHash(fine), 'fine==1.0', peepHash(third), 'useless==1.0'];
    const { status, stdout } = await machine.install(lines, ['-i', index.url]);
    expect(status).toBe(1);
    expect(stdout).toContain('FREAK OUT');
    expect(stdout).toContain('nonsense here');
    expect(machine.starts()).toEqual(['probe']);
    expect(machine.installed()).toEqual([]);
  });
});
