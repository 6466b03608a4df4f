import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
let marker = '';

beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex();
  marker = machine.directory.join('setup-py-ran');
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const one = wheel({ name: 'useless', version: '1.0' });
const two = wheel({ name: 'useless', version: '2.0' });
const wrong = '# sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** A source archive whose setup.py and backend leave a mark when they run. */
function marked(name: string, version: string): BuiltArchive {
  const leaveMark = `open(${JSON.stringify(marker)}, 'w').close()\n`;
  return sdist({
    name,
    version,
    setupPy: `${leaveMark}from setuptools import setup\nsetup(name='${name}', version='${version}')\n`,
    files: { 'build_backend.py': leaveMark },
  });
}

describe("what the original's own tests show", () => {
  it('installs the pinned 1.0, and not the decoy 2.0', async () => {
    index.serve({ projects: { useless: [one, two] } });
    const { status, stderr } = await machine.install([peepHash(one), 'useless==1.0'], ['-i', index.url]);
    expect(stderr).toMatch(/^target: .*\n1 verified, .* in .* s, for .*\n$/);
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['useless==1.0']);
    expect(await machine.venv.run('-c', 'import useless; print(useless.__version__)')).toBe('1.0\n');
    expect(await machine.venv.run('-m', 'pip', 'freeze')).toBe('useless==1.0\n');
  });

  it('installs a source archive whose digest matches', async () => {
    const archive = sdist({ name: 'useless', version: '1.0' });
    index.serve({ projects: { useless: [archive, two] } });
    const { status } = await machine.install([peepHash(archive), 'useless==1.0'], ['-i', index.url]);
    expect(status).toBe(0);
    expect(await machine.venv.run('-m', 'pip', 'freeze')).toBe('useless==1.0\n');
  });

  it('takes -i from the file while --no-index is on the command line', async () => {
    index.serve({ projects: { useless: [one] } });
    const lines = [`-i ${index.url}`, peepHash(one), 'useless==1.0'];
    expect((await machine.install(lines, ['--no-index'])).status).toBe(0);
    expect(machine.installed()).toEqual(['useless==1.0']);
  });

  it.each([
    ['a wrong hash', [wrong, 'useless==1.0'], 'FREAK OUT'],
    ['a missing hash', ['useless==1.0'], 'have no hash'],
    ['a version that does not exist', [wrong, 'useless==7.0'], 'no archive of useless==7.0 found at'],
    ['a project that does not exist', [wrong, 'useful==1.0'], 'no archive of useful==1.0 found at'],
  ])('%s: exit 1, and no setup.py ran', async (_, lines, words) => {
    index.serve({ projects: { useless: [marked('useless', '1.0')] } });
    const { status, stdout, stderr } = await machine.install(lines, ['-i', index.url]);
    expect(status).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain(words);
    expect(stdout).toMatch(/\n-+\nNot proceeding to installation\.\n$/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(existsSync(marker)).toBe(false);
    expect(machine.installed()).toEqual([]);
    expect(machine.starts()).toEqual(['probe']);
  });

  it('the marked source archive leaves its mark when it is built', async () => {
    const archive = marked('useless', '1.0');
    index.serve({ projects: { useless: [archive] } });
    await machine.install([peepHash(archive), 'useless==1.0'], ['-i', index.url]);
    expect(existsSync(marker)).toBe(true);
  });

  it('a missing requirements file: exit 1, named', async () => {
    const { status, stdout, stderr } = await machine.peep(['install', '-r', 'nowhere.txt']);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .*'nowhere\.txt'.*\nhint: .*\n$/);
  });

  it('reinstalls an archive named by a git SHA when only the SHA changes', async () => {
    const route = (sha: string, text: string) => {
      const files = { 'useless/__init__.py': `commit = '${text}'\n` };
      const spec = { name: 'useless', version: '1.0', format: 'zip', root: `useless-${sha}`, files } as const;
      return { path: `/useless/archive/${sha}.zip`, archive: sdist({ ...spec, pkgInfo: pkgInfo }) };
    };
    const pkgInfo = 'Metadata-Version: 2.1\nName: useless\nVersion: 1.0\n';
    const [first, second] = [route('a'.repeat(40), 'first'), route('b'.repeat(40), 'second')];
    index.serve({
      routes: Object.fromEntries([first, second].map(({ path, archive }) => [path, { body: archive.bytes }])),
    });
    for (const [{ path, archive }, commit] of [
      [first, 'first'],
      [second, 'second'],
      [first, 'first'],
    ] as const) {
      const url = `${index.origin}${path}#egg=useless`;
      const { status, stderr } = await machine.install([peepHash(archive), url]);
      expect(stderr).not.toContain('error');
      expect(status).toBe(0);
      expect(readFileSync(join(machine.venv.sitePackages, 'useless', '__init__.py'), 'utf8')).toContain(
        commit,
      );
    }
    expect(machine.starts()).toEqual(
      expect.arrayContaining(['probe', 'pip', 'probe', 'pip', 'probe', 'pip']),
    );
  });

  it('leaves an archive URL with the installed version in its file name alone', async () => {
    const archive = sdist({ name: 'useless', version: '1.0' });
    index.serve({ routes: { [`/${archive.filename}`]: { body: archive.bytes } } });
    const lines = [peepHash(archive), `${index.origin}/${archive.filename}#egg=useless`];
    expect((await machine.install(lines)).status).toBe(0);
    machine.starts();
    const { status, stdout } = await machine.install(lines);
    expect(status).toBe(0);
    expect(stdout).toContain('Left alone: same version');
    expect(machine.starts()).toEqual(['probe']);
  });

  it('a hash belongs to the next requirement alone', async () => {
    const other = wheel({ name: 'other', version: '1.0' });
    index.serve({ projects: { useless: [one], other: [other] } });
    const lines = [peepHash(one), 'useless==1.0', 'other==1.0'];
    const { status, stdout } = await machine.install(lines, ['-i', index.url]);
    expect(status).toBe(1);
    expect(stdout).toContain(`\n${peepHash(other)}\nother==1.0\n`);
    expect(stdout).not.toContain('useless==');
    expect(machine.installed()).toEqual([]);
  });

  it('takes remarks after a digest, and unknown algorithms for plain comments', async () => {
    index.serve({ projects: { useless: [one] } });
    const lines = [
      `${peepHash(one)} # from the sources at home`,
      '# sha512: whatever it is',
      '',
      '# and a remark',
      'useless==1.0  # as ever',
    ];
    expect((await machine.install(lines, ['-i', index.url])).status).toBe(0);
    expect(machine.installed()).toEqual(['useless==1.0']);
  });

  it('lists what is installed with the pinned version, and needs neither index nor hash for it', async () => {
    index.serve({ projects: { useless: [one] } });
    await machine.install([peepHash(one), 'useless==1.0'], ['-i', index.url]);
    const asked = index.requests.length;
    machine.starts();
    const { status, stdout, stderr } = await machine.install(['useless==1.0'], ['-i', index.url]);
    expect(status).toBe(0);
    expect(stdout).toBe(
      'Left alone: same version, files not checked; peep verify checks them:\n\n    useless==1.0\n',
    );
    expect(machine.shown(stderr).replaceAll(/\[MACHINE\]\/venv \(Python [\d.]+\)/g, 'VENV')).toBe(
      'target: VENV\nwarning: useless==1.0 has no hash; it is accepted because it is already installed\n' +
        'hint: peep refuses it in an empty environment; `peep pin --write` adds the hash.\n' +
        '1 already installed in [TIME], for VENV\n',
    );
    expect(index.requests.length).toBe(asked);
    expect(machine.starts()).toEqual(['probe']);
  });
});
