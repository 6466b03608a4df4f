import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileSpec, Scenario } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';
import { type Machine, makeMachine } from './machine.js';

interface Project {
  readonly name: string;
  readonly version: string;
  /** Every file of the page; one fits. */
  readonly files: readonly FileSpec[];
  readonly fitting: FileSpec;
  /** Of the pinned version's files, as lock tools pin all of them. */
  readonly digests: readonly string[];
}

const hexOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** A project whose page has files of other platforms and versions beside the one that fits. */
function project(
  name: string,
  version: string,
  size: { readonly digests: number; readonly older: number; readonly entries: number },
): Project {
  const module = name.toLowerCase().replace(/\W+/g, '_');
  const files: Record<string, string> = { [`${module}_pkg/__init__.py`]: `"""${name}"""\n` };
  for (let i = 1; i < size.entries; i += 1) files[`${module}_pkg/m${i}.py`] = `value = ${i}\n`;
  const built = wheel({
    ...{ name, version, files },
    entryPoints: { console_scripts: { [`${module}-run`]: `${module}_pkg:main` } },
  });
  const other = (of: string, i: number): FileSpec => ({
    filename: `${built.filename.split('-')[0]}-${of}-cp3${40 + i}-cp3${40 + i}-win_amd64.whl`,
    bytes: Buffer.alloc(0),
    hashes: { sha256: hexOf(`${name} ${of} ${i}`) },
    size: 1000 + i,
  });
  const others = Array.from({ length: size.digests - 1 }, (_, i) => other(version, i));
  const older = Array.from({ length: size.older }, (_, i) => other(`0.0.${i}`, i % 9));
  return {
    ...{ name, version, fitting: built, files: [...older, ...others, built] },
    digests: [built.sha256, ...others.map(({ hashes }) => (hashes as { sha256: string }).sha256)].sort(),
  };
}

const lockOf = (projects: readonly Project[]) =>
  projects
    .map(({ name, version, digests }) => {
      const hashes = digests.map((digest) => ` \\\n    --hash=sha256:${digest}`).join('');
      return `${name}==${version}${hashes}\n`;
    })
    .join('');

const scenarioOf = (projects: readonly Project[], more: Scenario = {}): Scenario => ({
  projects: Object.fromEntries(projects.map(({ name, files }) => [name, files])),
  ...more,
});

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '').length;
const isPage = ({ path }: { readonly path: string }) => path.startsWith('/simple/');

describe('the lock of an ordinary project: 259 pins with 4,875 digests', () => {
  /** `name-version`, digests and files of the page of each; archives and pages are smaller than the real ones. */
  const shapes = readFileSync(new URL('../../bench/real-set.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [filename = '', , entries, , , , pageFiles, ofVersion, digests] = line.split('\t');
      const [name = '', version = ''] = filename.split('-');
      return {
        name,
        version,
        entries: Number(entries),
        older: Number(pageFiles) - Number(ofVersion),
        digests,
      };
    });
  const projects = shapes.map(({ name, version, entries, older, digests }) =>
    project(name, version, {
      digests: Number(digests),
      older: Math.min(older, 40),
      entries: Math.max(1, Math.min(entries, 12)),
    }),
  );
  let machine: Machine;
  let index: MockIndex;
  beforeAll(async () => {
    machine = await makeMachine();
    machine.withoutLog();
    index = await startMockIndex(scenarioOf(projects));
  });
  afterAll(async () => {
    machine?.[Symbol.dispose]();
    await index?.close();
  });

  /** Runs peep over the lock; answers what the index was asked and how much was said. */
  async function run(command: string, ...more: string[]) {
    machine.write('lock.txt', `-i ${index.url}\n${lockOf(projects)}`);
    const before = index.requests.length;
    const { status, stdout, stderr } = await machine.peep([command, '-r', 'lock.txt', ...more], {
      timeout: 300_000,
    });
    const asked = index.requests.slice(before);
    const archives = asked.filter((request) => !isPage(request));
    return {
      ...{ status, text: stdout + stderr, lines: linesOf(stdout) + linesOf(stderr) },
      ...{ pages: asked.length - archives.length, archives: archives.length },
      bytes: archives.reduce((sum, { sent }) => sum + sent, 0),
    };
  }

  it('is fetched once, installed offline and proven, in a few lines', async () => {
    expect(projects.length).toBe(259);
    expect(projects.flatMap(({ digests }) => digests).length).toBe(4875);
    const bytes = projects.reduce((sum, { fitting }) => sum + (fitting.bytes as Buffer).length, 0);

    const first = await run('fetch');
    expect(first, first.text).toMatchObject({ status: 0, pages: 259, archives: 259, bytes });
    expect(first.lines, first.text).toBeLessThan(10);

    const nothing = { status: 0, pages: 0, archives: 0, bytes: 0 };
    const again = await run('fetch');
    expect(again, again.text).toMatchObject(nothing);
    expect(again.lines, again.text).toBeLessThan(10);
    expect(again.text).toContain('259 verified, 259 from the store');

    const installed = await run('install', '--offline', '--no-compile');
    expect(installed, installed.text).toMatchObject(nothing);
    // The plan has a line for each distribution.
    expect(installed.lines, installed.text).toBeLessThan(259 + 10);

    const satisfied = await run('install', '-q');
    expect(satisfied, satisfied.text).toMatchObject({ ...nothing, lines: 0 });

    const proven = await run('verify');
    expect(proven, proven.text).toMatchObject(nothing);
    expect(proven.text).toContain('259 distributions match their pinned wheels');
    expect(proven.lines, proven.text).toBeLessThan(10);
  }, 600_000);
});

