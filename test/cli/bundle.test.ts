import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { peepPath } from '../support/run-peep.js';
import { makeMachine } from './machine.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const quill = wheel({ name: 'quill', version: '1.0' });
const newer = wheel({ name: 'quill', version: '1.1', files: { 'quill.py': 'x = 2\n' } });

it('one file alone in a directory is all of peep', async () => {
  using machine = await makeMachine();
  await using index = await startMockIndex({ projects: { quill: [quill, newer] } });
  const program = machine.directory.join('alone/peep.mjs');
  mkdirSync(machine.directory.join('alone'));
  copyFileSync(peepPath, program);
  machine.write('requirements.txt', `-i ${index.url}\nquill==1.0 --hash=sha256:${quill.sha256}\n`);
  machine.withoutLog();
  const run = (...args: string[]) => machine.peep(args, { program });

  expect(await run('install', '-r', 'requirements.txt')).toMatchObject({ status: 0 });
  expect(machine.installed()).toEqual(['quill==1.0']);
  expect(await run('diff', 'quill==1.0', 'quill==1.1', '-i', index.url, '--stat')).toMatchObject({
    status: 1,
  });
  expect(await run('pin', '-r', 'requirements.txt', '--upgrade', 'quill==1.1')).toMatchObject({ status: 0 });
  expect(await run('port', 'requirements.txt')).toMatchObject({ status: 0 });
  expect(await run('verify', '-r', 'requirements.txt')).toMatchObject({ status: 0 });
  // Large enough for threads, which run the same file.
  const large = ['a', 'b'].map((name) => machine.write(name, Buffer.alloc(20 << 20, name)));
  expect((await run('hash', ...large)).stdout.match(/# sha256: /g)).toHaveLength(2);
  expect(readdirSync(machine.directory.join('alone'))).toEqual(['peep.mjs']);
}, 120_000);

it('two builds are the same bytes, and the sha256 is told', () => {
  const build = (name: string) => {
    const told = execFileSync(process.execPath, ['scripts/bundle.mjs', `dist/${name}`], { cwd: root });
    const bytes = readFileSync(`${root}dist/${name}`);
    rmSync(`${root}dist/${name}`);
    return { told: told.toString().replace(name, 'peep.mjs'), bytes };
  };
  const [first, second] = [build('first.mjs'), build('second.mjs')];
  expect(first.bytes.equals(second.bytes)).toBe(true);
  expect(first.told).toBe(second.told);
  expect(first.told).toMatch(/^[0-9a-f]{64} {2}dist\/peep\.mjs\n$/);
});

it('names the licence of each package that is in it', () => {
  const text = readFileSync(peepPath, 'utf8');
  const notices = text.slice(text.lastIndexOf('/*! '));
  const packages = text.matchAll(/^ *\/\/ (?:.*\/)?node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm);
  const names = new Set([...packages].map(([, name]) => name));
  expect(names).toContain('undici');
  for (const name of names) expect(notices).toMatch(new RegExp(`^${name} \\d.* \\(`, 'm'));
  expect(notices).toMatch(/^peep \d.* \(MIT\)$/m);
  expect(notices).toContain('WITHOUT WARRANTY OF ANY KIND');
});

it('is plain code: nothing in it is compiled at run time, and nothing is minified', () => {
  const text = readFileSync(peepPath, 'utf8');
  const code = text.slice(0, text.lastIndexOf('/*! '));
  expect(code).not.toMatch(/\bcompileFunction\b|\bnew vm\.|\bvm\.run|\beval\(/);
  expect(code).toContain('\n// src/hash/verification.ts\n');
  // A few tables of other packages are long.
  const lines = code.split('\n');
  expect(lines.filter((line) => line.length > 250).length / lines.length).toBeLessThan(0.001);
});

it('a run that is stuck is no success', async () => {
  using machine = await makeMachine();
  machine.write('stuck.cjs', "require('node:fs').promises.open = () => new Promise(() => {});\n");
  machine.write('requirements.txt', 'quill==1.0\n');
  const { status, stderr } = await machine.peep(['port', 'requirements.txt'], {
    wrapper: ['env', `NODE_OPTIONS=--require=${machine.work}/stuck.cjs`],
  });
  expect(stderr).toMatch(/^error: internal error; peep stopped/);
  expect(status).toBe(3);
});
