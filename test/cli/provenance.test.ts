import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { FileSpec, Route, Scenario } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import {
  type AttestRequest,
  github,
  newTestAuthority,
  type SigningIdentity,
} from '../support/sigstore/authority.js';
import { tempDirectory } from '../support/temp-directory.js';

const authority = newTestAuthority();
const quill = wheel({ name: 'quill', version: '1.0' });
const inkpot = wheel({ name: 'inkpot', version: '2.0' });
const acme = github('acme/quill');
const record = 'github acme/quill release.yml id=1001';
const noPython = ['--for', '3.11:any'];

type Made = ReturnType<typeof wheel>;
const attested = (
  file: Made,
  identity: SigningIdentity = acme,
  request: Partial<AttestRequest> = {},
): string =>
  JSON.stringify(
    authority.provenance({ filename: file.filename, sha256: file.sha256, identity, ...request }),
  );
const pathOf = (file: Made) => `/integrity/${file.filename}/provenance`;
const announced = (file: Made, path = pathOf(file)): FileSpec => ({
  ...file,
  json: { provenance: path },
  attributes: { 'data-provenance': path },
});
const pinned = (file: Made, name: string, ...records: readonly string[]) =>
  `${records.map((text) => `# attested-by: ${text}\n`).join('')}${name} --hash=sha256:${file.sha256}\n`;

interface World {
  readonly text: string;
  readonly files?: readonly FileSpec[];
  readonly routes?: Readonly<Record<string, Route>>;
  readonly scenario?: Partial<Scenario>;
  readonly args?: readonly string[];
  /** Runs before, with the same store. */
  readonly before?: World;
}

/** `peep fetch` in a directory with an index and a root of trust of its own. */
async function fetch(world: World) {
  using directory = tempDirectory();
  writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
  const once = async ({ text, files = [announced(quill)], routes = {}, scenario = {}, args = [] }: World) => {
    await using index = await startMockIndex({
      projects: { quill: files, inkpot: [inkpot] },
      routes,
      ...scenario,
    });
    writeFileSync(directory.join('r.txt'), text);
    const base = ['fetch', '-r', 'r.txt', '-i', index.url, ...noPython, '--trusted-root', 'root.json'];
    const run = await runPeep([...base, '--report', 'report.json', '--retries', '0', ...args], {
      cwd: directory.path,
      home: directory.path,
    });
    const written = existsSync(directory.join('report.json'))
      ? readFileSync(directory.join('report.json'), 'utf8')
      : '{"requirements":[]}';
    const report = JSON.parse(written) as {
      requirements: { status: string; reason: string | null; provenance: unknown }[];
    };
    return { ...run, report: report.requirements, requests: index.requests.map(({ path }) => path) };
  };
  if (world.before !== undefined) await once(world.before);
  return await once(world);
}

const attested0 = attested(quill);
const good = { [pathOf(quill)]: { body: attested0 } };
const plain = pinned(quill, 'quill==1.0');
const recorded = pinned(quill, 'quill==1.0', record);

describe('a recorded publisher', () => {
  it('is proven, and reported', async () => {
    const run = await fetch({ text: recorded, routes: good, args: ['-v'] });
    expect(run).toMatchObject({ status: 0 });
    expect(run.report[0]).toMatchObject({
      status: 'verified',
      provenance: {
        status: 'verified',
        publisher: record,
        commit: 'c0ffee'.padEnd(40, '0'),
        ref: 'refs/tags/v1',
        run: 'https://github.com/acme/quill/runs/1',
        logged_at: '2026-01-01T01:01:00Z',
      },
    });
    const sha256 = createHash('sha256').update(JSON.stringify(authority.trustedRoot)).digest('hex');
    expect(run.stderr).toContain(`root of trust: 'root.json', sha256 ${sha256}, newest key of 2026-01-01`);
  });

  it('is found on pages of HTML as well', async () => {
    expect(await fetch({ text: recorded, routes: good, scenario: { form: 'html' } })).toMatchObject({
      status: 0,
    });
  });

  it('costs nothing where none is recorded: no request, no thread', async () => {
    const run = await fetch({ text: plain, routes: good, args: ['-v'] });
    expect(run).toMatchObject({ status: 0, report: [{ provenance: { status: 'unchecked' } }] });
    expect(run.requests).not.toContain(pathOf(quill));
    expect(run.stderr).not.toContain('root of trust');
  });

  it('is enforced again from what is stored, without the index', async () => {
    const before = { text: recorded, routes: good };
    const run = await fetch({ text: recorded, before, args: ['--offline'] });
    expect(run).toMatchObject({ status: 0, requests: [], report: [{ provenance: { publisher: record } }] });
    const other = pinned(quill, 'quill==1.0', 'github evil/quill release.yml id=7');
    expect(await fetch({ text: other, before, args: ['--offline'] })).toMatchObject({ status: 1 });
  });

  it('may have another name by now, which is told', async () => {
    const text = pinned(quill, 'quill==1.0', 'github old/name release.yml id=1001');
    const run = await fetch({ text, routes: good });
    expect(run).toMatchObject({ status: 0 });
    expect(run.stderr).toContain('has a new name: github acme/quill release.yml id=1001');
  });

  it('is any of those that are recorded', async () => {
    const text = pinned(quill, 'quill==1.0', 'google a@b.example', record);
    expect(await fetch({ text, routes: good })).toMatchObject({ status: 0 });
  });
});

