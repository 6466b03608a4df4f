import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scenario } from '../mock-index/scenario.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const ours = wheel({ name: 'acme-core', version: '1.0', files: { 'acme.py': 'ours = 1\n' } });
const theirs = wheel({ name: 'acme-core', version: '1.0', files: { 'acme.py': 'theirs = 1\n' } });
const quill = wheel({ name: 'quill', version: '1.0' });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function indexOf(scenario: Scenario) {
  const index = await startMockIndex(scenario);
  cleanups.push(() => index.close());
  return index;
}

async function world() {
  const company = await indexOf({ projects: { 'acme-core': [ours] } });
  const open = await indexOf({ projects: { 'acme-core': [theirs], quill: [quill] } });
  const directory = tempDirectory();
  cleanups.push(() => directory[Symbol.dispose]());
  const run = (lines: string, command: string, ...args: string[]) => {
    writeFileSync(directory.join('req.txt'), lines);
    return runPeep([command, '-r', 'req.txt', '--for', '3.11:any', '-i', open.url, ...args], {
      cwd: directory.path,
      home: directory.path,
      env: { PEEP_INDEX_COMPANY_TOKEN: 't0ken', ...environment },
    });
  };
  let environment: Record<string, string | undefined> = {};
  const withEnvironment = (more: Record<string, string | undefined>) => {
    environment = more;
  };
  const bound = ['--index', `company=${company.url}`, '--from', 'company:acme-*'];
  return { company, open, directory, run, bound, withEnvironment };
}

