import { mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { installPip, newestPipWheel } from '../pip/environments.js';
import { type Machine, makeMachine, peepHash } from './machine.js';

let machine: Machine;
let index: MockIndex;
beforeAll(async () => {
  machine = await makeMachine();
  // Where there is one: it takes a fifth of the time of older ones for a thousand.
  const newest = await newestPipWheel();
  if (newest !== undefined) await installPip(machine.venv, newest);
  index = await startMockIndex();
});
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await index?.close();
});

describe('the hand-over to pip', () => {
  it('takes a thousand requirements', async () => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      wheel({ name: `many${i}`, version: '1.0', files: { [`many${i}.py`]: '' } }),
    );
    index.serve({ projects: Object.fromEntries(many.map((each, i) => [`many${i}`, [each]])) });
    const lines = many.map(({ sha256 }, i) => `many${i}==1.0 --hash=sha256:${sha256}`);
    const { status, stderr } = await machine.install(
      lines,
      ['-i', index.url, '--no-compile', '--target', 'lib', '-q'],
      { timeout: 100_000 },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const files = readdirSync(machine.directory.join('work/lib')).filter((name) => name.endsWith('.py'));
    expect(files).toHaveLength(1000);
  }, 110_000);

  it('is right for paths with spaces, quotes, unicode, dollars and a leading dash', async () => {
    const odd = `-it's "ü" $HOME %PATH%`;
    const built = sdist({ name: 'inkpot', version: '1.0' });
    const direct = sdist({ name: 'quill', version: '1.0', filename: '0123abcd.tar.gz' });
    index.serve({ projects: { inkpot: [built] } });
    for (const name of ['tmp', 'cache']) mkdirSync(machine.directory.join(odd, name), { recursive: true });
    const pin = (archive: BuiltArchive, requirement: string) => `${peepHash(archive)}\n${requirement}\n`;
    machine.write(`${odd}/${odd}.txt`, pin(built, 'inkpot==1.0') + pin(direct, `./${direct.filename}`));
    machine.write(`${odd}/${direct.filename}`, direct.bytes);
    const { status, stdout, stderr } = await machine.peep(
      [
        'install',
        '-r',
        `${odd}.txt`,
        '-i',
        index.url,
        '--target',
        odd,
        '--cache-dir',
        machine.directory.join(odd, 'cache'),
      ],
      { cwd: machine.directory.join('work', odd), env: { TMPDIR: machine.directory.join(odd, 'tmp') } },
    );
    expect(stdout + stderr).not.toMatch(/error:|refused|Not proceeding/);
    expect(status).toBe(0);
    const installed = readdirSync(machine.directory.join('work', odd, odd));
    expect(installed).toEqual(expect.arrayContaining(['inkpot', 'quill']));
    expect(readdirSync(machine.directory.join(odd, 'tmp'))).toEqual([]);
  });
});