describe('an index that lies', () => {
  const refusals: readonly [name: string, world: Partial<World>, code: string, status: string][] = [
    [
      'another publisher',
      { routes: { [pathOf(quill)]: { body: attested(quill, github('evil/quill', { id: '666' })) } } },
      'does not have the recorded publisher',
      'refused',
    ],
    [
      'a false name for it',
      {
        routes: {
          [pathOf(quill)]: {
            body: attested(quill).replace('"repository":"acme/quill"', '"repository":"evil/quill"'),
          },
        },
      },
      'other-publisher',
      'refused',
    ],
    [
      'the provenance of another archive',
      { routes: { [pathOf(quill)]: { body: attested(inkpot) } } },
      'other-archive',
      'refused',
    ],
    [
      'another instance of Sigstore',
      {
        routes: {
          [pathOf(quill)]: {
            body: JSON.stringify(newTestAuthority().provenance({ ...quill, identity: acme })),
          },
        },
      },
      'unknown-log',
      'refused',
    ],
    ['no JSON', { routes: { [pathOf(quill)]: { body: 'x' } } }, 'malformed', 'refused'],
    ['no key', { files: [quill], routes: good }, 'no provenance was found', 'refused'],
    ['a key, and nothing there', {}, 'but there is none', 'unavailable'],
    [
      'a key to a file of this machine',
      { files: [announced(quill, 'file:///etc/passwd')] },
      'but there is none',
      'unavailable',
    ],
    [
      'a failing server',
      { scenario: { faults: [{ path: pathOf(quill), status: 503 }] }, routes: good },
      '503',
      'unavailable',
    ],
    [
      'silence',
      {
        scenario: { faults: [{ path: pathOf(quill), silent: true }] },
        routes: good,
        args: ['--timeout', '2'],
      },
      'the server did not answer',
      'unavailable',
    ],
    [
      'a page that comes a byte at a time and stops',
      {
        scenario: { faults: [{ path: pathOf(quill), drip: 1, dripEvery: 1, stallAt: 50 }] },
        routes: good,
        args: ['--timeout', '2'],
      },
      'the server stopped sending',
      'unavailable',
    ],
    [
      'more than a megabyte',
      { routes: { [pathOf(quill)]: { body: 'x'.repeat((1 << 20) + 1) } } },
      'larger than 1048576 bytes',
      'unavailable',
    ],
  ];
  it.each(refusals)('%s: refused', async (_, world, said, status) => {
    const run = await fetch({ text: recorded, ...world });
    expect(run).toMatchObject({ status: 1, report: [{ status }] });
    expect(run.report[0]?.reason).toContain(said);
  });

  it('is passed over where another place has what proves it', async () => {
    await using other = await startMockIndex({
      projects: { quill: [announced(quill)] },
      routes: good,
    });
    const args = ['--provenance-index', other.url];
    expect(await fetch({ text: recorded, files: [quill], args })).toMatchObject({ status: 0 });
    expect(await fetch({ text: recorded, args })).toMatchObject({ status: 0 });
    expect(other.requests.map(({ path }) => path)).toContain(pathOf(quill));
  });

  it('does not reach the provenance index unasked', async () => {
    await using other = await startMockIndex({ projects: { quill: [announced(quill)] }, routes: good });
    const args = ['--provenance-index', other.url];
    expect(await fetch({ text: plain, args })).toMatchObject({ status: 0 });
    expect(other.requests).toEqual([]);
  });
});

