import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { commandNames } from '../../src/commands/arguments.js';
import { wheel } from '../mock-index/wheel.js';
import { peepPath } from '../support/run-peep.js';
import { base64url, type Machine, makeMachine } from './machine.js';

let machine: Machine;
beforeAll(async () => {
  machine = await makeMachine();
});
afterAll(() => machine?.[Symbol.dispose]());
afterEach(() => machine.reset());

describe("everything else is pip's", () => {
  it('peep freeze and peep list are those of the environment', async () => {
    const info = join(machine.venv.sitePackages, 'sample-1.5.dist-info');
    mkdirSync(info);
    writeFileSync(join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: sample\nVersion: 1.5\n');
    writeFileSync(join(info, 'RECORD'), '');
    const { status, stdout } = await machine.peep(['freeze']);
    expect(stdout).toBe('sample==1.5\n');
    expect(status).toBe(0);
    expect(machine.starts()).toEqual(['pip']);
  });

  /** A Python that says what it was given. */
  function recorder(status: number): string {
    const path = machine.write(
      'recorder',
      `#!/bin/sh\nshift 2\nfor word; do printf '[%s]' "$word"; done\nprintf ' PIP_X=%s' "$PIP_X"\ncat\necho to stderr >&2\nexit ${status}\n`,
    );
    chmodSync(path, 0o755);
    return path;
  }

  it.each([
    [['freeze', '--all']],
    [['wheel', '-r', 'requirements.txt', '--hash', '']],
    [['no-such-command', '--python', '/x', '--offline', '-v', '--', '--help', 'a b', "'", '$HOME', 'é\n']],
    [['help', 'freeze']],
    [['--isolated', 'list', '--version']],
    [['download', 'flask', '--report', '-']],
  ])('%j reaches pip untouched: arguments, streams, environment, status', async (args) => {
    const { status, stdout, stderr } = await machine.peep(args, {
      env: { PEEP_PYTHON: recorder(42), PIP_X: 'kept' },
      input: Buffer.from([0, 1, 255, 10]),
    });
    expect(stdout).toBe(
      `${args.map((word) => `[${word}]`).join('')} PIP_X=kept${Buffer.from([0, 1, 255, 10])}`,
    );
    expect(stderr).toBe('to stderr\n');
    expect(status).toBe(42);
  });

  it('--python before the command says whose pip is meant', async () => {
    const { stdout } = await machine.peep(['--python', recorder(0), 'list', '--python', 'x']);
    expect(stdout).toBe('[list][--python][x] PIP_X=');
  });

  it("dies of a signal as pip does, for the caller's eyes", async () => {
    const path = machine.write('dying', '#!/bin/sh\nkill -9 $$\n');
    chmodSync(path, 0o755);
    const { status } = await machine.peep(['freeze'], { env: { PEEP_PYTHON: path } });
    expect(status).toBe(137);
  });

  it('no Python: one error, exit 1', async () => {
    const { status, stderr } = await machine.peep(['freeze'], {
      env: { PATH: '/nowhere', VIRTUAL_ENV: undefined },
    });
    expect(stderr).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/);
    expect(status).toBe(1);
  });
});

describe('peep --version and peep help', () => {
  it('names peep, and the pip that there is as pip does', async () => {
    const [own, pips] = (await machine.peep(['--version'])).stdout.split('\n');
    expect(own).toMatch(/^peep \d+\.\d+\.\d+$/);
    expect(`${pips}\n`).toBe(await machine.venv.run('-m', 'pip', '--version'));
  });

  it('names peep alone where there is no Python', async () => {
    const { status, stdout, stderr } = await machine.peep(['--version'], {
      env: { PATH: '/nowhere', VIRTUAL_ENV: undefined },
    });
    expect(stdout).toMatch(/^peep \d+\.\d+\.\d+\n$/);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('shows its help in 80 columns, for each of its commands', async () => {
    const [bare, help, option] = await Promise.all(
      [[], ['help'], ['--help']].map((args) => machine.peep(args)),
    );
    expect(help?.stdout).toMatch(/^Usage: peep COMMAND/);
    expect(help?.stdout).toContain('Other commands go to pip');
    expect([bare?.stdout, option?.stdout]).toEqual([help?.stdout, help?.stdout]);
    for (const command of commandNames) {
      const [byHelp, byOption] = await Promise.all([
        machine.peep(['help', command]),
        machine.peep([command, '--help', '--nonsense']),
      ]);
      expect(byHelp.stdout).toMatch(new RegExp(`^Usage: peep ${command} `));
      expect(byOption.stdout).toBe(byHelp.stdout);
      expect(byHelp.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect([byHelp.status, byOption.status]).toEqual([0, 0]);
    }
    expect(machine.starts()).toEqual([]);
  });
});

describe('peep hash', () => {
  const archives = ['a', 'b', 'c'].map((name) => wheel({ name, version: '1.0' }));
  const line = (hex: string, name?: string) =>
    `# sha256: ${base64url(hex)}${name === undefined ? '' : ` # ${name}`}\n`;

  it('prints the hash line of each file, in order, and of several which is whose', async () => {
    for (const { filename, bytes } of archives) machine.write(filename, bytes);
    const names = archives.map(({ filename }) => filename).reverse();
    const { status, stdout, stderr } = await machine.peep(['hash', ...names]);
    expect(stdout).toBe(
      archives
        .map(({ sha256, filename }) => line(sha256, filename))
        .reverse()
        .join(''),
    );
    expect([status, stderr]).toEqual([0, '']);
    expect((await machine.peep(['hash', names[0] ?? ''])).stdout).toBe(line(archives[2]?.sha256 ?? ''));
  });

  it('uses threads for many large files, with the same answer', async () => {
    const big = [1, 2, 3].map((byte) => Buffer.alloc(20 << 20, byte));
    big.forEach((bytes, i) => {
      machine.write(`${i}.whl`, bytes);
    });
    const { stdout } = await machine.peep(['hash', '2.whl', '0.whl', '1.whl']);
    const digests = [2, 0, 1].map((i) =>
      createHash('sha256')
        .update(big[i] ?? '')
        .digest('hex'),
    );
    expect(stdout).toBe(digests.map((hex, i) => line(hex, `${[2, 0, 1][i]}.whl`)).join(''));
  });

  it('goes on past what cannot be read, and says so: exit 1', async () => {
    const [first] = archives;
    machine.write(first?.filename ?? '', first?.bytes ?? '');
    const { status, stdout, stderr } = await machine.peep([
      'hash',
      'nowhere.whl',
      first?.filename ?? '',
      '.',
    ]);
    expect(stdout).toBe(line(first?.sha256 ?? '', first?.filename));
    expect(stderr.match(/^error: /gm)).toHaveLength(2);
    expect(stderr).toContain("'nowhere.whl'");
    expect(status).toBe(1);
  });

  it('a reader that goes away is no error', async () => {
    for (const { filename, bytes } of archives) machine.write(filename, bytes);
    const names = Array.from({ length: 3000 }, (_, i) => archives[i % 3]?.filename ?? '');
    const child = spawn(process.execPath, [peepPath, 'hash', ...names], {
      cwd: machine.work,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdout.destroy();
    const status = await new Promise((resolve) => child.once('close', resolve));
    expect([status, errors]).toEqual([0, '']);
  });
});
