import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { wheel } from '../mock-index/wheel.js';
import { peepHash, sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();

const files = { 'useless.py': Array.from({ length: 4000 }, (_, i) => `x${i} = ${i * i}\n`).join('') };
const useless = wheel({ name: 'useless', version: '1.0', files });

describe('an interrupt', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s in a stalled download: exit %i at once, and nothing is left', async (signal, expected) => {
    index.serve({ projects: { useless: [useless] }, faults: [{ path: /^\/files/, stallAt: 40_000 }] });
    const start = index.requests.length;
    machine.write('r.txt', `${peepHash(useless)}\nuseless==1.0\n`);
    const { process: child, finished } = machine.start(['install', '-r', 'r.txt', '-i', index.url]);
    const request = await index.request(
      (each) => index.requests.indexOf(each) >= start && each.path.startsWith('/files'),
    );
    await request.held;
    child.kill(signal);
    const { status, stdout, stderr } = await finished;
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toMatch(
      /^target: \S+ \(Python [\d.]+\)\ninterrupted; nothing installed; 0 archives kept\n$/,
    );
    expect(machine.bytesOf(useless)).toEqual([]);
    expect(machine.starts()).toEqual(['probe']);
    expect(filesBelow(machine.directory.join('tmp'))).toEqual([]);
    expect(filesBelow(machine.directory.join('cache'))).toEqual([]);
  });

  it('tells exactly how many archives were kept', async () => {
    const quick = wheel({ name: 'quick', version: '1.0' });
    index.serve({
      projects: { useless: [useless], quick: [quick] },
      faults: [{ path: /^\/files.*useless/, stallAt: 40_000 }],
    });
    const start = index.requests.length;
    machine.write('r.txt', `${peepHash(useless)}\nuseless==1.0\n${peepHash(quick)}\nquick==1.0\n`);
    const { process: child, finished } = machine.start(['install', '-r', 'r.txt', '-i', index.url, '-v']);
    const request = await index.request(
      (each) => index.requests.indexOf(each) >= start && each.path.includes('useless-'),
    );
    await request.held;
    await until(
      () => filesBelow(machine.directory.join('cache')).some((path) => path.endsWith('.whl')),
      finished,
    );
    child.kill('SIGINT');
    expect((await finished).stderr).toMatch(/\ninterrupted; nothing installed; 1 archive kept\n$/);
  });

  it('of a page that does not come: exit 130', async () => {
    index.serve({ faults: [{ path: /^\/simple/, silent: true }] });
    machine.write('r.txt', `${peepHash(useless)}\nuseless==1.0\n`);
    const start = index.requests.length;
    const { process: child, finished } = machine.start(['install', '-r', 'r.txt', '-i', index.url]);
    await (await index.request((each) => index.requests.indexOf(each) >= start)).held;
    child.kill('SIGINT');
    expect((await finished).status).toBe(130);
  });

  it('while pip runs reaches pip: exit 130, and the staging directory is gone', async () => {
    const ready = machine.directory.join('ready');
    const backend = `import os, time\nparent = os.getppid()\nopen(${JSON.stringify(ready)}, 'w').close()\nwhile os.getppid() == parent: time.sleep(0.05)\n`;
    const endless = sdist({ name: 'endless', version: '1.0', files: { 'build_backend.py': backend } });
    index.serve({ projects: { endless: [endless] } });
    machine.write('r.txt', `${peepHash(endless)}\nendless==1.0\n`);
    const { process: child, finished } = machine.start(['install', '-r', 'r.txt', '-i', index.url]);
    await until(() => readdirSync(machine.directory.path).includes('ready'), finished);
    child.kill('SIGINT');
    const { status } = await finished;
    expect(status).toBe(130);
    expect(readdirSync(machine.directory.join('tmp')).filter((name) => name.startsWith('peep'))).toEqual([]);
    expect(machine.installed()).toEqual([]);
  });
});

describe('exit statuses', () => {
  it.each([
    [['install']],
    [['install', '-r', 'r.txt', 'flask']],
    [['install', '-r', 'r.txt', '--no-such-option']],
    [['install', '-r', 'r.txt', '-e', '.']],
    [['install', '-r', 'r.txt', '--no-deps=maybe']],
    [['install', '-r', 'r.txt', '--progress-bar', 'perhaps']],
    [['install', '-r', 'r.txt', '--jobs', 'many']],
    [['install', '-r']],
    [['hash']],
    [['store', 'burn']],
    [['fetch', 'flask']],
    [['--python']],
  ])('2 for the command line %j, with one error and nothing else', async (args) => {
    const { status, stdout, stderr } = await machine.peep(args);
    expect(stderr).toMatch(/^error: [^\n]+(\nhint: [^\n]+)?\n$/);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it("pip's own, with a line that everything had verified, when pip fails", async () => {
    const conflicting = sdist({
      name: 'failing',
      version: '1.0',
      files: { 'build_backend.py': 'def build_wheel(*given): raise SystemExit(7)\n' },
    });
    index.serve({ projects: { failing: [conflicting] } });
    const { status, stderr } = await machine.install(
      [peepHash(conflicting), 'failing==1.0'],
      ['-i', index.url],
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /\nerror: pip could not build failing==1\.0 \(status 1\) after every archive verified/,
    );
    expect(machine.installed()).toEqual([]);
  });
});

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
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