describe('a project that is bound to an index (--index, --from)', () => {
  it('is asked for there and nowhere else; others are not asked for there', async () => {
    const { company, open, run, bound } = await world();
    const pins = `acme-core==1.0 --hash=sha256:${ours.sha256}\nquill==1.0 --hash=sha256:${quill.sha256}\n`;
    expect(await run(pins, 'fetch', ...bound)).toMatchObject({ status: 0 });
    expect(company.requests.map(({ path }) => path.split('/')[2])).toEqual(['acme-core', 'acme-core']);
    expect(open.requests.filter(({ path }) => path.includes('acme'))).toEqual([]);
    // P7: its secret goes to it alone.
    expect(company.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t0ken',
      'Bearer t0ken',
    ]);
    expect(open.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32').each([
    ['a bearer token', { PEEP_INDEX_COMPANY_USERNAME: undefined }, 'Bearer from-a-command'],
    ['a password', { PEEP_INDEX_COMPANY_USERNAME: 'aws' }, `Basic ${btoa('aws:from-a-command')}`],
  ])('is asked for with what a command prints, as %s, and the command runs once', async (_, user, sent) => {
    const { company, directory, run, bound, withEnvironment } = await world();
    const log = directory.join('log');
    writeFileSync(directory.join('cloud'), `#!/bin/sh\necho "$@" >> '${log}'\necho from-a-command\n`, {
      mode: 0o755,
    });
    const command = './cloud token';
    const PATH = `${directory.path}:/usr/bin:/bin`;
    const secret = { PEEP_INDEX_COMPANY_TOKEN: undefined, PEEP_INDEX_COMPANY_TOKEN_COMMAND: command };
    withEnvironment({ ...secret, ...user, PATH });
    const pin = `acme-core==1.0 --hash=sha256:${ours.sha256}\n`;
    expect((await run(pin, 'fetch', ...bound)).stderr).toContain("'./cloud' is not a program on PATH");
    withEnvironment({
      ...secret,
      ...user,
      PATH,
      PEEP_INDEX_COMPANY_TOKEN_COMMAND: 'cloud token --for "two words"',
    });
    expect(await run(pin, 'fetch', ...bound)).toMatchObject({ status: 0 });
    expect(company.requests.map(({ headers }) => headers.authorization)).toEqual([sent, sent]);
    expect(readFileSync(log, 'utf8')).toBe('token --for two words\n');
  });

  it('gets further headers from a variable, it alone, also where it redirects to', async () => {
    const { company, open, run, bound, withEnvironment } = await world();
    const storage = await indexOf({ projects: { 'acme-core': [ours] } });
    const moved = await indexOf({
      projects: { 'acme-core': [ours] },
      faults: [
        {
          path: `/files/acme-core/${ours.filename}`,
          redirect: new URL(`/files/acme-core/${ours.filename}`, storage.url).href,
        },
      ],
    });
    withEnvironment({ PEEP_INDEX_COMPANY_HEADERS: 'X-JFrog-Art-Api: k3y\nX-Team:  paper mill \n' });
    const pins = `acme-core==1.0 --hash=sha256:${ours.sha256}\nquill==1.0 --hash=sha256:${quill.sha256}\n`;
    expect(await run(pins, 'fetch', ...bound)).toMatchObject({ status: 0 });
    const sent = ({ requests }: { requests: readonly { headers: Record<string, unknown> }[] }) =>
      requests.map(({ headers }) => [headers['x-jfrog-art-api'], headers['x-team']]);
    expect(sent(company)).toEqual([
      ['k3y', 'paper mill'],
      ['k3y', 'paper mill'],
    ]);
    expect(sent(open)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const elsewhere = ['--index', `company=${moved.url}`, '--from', 'company:acme-*'];
    const other = ['--cache-dir', 'other'];
    expect(await run(pins, 'fetch', ...elsewhere, ...other)).toMatchObject({ status: 0 });
    expect(sent(moved)[1]).toEqual(['k3y', 'paper mill']);
    expect(sent(storage)).toEqual([[undefined, undefined]]);
  });

  it.each(['Authorization: Bearer x', 'no header', 'X-A: b\rX-C: d', 'Host: x', 'X-A:', 'X-A: 1\nx-a: 2'])(
    'a header that cannot be sent is refused, and not shown: %j',
    async (header) => {
      const { company, run, bound, withEnvironment } = await world();
      withEnvironment({ PEEP_INDEX_COMPANY_HEADERS: `X-Secret: s3cret\n${header}` });
      const ran = await run(`acme-core==1.0 --hash=sha256:${ours.sha256}\n`, 'fetch', ...bound);
      expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('PEEP_INDEX_COMPANY_HEADERS') });
      expect(ran.stderr).not.toContain('s3cret');
      expect(company.requests).toEqual([]);
    },
  );

  it('is so for a whole project by its pyproject.toml; the command line counts before it', async () => {
    const { company, open, directory, run } = await world();
    const table = (url: string) =>
      `[tool.peep.indexes.company]\nurl = ${JSON.stringify(url)}\nprojects = ["acme-*"]\n`;
    writeFileSync(directory.join('pyproject.toml'), table(company.url));
    const pin = `acme-core==1.0 --hash=sha256:${ours.sha256}\n`;
    expect(await run(pin, 'fetch')).toMatchObject({ status: 0 });
    expect(open.requests).toEqual([]);
    writeFileSync(directory.join('pyproject.toml'), table('http://127.0.0.1:1/simple/'));
    const other = ['--index', `company=${company.url}`, '--from', 'company:acme-core', '--refresh'];
    expect(await run(pin, 'fetch', ...other)).toMatchObject({ status: 0 });
    expect(open.requests).toEqual([]);
  });

  it('is pinned from there: nobody else can put another one in its place', async () => {
    const { run, bound } = await world();
    const pinned = await run('acme-core==1.0\n', 'pin', ...bound);
    expect(pinned.stdout).toContain(`--hash=sha256:${ours.sha256}`);
    expect(pinned.stdout).not.toContain(theirs.sha256);
  });

  it('is not there when that index has not got it, whatever others have', async () => {
    const { company, open, run, bound } = await world();
    const ran = await run(`acme-tools==1.0 --hash=sha256:${theirs.sha256}\n`, 'fetch', ...bound);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain(company.url);
    expect(open.requests).toEqual([]);
  });
});