describe('one of two', () => {
  const nib = wheel({ name: 'inkpot', version: '2.0' });
  const text = recorded + pinned(nib, 'inkpot==2.0', 'github acme/inkpot release.yml id=1002');

  it('whose provenance the index takes away is told, and the other one stands', async () => {
    const scenario = { projects: { quill: [announced(quill)], inkpot: [announced(nib)] } };
    const run = await fetch({ text, routes: good, scenario });
    expect(run.status).toBe(1);
    expect(run.report.map(({ status }) => status)).toEqual(['verified', 'unavailable']);
    expect(run.report[1]?.reason).toContain('but there is none');
  });

  it('that has the provenance of the other is refused', async () => {
    const scenario = { projects: { quill: [announced(quill)], inkpot: [announced(nib, pathOf(quill))] } };
    const run = await fetch({ text, routes: good, scenario });
    expect(run.report.map(({ status }) => status)).toEqual(['verified', 'refused']);
    expect(run.report[1]?.reason).toContain('other-archive');
  });
});

describe('what is kept beside archives', () => {
  it('stays with a later run into the same directory, and goes with prune', async () => {
    using directory = tempDirectory();
    writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
    await using index = await startMockIndex({ projects: { quill: [announced(quill)] }, routes: good });
    const run = (...args: readonly string[]) =>
      runPeep(args, {
        ...{ cwd: directory.path, home: directory.path },
        env: { PEEP_TRUSTED_ROOT: directory.join('root.json') },
      });
    for (const text of [recorded, plain]) {
      writeFileSync(directory.join('r.txt'), text);
      const into = ['-i', index.url, ...noPython, '--dest', 'usb', '--layout', 'simple'];
      expect(await run('fetch', '-r', 'r.txt', ...into)).toMatchObject({ status: 0 });
      const sums = readFileSync(directory.join('usb/SHA256SUMS'), 'utf8');
      expect(sums).toContain(`files/${quill.filename}.provenance\n`);
      expect(readFileSync(directory.join('usb/simple/quill/index.html'), 'utf8')).toContain(
        'data-provenance',
      );
      execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
        cwd: directory.join('usb'),
        stdio: 'pipe',
      });
    }
    const stored = directory.join(`cache/v1/provenance/${quill.sha256.slice(0, 2)}/${quill.sha256}`);
    await run('store', 'prune');
    expect(existsSync(stored)).toBe(true);
    const pruned = await run('store', 'prune', '--max-size', '1');
    expect(pruned.stderr).toContain('removed the provenance of 1 archive that is not stored');
    expect(existsSync(stored)).toBe(false);
  });
});

describe('--require-provenance', () => {
  const args = ['--require-provenance'];
  it('wants a proven publisher of each requirement', async () => {
    expect(await fetch({ text: plain, routes: good, args })).toMatchObject({ status: 0 });
    const run = await fetch({ text: plain + pinned(inkpot, 'inkpot==2.0'), routes: good, args });
    expect(run.report.map(({ status }) => status)).toEqual(['verified', 'refused']);
    expect(run.report[1]).toMatchObject({ provenance: { status: 'absent' } });
  });

  it('is met by a written none', async () => {
    const text = plain + pinned(inkpot, 'inkpot==2.0', 'none');
    expect(await fetch({ text, routes: good, args })).toMatchObject({ status: 0 });
  });
});

describe('the root of trust', () => {
  it('is built in, and does not know this instance', async () => {
    const run = await fetch({ text: recorded, routes: good, args: ['--trusted-root', '/dev/null'] });
    expect(run).toMatchObject({ status: 1 });
    expect(run.stderr).toContain(`cannot use '/dev/null' as the root of trust`);
  });
});

it('a publisher is asked for after the transfer of a stored archive, so that one transfer is enough', async () => {
  using directory = tempDirectory();
  await using index = await startMockIndex({ projects: { quill: [announced(quill)] }, routes: good });
  writeFileSync(directory.join('r.txt'), plain);
  writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
  const peep = (...args: string[]) =>
    runPeep([...args, '-i', index.url, ...noPython, '--jobs', '1'], {
      ...{ cwd: directory.path, home: directory.path },
      env: { PEEP_TRUSTED_ROOT: directory.join('root.json') },
    });
  expect(await peep('fetch', '-r', 'r.txt')).toMatchObject({ status: 0 });
  const shown = await peep('vet', 'quill==1.0');
  expect(shown, shown.stderr).toMatchObject({ status: 0 });
  expect(shown.stdout).toContain(`publisher: ${record}\n`);
});

