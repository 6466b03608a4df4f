import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { pythons } from '../support/pythons.js';
import { cleanEnvironment, peepPath } from '../support/run-peep.js';
import { tempFolder } from '../support/temp-folder.js';
import { makeVenv } from '../support/venv.js';

const execute = promisify(execFile);
const guide = readFileSync(fileURLToPath(new URL('../../docs/air-gap.md', import.meta.url)), 'utf8');

/** The commands of the guide for one side, in order. */
function commandsOf(side: string): string {
  return [...guide.matchAll(/^```sh (\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === side)
    .map(([, , commands]) => `(\n${commands})`)
    .join('\n');
}

const quill = wheel({ name: 'quill', version: '1.0', files: { 'quill.py': 'ink = 1\n' } });
const other = wheel({ name: 'inkpot', version: '2.0', tag: 'cp39-cp39-win_amd64' });
const python = (await pythons()).find(({ series: [major, minor] }) => major === 3 && minor >= 9);

it.skipIf(python === undefined)(
  'the guide leads across: each of its commands does what it says',
  async () => {
    using folder = tempFolder();
    await using index = await startMockIndex({ projects: { quill: [quill], inkpot: [other] } });
    const requirements = `quill==1.0 --hash=sha256:${quill.sha256}\ninkpot==2.0 ; sys_platform == "win32" --hash=sha256:${other.sha256}\n`;
    const [connected, isolated] = (['connected', 'isolated'] as const).map((name) => {
      mkdirSync(folder.join(name, 'bin'), { recursive: true });
      writeFileSync(
        folder.join(name, 'bin/peep'),
        `#!/bin/sh\nexec '${process.execPath}' '${peepPath}' "$@"\n`,
      );
      chmodSync(folder.join(name, 'bin/peep'), 0o755);
      writeFileSync(folder.join(name, 'requirements.txt'), requirements);
      return folder.join(name);
    });
    if (connected === undefined || isolated === undefined) throw new Error('no folders');

    const run = (side: string, cwd: string, env: Readonly<Record<string, string>>) =>
      execute('bash', ['-euc', commandsOf(side)], {
        cwd,
        env: { ...cleanEnvironment(cwd), ...env },
      });
    const system = '/usr/local/bin:/usr/bin:/bin';
    // There the index is configured, as a private one would be.
    await run('connected', connected, {
      PATH: `${join(connected, 'bin')}:${system}`,
      PIP_INDEX_URL: index.url,
    });
    cpSync(join(connected, 'outbox'), join(isolated, 'outbox'), { recursive: true });
    const asked = index.requests.length;
    const venv = join(isolated, 'venv');
    if (python === undefined) throw new Error('no Python');
    const { python: inside } = await makeVenv(python, venv, { withPip: true });
    await run('isolated', isolated, {
      PATH: `${join(isolated, 'bin')}:${dirname(inside)}:${system}`,
      VIRTUAL_ENV: venv,
    });
    expect((await execute(inside, ['-c', 'import quill; print(quill.ink)'])).stdout).toBe('1\n');
    expect(index.requests.length).toBe(asked);
  },
);
