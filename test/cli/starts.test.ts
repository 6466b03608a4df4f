import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex({ projects: { useless: [useless] } });
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const useless = wheel({ name: 'useless', version: '1.0' });
const lines = [peepHash(useless), 'useless==1.0'];

describe('how often the target Python is started', () => {
  it('twice for an install: the probe and pip; once when everything is satisfied', async () => {
    expect((await machine.install(lines, ['-i', index.url])).status).toBe(0);
    expect(machine.starts()).toEqual(['probe', 'pip']);
    expect((await machine.install(lines, ['-i', index.url])).status).toBe(0);
    expect(machine.starts()).toEqual(['probe']);
  });

  it('not at all for peep hash, peep help, peep store and a wrong command line', async () => {
    machine.write(useless.filename, useless.bytes);
    for (const args of [
      ['hash', useless.filename],
      ['help'],
      ['store', 'path'],
      ['install', '--nonsense'],
      ['install', 'useless'],
    ])
      await machine.peep(args);
    expect(machine.starts()).toEqual([]);
  });
});

describe('a pip that cannot serve is said before anything is fetched', () => {
  /** Nothing on PATH may serve in its place. */
  const alone = { env: { PATH: '/nowhere' } };
  const pipDirectory = () => join(machine.venv.sitePackages, 'pip');

  async function withPip(spoil: () => void, check: () => Promise<void>): Promise<void> {
    const aside = machine.directory.join('pip-aside');
    renameSync(pipDirectory(), aside);
    try {
      spoil();
      await check();
    } finally {
      rmSync(pipDirectory(), { recursive: true, force: true });
      renameSync(aside, pipDirectory());
    }
  }

  function writePip(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files))
      machine.write(join('..', pipDirectory().slice(machine.directory.path.length + 1), name), text);
  }

  async function expectRefusal(words: RegExp): Promise<void> {
    const asked = index.requests.length;
    const { status, stdout, stderr } = await machine.install(lines, ['-i', index.url], alone);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/\nhint: /);
    expect(stdout).toBe('');
    expect(status).toBe(1);
    expect(index.requests.length).toBe(asked);
    expect(machine.installed()).toEqual([]);
    expect(existsSync(machine.directory.join('cache'))).toBe(false);
  }

  // The base Python's pip would serve an environment without one: it is hidden by pyvenv.cfg here.
  it('too old', async () => {
    await withPip(
      () => {
        writePip({ '__init__.py': "__version__ = '9.0.3'\n", '__main__.py': '' });
      },
      () => withoutBase(() => expectRefusal(/^error: .*9\.0\.3/)),
    );
  });

  it('absent', async () => {
    await withPip(
      () => undefined,
      () => withoutBase(() => expectRefusal(/^error: .*no pip/)),
    );
  });

  it('broken', async () => {
    await withPip(
      () => writePip({ '__init__.py': "__version__ = '23.0'\n" }),
      () => withoutBase(() => expectRefusal(/^error: .*__main__\.py is missing/)),
    );
  });

  /** Makes the environment's base a Python without pip: a wrapper that hides it would be another start. */
  async function withoutBase(check: () => Promise<void>): Promise<void> {
    const blocker = join(machine.venv.sitePackages, 'hide_base.pth');
    // The probe asks sys._base_executable where the environment comes from.
    writeFileSync(blocker, "import sys; sys._base_executable = '/nowhere/python'\n");
    try {
      await check();
    } finally {
      rmSync(blocker);
    }
  }

  it("no pip, and the base Python's serves: still told nothing but its install", async () => {
    await withPip(
      () => undefined,
      async () => {
        const { status, stderr } = await machine.install(lines, ['-i', index.url]);
        expect(machine.shown(stderr)).toMatch(/^target: .*\n1 verified, \[SIZE\] in \[TIME\], for .*\n$/);
        expect(status).toBe(0);
        expect(machine.installed()).toEqual(['useless==1.0']);
      },
    );
  });

  it('no Python at all: said with the ways to name one', async () => {
    const { status, stderr } = await machine.install(lines, ['-i', index.url], {
      env: { PATH: '/nowhere', VIRTUAL_ENV: undefined },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*\nhint: .*--python/);
  });
});