describe('the air gap', () => {
  it.each(['flat', 'simple'] as const)('is crossed with the proof: --layout %s', async (layout) => {
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [announced(quill)] }, routes: good });
    writeFileSync(directory.join('r.txt'), recorded);
    const common = {
      cwd: directory.path,
      env: { PEEP_TRUSTED_ROOT: directory.join('root.json') },
    };
    writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
    const base = ['fetch', '-r', 'r.txt', ...noPython];
    const out = await runPeep([...base, '-i', index.url, '--dest', 'usb', '--layout', layout], common);
    expect(out).toMatchObject({ status: 0 });
    const files = directory.join(layout === 'simple' ? 'usb/files' : 'usb');
    expect(readFileSync(join(files, `${quill.filename}.provenance`), 'utf8')).toBe(attested0);
    execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: directory.join('usb'),
      stdio: 'pipe',
    });
    // Another machine: its own store, and nothing but the directory.
    const place =
      layout === 'simple'
        ? ['-i', pathToFileURL(directory.join('usb/simple/')).href]
        : ['--no-index', '-f', directory.join('usb')];
    expect(await runPeep([...base, ...place], common)).toMatchObject({ status: 0 });
    const other = pinned(quill, 'quill==1.0', 'github evil/quill release.yml id=7');
    writeFileSync(directory.join('r.txt'), other);
    const refused = await runPeep([...base, ...place], common);
    expect(refused.stdout.replace(/\s+/g, ' ')).toContain('does not have the recorded publisher');
  });

  it('ends at a pipe in place of the proof', async () => {
    using directory = tempDirectory();
    mkdirSync(directory.join('usb'));
    writeFileSync(directory.join(`usb/${quill.filename}`), quill.bytes);
    execFileSync('mkfifo', [directory.join(`usb/${quill.filename}.provenance`)]);
    writeFileSync(directory.join('r.txt'), recorded);
    const args = ['fetch', '-r', 'r.txt', ...noPython, '--no-index', '-f', 'usb'];
    const { status, stdout } = await runPeep(args, { cwd: directory.path });
    expect(status).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/cannot read '.*\.provenance': it is not a regular file/);
  });

  it('is crossed into the store: the proof is verified, stored, and enough without the directory', async () => {
    using directory = tempDirectory();
    await using index = await startMockIndex({ projects: { quill: [announced(quill)] }, routes: good });
    writeFileSync(directory.join('r.txt'), recorded);
    writeFileSync(directory.join('root.json'), JSON.stringify(authority.trustedRoot));
    const peep = (...args: string[]) =>
      runPeep(args, { cwd: directory.path, env: { PEEP_TRUSTED_ROOT: directory.join('root.json') } });
    const fetch = ['fetch', '-r', 'r.txt', ...noPython];
    expect(await peep(...fetch, '-i', index.url, '--dest', 'usb')).toMatchObject({ status: 0 });
    const manifest = JSON.parse(readFileSync(directory.join('usb/peep-manifest.json'), 'utf8'));
    expect(manifest.archives[0]).toMatchObject({
      ...{ publishers: [expect.stringMatching(/^github /)], provenance: `${quill.filename}.provenance` },
    });
    const before = index.requests.length;
    const inside = ['--cache-dir', 'inside'];
    expect(await peep('store', 'import', 'usb', '-r', 'r.txt', ...inside)).toMatchObject({ status: 0 });
    expect(await peep(...fetch, '--offline', ...inside)).toMatchObject({ status: 0 });
    expect(index.requests.length).toBe(before);
    // What does not verify is told, and not stored; the archive is good all the same until a publisher is asked for.
    writeFileSync(directory.join(`usb/${quill.filename}.provenance`), '{}');
    const other = ['--cache-dir', 'other'];
    const forged = await peep('store', 'import', 'usb', '-r', 'r.txt', ...other);
    expect(forged).toMatchObject({ status: 0, stderr: expect.stringContaining('warning: ') });
    expect(await peep(...fetch, '--offline', ...other)).toMatchObject({ status: 1 });
  });
});
