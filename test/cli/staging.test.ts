import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  index = await startMockIndex();
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});
afterEach(() => machine.reset());

const useless = wheel({ name: 'useless', version: '1.0', files: { 'useless.py': 'good = 1\n' } });

describe('between peep’s check and pip’s read', () => {
  it('a wheel is swapped: pip refuses it, and nothing is installed', async () => {
    index.serve({ projects: { useless: [useless] } });
    const evil = wheel({ name: 'useless', version: '1.0', files: { 'useless.py': 'evil = 1\n' } });
    machine.swapInStaging('archives/useless-*.whl', evil);
    const { status, stdout, stderr } = await machine.install(
      [peepHash(useless), 'useless==1.0'],
      ['-i', index.url],
    );
    expect(stdout + stderr).toContain('DO NOT MATCH THE HASHES');
    expect(stderr).toMatch(/\nerror: pip ended with status 1 after every archive verified/);
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
    expect(stagings()).toEqual([]);
  });
});

describe('while pip runs', () => {
  it('no second user can look into staging; when peep is killed, the next run removes what it left', async () => {
    const waiting = sdist({
      name: 'waiting',
      version: '1.0',
      files: { 'build_backend.py': waitingBackend() },
    });
    index.serve({ projects: { waiting: [waiting], useless: [useless] } });
    machine.write('r.txt', `${peepHash(waiting)}\nwaiting==1.0\n`);
    // Nothing but staging's own mode shall stand in the way of the second user.
    chmodSync(machine.directory.path, 0o755);
    chmodSync(machine.directory.join('tmp'), 0o1777);
    const { process: child, finished } = machine.start(['install', '-r', 'r.txt', '-i', index.url]);
    try {
      await until(() => existsSync(machine.directory.join('ready')), finished);
      // One is of the pip that waits for what is built.
      const staging =
        stagings().find((directory) =>
          paths(directory).some((path) => basename(path) === waiting.filename),
        ) ?? '';
      expect(statSync(staging).mode & 0o777).toBe(0o700);
      const [source = ''] = paths(staging).filter((path) => basename(path) === waiting.filename);
      expect(statSync(join(staging, source)).mode & 0o777).toBe(0o400);
      const archives = join(staging, dirname(source));
      expect(asSecondUser(`ls '${machine.directory.join('tmp')}'`)).toMatch(/^0 |^not root$/);
      expect(asSecondUser(`ls '${archives}'`)).not.toMatch(/^0 /);
      expect(asSecondUser(`echo evil > '${join(staging, 'new')}'`)).not.toMatch(/^0 /);
      expect(asSecondUser(`mv '${staging}' '${staging}-away'`)).not.toMatch(/^0 /);
      expect(stagings()).toContain(staging);
    } finally {
      child.kill('SIGKILL');
      await endOfPip();
    }
    expect((await finished).signal).toBe('SIGKILL');
    expect(stagings()).not.toEqual([]);

    const { status } = await machine.install([peepHash(useless), 'useless==1.0'], ['-i', index.url]);
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['useless==1.0']);
    expect(stagings()).toEqual([]);
  });
});

function stagings(): string[] {
  const temp = machine.directory.join('tmp');
  return readdirSync(temp)
    .filter((name) => name.startsWith('peep-'))
    .map((name) => join(temp, name));
}

function paths(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' });
}

/** Status and output of a command of another user; `not root` where this one may not become another. */
function asSecondUser(command: string): string {
  if (process.getuid?.() !== 0) return 'not root';
  const { status, stderr } = spawnSync('/bin/sh', ['-c', command], {
    uid: 54_321,
    gid: 54_321,
    encoding: 'utf8',
    env: {},
  });
  return `${status} ${stderr}`;
}

/** A build that waits for a file, and tells the process of pip. */
function waitingBackend(): string {
  const [ready, go] = [machine.directory.join('ready'), machine.directory.join('go')];
  return `import os, time
with open(${JSON.stringify(`${ready}.new`)}, 'w') as file:
    file.write(str(os.getppid()))
os.rename(${JSON.stringify(`${ready}.new`)}, ${JSON.stringify(ready)})
while not os.path.exists(${JSON.stringify(go)}):
    time.sleep(0.02)
raise SystemExit(1)
`;
}

/** A killed peep leaves its pip running: it ends when its build does. */
async function endOfPip(): Promise<void> {
  writeFileSync(machine.directory.join('go'), '');
  const pid = Number(readFileSync(machine.directory.join('ready'), 'utf8'));
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Looks again and again; a program that ended cannot make it true any more. */
async function until(holds: () => boolean, finished: Promise<unknown>): Promise<void> {
  let over = false;
  finished.then(() => {
    over = true;
  });
  while (!holds()) {
    if (over) throw new Error('the program ended before');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
