import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

const quill = wheel({ name: 'quill', version: '1.0' });
const other = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'x = 1\n' } });

/** An environment without pip. */
let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine({ withPip: false });
  index = await startMockIndex({ projects: { quill: [quill] } });
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

describe('messages', () => {
  it.each([
    [['install', 'requirements.txt'], 'Did you mean `peep install -r requirements.txt`?'],
    [['fetch', 'ci/dev.lock'], 'Did you mean `peep fetch -r ci/dev.lock`?'],
    [['pin', 'pylock.dev.toml'], 'Did you mean `peep pin -r pylock.dev.toml`?'],
    [['verify', 'Pipfile.lock'], 'Did you mean `peep verify -r Pipfile.lock`?'],
    [['outdated', 'quill'], 'Name requirements files with -r FILE.'],
    [['vet'], 'peep vet ARCHIVE [OLDER]'],
    [['fech', '-r', 'r.txt'], 'Did you mean `peep fetch`?'],
  ])('%j: %s', async (args, hint) => {
    const run = await machine.peep(args);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain(`hint: ${hint}`);
  });

  it("a command of pip's in an environment without pip says what helps", async () => {
    const { status, stderr } = await machine.peep(['freeze']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/No module named .*pip/);
    expect(stderr).toMatch(/error: '.*' has no pip to install with\nhint: .*ensurepip/);
  });

  it('names the target first and last, and warns of one that is no environment and that nobody named', async () => {
    machine.write('r.txt', `${peepHash(quill)}\nquill==1.0\n`);
    const args = ['install', '-r', 'r.txt', '-i', index.url, '--dry-run'];
    const unnamed = await machine.peep(args, { env: { VIRTUAL_ENV: undefined } });
    expect(unnamed.status).toBe(0);
    expect(unnamed.stderr).toMatch(
      /^warning: '\S+' \(Python [\d.]+\) is not a virtual environment, and was not named explicitly\nhint: .*\ntarget: (\S+ \(Python [\d.]+\))\n[\s\S]*1 chosen.*, for \1\n$/,
    );
    const python = { PEEP_PYTHON: 'python3', VIRTUAL_ENV: undefined };
    const named = await machine.peep(args, { env: python });
    expect(named.stderr).toMatch(/^target: /);
  });

  it('the Fearsome Warning is red and bold where colours are forced, on stdout too', async () => {
    machine.write('r.txt', `${peepHash(other)}\nquill==1.0\n`);
    const args = ['fetch', '-r', 'r.txt', '-i', index.url];
    const red = '\u001b[1m\u001b[31mTHE ARCHIVES BELOW';
    const forced = await machine.peep(args, { env: { FORCE_COLOR: '1' } });
    expect(forced.stdout.startsWith(red)).toBe(true);
    expect((await machine.peep(args)).stdout.startsWith('THE ARCHIVES BELOW')).toBe(true);
    const off = await machine.peep([...args, '--no-color'], { env: { FORCE_COLOR: '1' } });
    expect(off.stdout).not.toContain('\u001b');
  });

  it('--offline with many missing: one cause, one hint, the pins above', async () => {
    const many = Array.from({ length: 30 }, (_, i) => `${peepHash(quill)}\nproject${i}==1.0\n`);
    machine.write('r.txt', many.join(''));
    const { status, stdout } = await machine.peep(['fetch', '-r', 'r.txt', '-i', index.url, '--offline']);
    expect(status).toBe(1);
    expect(stdout.match(/--offline asks no index/g)).toHaveLength(1);
    expect(stdout.match(/hint:/g)).toHaveLength(1);
  });

  it('a store that cannot be made names the way out', async () => {
    machine.write('r.txt', `${peepHash(quill)}\nquill==1.0\n`);
    machine.write('file', '');
    const { status, stderr } = await machine.peep(['fetch', '-r', 'r.txt', '-i', index.url], {
      env: { HOME: `${machine.work}/file/home`, XDG_CACHE_HOME: undefined, PEEP_CACHE_DIR: undefined },
    });
    expect(status).toBe(1);
    expect(stderr).toContain('cannot use the store at');
    expect(stderr).toContain('--cache-dir or PEEP_CACHE_DIR');
  });
});