describe('300 pins of 100 digests', () => {
  const projects = Array.from({ length: 300 }, (_, i) =>
    project(`project-${i}`, '1.0', { digests: 100, older: 20, entries: 1 }),
  );
  const lock = lockOf(projects);
  const noFit = (each: Project): Project => ({
    ...each,
    files: each.files.filter((file) => file !== each.fitting),
  });
  const spoilt = (each: Project): Project => ({
    ...each,
    files: each.files.map((file) =>
      file === each.fitting ? { ...file, served: Buffer.from('other') } : file,
    ),
  });
  const otherDigest = (each: Project): Project => {
    const bytes = wheel({ name: each.name, version: '1.0', files: { 'evil.py': 'x = 1\n' } });
    return { ...each, files: each.files.map((file) => (file === each.fitting ? bytes : file)) };
  };
  let directory: TempDirectory;
  let index: MockIndex;
  beforeAll(async () => {
    directory = tempDirectory();
    index = await startMockIndex();
  });
  afterAll(async () => {
    directory?.[Symbol.dispose]();
    await index?.close();
  });

  const target = ['--for', '3.11:manylinux_2_17_x86_64'];
  let runs = 0;
  async function fetch(text: string, ...args: string[]) {
    writeFileSync(directory.join('lock.txt'), text);
    const { status, stdout, stderr } = await runPeep(['fetch', '-r', 'lock.txt', ...target, ...args], {
      ...{ cwd: directory.path, home: directory.path, timeout: 300_000 },
      env: { PATH: '/nonexistent' },
    });
    return { status, text: stdout + stderr, lines: linesOf(stdout) + linesOf(stderr), stdout };
  }

  /** What goes wrong, options, lines for each pin, and lines for the run. */
  const failures: readonly (readonly [string, Scenario, readonly string[], number, number])[] = [
    ['no network', {}, ['-i', 'http://127.0.0.1:9/simple/', '--retries', '0'], 1, 20],
    ['an index that fails', scenarioOf(projects, { notFound: 503, projects: {} }), ['--retries', '0'], 1, 20],
    ['an index without any of them', {}, [], 1, 20],
    ['--offline with an empty store', {}, ['--offline'], 1, 20],
    ['files of other platforms alone', scenarioOf(projects.map(noFit)), [], 1, 20],
    ['archives with other bytes', scenarioOf(projects.map(spoilt)), [], 12, 12],
    ['an index with another digest', scenarioOf(projects.map(otherDigest)), [], 12, 12],
    [
      'archives that are gone',
      scenarioOf(projects, { faults: [{ path: /^\/files\//, status: 404 }] }),
      ['--retries', '0'],
      5,
      20,
    ],
  ];
  it.each(failures)(
    '%s: a few lines for each pin at most',
    async (what, scenario, args, perPin, more) => {
      index.serve(scenario);
      runs += 1;
      const own = args.includes('-i') ? [] : ['-i', index.url];
      // What -v adds is told of files: it shows where an index has some.
      for (const level of scenario.projects === undefined ? [''] : ['', '-v']) {
        const store = ['--cache-dir', directory.join(`store ${runs} ${level}`)];
        const { status, lines, text } = await fetch(
          lock,
          ...own,
          ...args,
          ...store,
          ...(level ? [level] : []),
        );
        expect(status, text.slice(0, 2000)).toBe(1);
        const limit = 300 * (perPin + (level === '-v' ? 7 : 0)) + more;
        expect(lines, `${what} ${level}: ${text.slice(0, 3000)}`).toBeLessThanOrEqual(limit);
        // Nowhere more than five digests of one pin.
        for (const part of text.split(/\n(?=\s*project-\d+)/))
          expect(part.match(/\b[0-9a-f]{64}\b/g)?.length ?? 0, part).toBeLessThanOrEqual(7);
      }
    },
    600_000,
  );

  it('without a hash: what is to be pasted, and no more', async () => {
    index.serve(scenarioOf(projects));
    const bare = projects.map(({ name }) => `${name}==1.0\n`).join('');
    const { status, lines, text } = await fetch(bare, '-i', index.url);
    expect(status).toBe(1);
    expect(lines, text.slice(0, 2000)).toBeLessThanOrEqual(300 * 2 + 12);
  }, 600_000);

  it('and nothing to do: silent with -q, a line or two without, a line a pin with -v', async () => {
    index.serve(scenarioOf(projects));
    const store = ['--cache-dir', directory.join('done')];
    await fetch(lock, '-i', index.url, ...store);
    for (const [level, limit] of [
      ['-q', 0],
      ['', 4],
      ['-v', 300 + 10],
    ] as const) {
      const args = level === '' ? [] : [level];
      const { status, lines, text } = await fetch(lock, '-i', index.url, ...store, ...args);
      expect(status).toBe(0);
      expect(lines, text.slice(0, 2000)).toBeLessThanOrEqual(limit);
    }
  }, 600_000);
});
