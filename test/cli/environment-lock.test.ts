import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../src/files/lock-file.js';
import { tempName } from '../../src/files/temp-name.js';
import { lockName } from '../../src/run/directory-lock.js';
import { wheel } from '../mock-index/wheel.js';
import { printed } from '../support/run-peep.js';
import { makeMachine } from './machine.js';

const machine = await makeMachine();
machine.withoutLog();
const { venv } = machine;
afterAll(() => machine[Symbol.dispose]());
beforeEach(() => machine.reset());

const [quill, inkpot] = ['quill', 'inkpot'].map((name) => wheel({ name, version: '1.0' })) as [
  ReturnType<typeof wheel>,
  ReturnType<typeof wheel>,
];
const lock = join(venv.path, lockName);
const line = ({ filename, sha256 }: typeof quill) =>
  `${filename.split('-')[0]}==1.0 --hash=sha256:${sha256}\n`;

function args(archives: readonly (typeof quill)[], ...more: string[]): string[] {
  for (const { filename, bytes } of archives) machine.write(filename, bytes);
  const file = `${archives.map(({ filename }) => filename.split('-')[0]).join('-')}.txt`;
  machine.write(file, archives.map(line).join(''));
  return ['install', '-r', file, '--no-index', '-f', '.', ...more];
}

const hold = () => takeLock(lock, { onWait: () => undefined, pause: () => setImmediate() });

describe('an environment is changed by one peep at a time', () => {
  it('the second waits with a word, and goes on; a dry run does not wait', async () => {
    const release = await hold();
    const dry = await machine.peep(args([inkpot], '--dry-run'));
    expect(dry.status, dry.stderr).toBe(0);
    const running = machine.start(args([quill]));
    await printed(running, /waiting for another peep that is changing '.*venv' \(.*\.peep-lock\)/);
    expect(machine.installed()).toEqual([]);
    release();
    const { status, stderr } = await running.finished;
    expect(status, stderr).toBe(0);
    expect(machine.installed()).toEqual(['quill==1.0']);
    expect(existsSync(lock)).toBe(false);
  });

  it('many at once all end well', async () => {
    const all = await Promise.all(
      [[quill], [inkpot], [quill, inkpot]].map((each) => machine.peep(args(each))),
    );
    for (const { status, stderr } of all) expect(status, stderr).toBe(0);
    expect(machine.installed()).toEqual(['inkpot==1.0', 'quill==1.0']);
  });

  it('a holder that crashed keeps nobody out', async () => {
    writeFileSync(lock, tempName().replace(/-\d+-/, '-4194999-'));
    const { status, stderr } = await machine.peep(args([quill]));
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain('waiting');
    expect(existsSync(lock)).toBe(false);
  });

  it('what was installed before the wait has to be there after it', async () => {
    expect((await machine.peep(args([quill]))).status).toBe(0);
    const release = await hold();
    const running = machine.start(args([quill, inkpot]));
    await printed(running, /waiting for another peep/);
    for (const name of readdirSync(venv.sitePackages))
      if (name.startsWith('quill')) rmSync(join(venv.sitePackages, name), { recursive: true });
    release();
    const { status, stderr } = await running.finished;
    expect(stderr).toContain("another program removed quill 1.0 from '");
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
  });
});

it('metadata without RECORD is no installed version: it goes, and the pin is installed', async () => {
  expect((await machine.peep(args([quill]))).status).toBe(0);
  rmSync(join(venv.sitePackages, 'quill-1.0.dist-info/RECORD'));
  const { status, stdout, stderr } = await machine.peep(args([quill]));
  expect(status, stdout + stderr).toBe(0);
  expect(stderr).toContain("quill-1.0.dist-info', left behind by an interrupted install");
  expect(existsSync(join(venv.sitePackages, 'quill-1.0.dist-info/RECORD'))).toBe(true);
});
