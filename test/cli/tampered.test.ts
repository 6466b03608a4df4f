import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FileSpec } from '../mock-index/scenario.js';
import { wheel } from '../mock-index/wheel.js';
import { needlesOf } from '../support/disk-bytes.js';
import type { Finished } from '../support/run-peep.js';
import { trace } from '../support/trace.js';
import { base64url, peepHash, sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();

/** Past the least memory budget, so that it can be made to spill. */
const noise = (seed: string) =>
  createCipheriv('aes-128-ctr', seed.padEnd(16), Buffer.alloc(16)).update(Buffer.alloc(1_500_000));
const files = (seed: string) => ({ 'useless/__init__.py': `x = '${seed}'\n`, 'useless/noise': noise(seed) });
const pinned = wheel({ name: 'useless', version: '1.0', files: files('good') });
const tampered = wheel({ name: 'useless', version: '1.0', files: files('evil') });
const innocent = wheel({ name: 'innocent', version: '1.0' });

/** The digest with one character changed, of peep's and of pip's form. */
const oneOff = `${base64url(pinned.sha256).slice(0, 20)}${base64url(pinned.sha256)[20] === 'x' ? 'y' : 'x'}${base64url(pinned.sha256).slice(21)}`;
const oneOffHex = `${pinned.sha256[0] === '0' ? '1' : '0'}${pinned.sha256.slice(1)}`;

type Case = readonly [name: string, file: FileSpec, lines: readonly string[]];

const bothLines = (digest: string) => [
  peepHash(innocent),
  'innocent==1.0',
  `# sha256: ${digest}`,
  'useless==1.0',
];
const pinnedLines = bothLines(base64url(pinned.sha256));

const cases: readonly Case[] = [
  ['a digest with one character changed', pinned, bothLines(oneOff)],
  ['a --hash with one digit changed', pinned, [`useless==1.0 --hash=sha256:${oneOffHex}`]],
  ['wrong bytes behind the right digest', { ...pinned, served: tampered.bytes }, pinnedLines],
  ['another archive, honestly described', { ...tampered }, pinnedLines],
  ['another archive, not described', { ...tampered, hashes: 'none', size: 'none' }, pinnedLines],
];

describe.each(cases)('%s', (_, file, lines) => {
  const fetched = file.served ?? (file.bytes as Uint8Array);
  const serve = () => index.serve({ projects: { useless: [file], innocent: [innocent] } });
  const expectWarning = ({ status, stdout }: Finished) => {
    expect(stdout).toMatch(/^THE ARCHIVES BELOW DO NOT MATCH THE HASHES/);
    expect(stdout).toContain('FREAK OUT');
    expect(stdout).toMatch(
      /\n {4}useless: expected ([\w-]{43}|sha256:[0-9a-f]{64})\n {18}got ([\w-]{43}|sha256:[0-9a-f]{64})\n/,
    );
    expect(status).toBe(1);
  };

  it('warns, starts no pip, installs nothing, and leaves no byte of it on disk', async () => {
    serve();
    expectWarning(await machine.install(lines, ['-i', index.url]));
    expect(machine.starts()).toEqual(['probe']);
    expect(machine.installed()).toEqual([]);
    expect(machine.bytesOf({ filename: '', bytes: Buffer.from(fetched), sha256: '' }, [innocent])).toEqual(
      [],
    );
  });

  it('writes no byte of it to any file, at no time (strace)', async (context) => {
    const watch = trace(machine.directory.join('trace'));
    if (watch === undefined) return context.skip('there is no strace that works here');
    serve();
    // A budget far below the archive's size: it spills, as ciphertext.
    const options = { wrapper: watch.wrapper };
    expectWarning(await machine.install(lines, ['-i', index.url, '--memory-budget', '1M'], options));
    const needles = needlesOf(fetched, [innocent.bytes]);
    let written = 0;
    for (const { bytes, path, call } of watch.writes()) {
      if (bytes === undefined) throw new Error(`${call} to ${path} hides what it writes`);
      written += bytes.length;
      for (const needle of needles) expect(bytes.includes(needle), path).toBe(false);
    }
    expect(written).toBeGreaterThan(500_000);
    // The probe, and the pip that waits: what it is told and does is in the writes.
    expect(watch.programs().filter((program) => /python/.test(program)).length).toBeLessThanOrEqual(2);
    expect(machine.starts()).not.toContain('pip');
  });
});

describe('what the checks above would see', () => {
  it('bytes of an archive that verified: in the store and, through pip, in the environment', async () => {
    index.serve({ projects: { useless: [pinned], innocent: [innocent] } });
    const watch = trace(machine.directory.join('trace'));
    const options = watch === undefined ? {} : { wrapper: watch.wrapper };
    expect((await machine.install(pinnedLines, ['-i', index.url], options)).status).toBe(0);
    expect(machine.starts()).toEqual(['probe', 'pip']);
    const found = machine.bytesOf(pinned, [innocent]).map(({ path }) => path);
    expect(found.some((path) => path.startsWith(machine.directory.join('cache')))).toBe(true);
    expect(found.some((path) => path.startsWith(machine.venv.sitePackages))).toBe(true);
    if (watch === undefined) return;
    const needles = needlesOf(pinned.bytes, [innocent.bytes]);
    const seen = watch.writes().filter(({ bytes }) => needles.some((needle) => bytes?.includes(needle)));
    expect(seen.length).toBeGreaterThan(0);
  });
});

describe('a mismatch is never retried until it works (P8)', () => {
  it('one request for the archive', async () => {
    index.serve({ projects: { useless: [{ ...pinned, served: tampered.bytes }] } });
    const before = index.requests.length;
    await machine.install([peepHash(pinned), 'useless==1.0'], ['-i', index.url]);
    expect(index.requests.slice(before).map(({ path }) => path)).toEqual([
      '/simple/useless/',
      `/files/useless/${pinned.filename}`,
    ]);
  });
});

describe('trouble is not tampering (P8)', () => {
  const half = Math.floor(pinned.bytes.length / 2);
  it.each([
    ['a truncated archive', { truncateAt: half }, /connection|short|arrived/],
    ['a reset connection', { resetAt: half }, /connection/],
    ['a stalled archive', { stallAt: half }, /for 1 s/],
    ['a silent server', { silent: true }, /for 1 s/],
    ['404 for an archive', { status: 404 }, /status 404/],
    ['403 for an archive', { status: 403 }, /status 403/],
    ['500 for an archive', { status: 500 }, /status 500/],
  ])('%s: unavailable, exit 1, nothing installed or kept', async (_, fault, words) => {
    index.serve({ projects: { useless: [pinned] }, faults: [{ path: /^\/files\//, ...fault }] });
    const { status, stdout } = await machine.install(
      [peepHash(pinned), 'useless==1.0'],
      ['-i', index.url, '--retries', '0', '--timeout', '1'],
    );
    expect(stdout).toMatch(/^No archive found for:\n\n {4}useless==1\.0 {2}\(requirements\.txt, line 2\)\n/);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(words);
    expect(stdout).not.toContain('FREAK OUT');
    expect(status).toBe(1);
    expect(machine.starts()).toEqual(['probe']);
    expect(machine.bytesOf(pinned)).toEqual([]);
  });
});
