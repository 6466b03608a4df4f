import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pipCommand } from '../../../src/install/pip-environment.js';
import type { SignalSource } from '../../../src/install/run-pip.js';
import { startWaitingPip } from '../../../src/install/waiting-pip.js';
import { pythons } from '../../support/pythons.js';
import { tempDirectory } from '../../support/temp-directory.js';

const found = await pythons();
const deps = { spawn, signals: new EventEmitter() as EventEmitter & SignalSource };

/** A pip that says what it was given. */
const telling = `
import json, os, sys
facts = {'argv': sys.argv[1:], 'cwd': os.path.basename(os.getcwd()), 'stdin': os.read(0, 1) == b'', 'quiet': sys.dont_write_bytecode}
print(json.dumps(facts, sort_keys=True))
sys.exit(3)
`;

/** `install` may be a module that does anything when it is imported. */
function fakePip(directory: { join(path: string): string }, install = '') {
  for (const part of ['pip', 'pip/_internal', 'pip/_internal/commands']) {
    mkdirSync(directory.join(`site/${part}`), { recursive: true });
    writeFileSync(directory.join(`site/${part}/__init__.py`), '');
  }
  writeFileSync(directory.join('site/pip/_internal/commands/install.py'), install);
  writeFileSync(directory.join('site/pip/__main__.py'), telling);
  mkdirSync(directory.join('work'));
  const stdout = openSync(directory.join('out'), 'w');
  const stderr = openSync(directory.join('err'), 'w');
  const env = { PYTHONPATH: directory.join('site'), PATH: process.env.PATH };
  return { env, cwd: directory.join('work'), stdout, stderr };
}

const waits = test.skipIf(found.length === 0);

waits.each(found)(
  'pip of $implementation $version waits, and then runs as if it were started with its arguments',
  async ({ path }) => {
    using directory = tempDirectory();
    const start = fakePip(directory);
    const argv = ['install', '--find-links', '/a b/\u00fc/\u{1f40d}', '"quoted"'];
    const pip = startWaitingPip({ ...start, python: path }, deps);
    expect(await pip.run(argv, { terminal: false })).toEqual({ status: 3, interrupted: undefined });
    const { env, cwd } = start;
    const usual = spawnSync(path, pipCommand(argv), { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    expect(JSON.parse(readFileSync(directory.join('out'), 'utf8'))).toEqual(JSON.parse(String(usual.stdout)));
    expect(readFileSync(directory.join('err'), 'utf8')).toBe('');
  },
);

waits('a pip that is not needed ends without a trace, whatever its modules do', async () => {
  using directory = tempDirectory();
  const install = 'import sys\nprint("imported")\nsys.exit("no")\n';
  const python = found.at(-1)?.path ?? '';
  const pip = startWaitingPip({ ...fakePip(directory, install), python }, deps);
  await pip.dismiss();
  expect(pip.run(['install'], { terminal: false })).toBeUndefined();
  expect(readFileSync(directory.join('err'), 'utf8')).toBe('');
  expect(readdirSync(directory.join('site/pip'))).not.toContain('__pycache__');
});

waits('a module that fails when it is imported early fails again when pip runs, or not at all', async () => {
  using directory = tempDirectory();
  const python = found.at(-1)?.path ?? '';
  const pip = startWaitingPip({ ...fakePip(directory, 'raise SystemExit(9)'), python }, deps);
  expect(await pip.run([], { terminal: false })).toMatchObject({ status: 3 });
});

test('without an interpreter there is nothing to wait for', async () => {
  using directory = tempDirectory();
  const pip = startWaitingPip({ ...fakePip(directory), python: directory.join('none') }, deps);
  await pip.dismiss();
  expect(pip.run([], { terminal: false })).toBeUndefined();
});
