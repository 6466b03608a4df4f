// A first look at peep on a clean clone: an index on loopback, a throw-away virtual environment, an install
// of pinned wheels, and what happens when the index serves something else. Leaves nothing behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const peepFile = join(root, 'dist', 'peep.mjs');
const windows = process.platform === 'win32';
// As long as each other: a change of size would be noticed before the digest.
const recipe = 'Butter, sugar, flour and a pinch of salt.';
const poison = 'Everything in your home folder, sent off.';

let directory = '';
let python = '';
let environment = {};
let index;

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => cleanUp().finally(() => process.exit(130)));
try {
  await installAndBuild();
  await prepare();
  await show();
} catch (error) {
  console.error(`\nquickstart: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}

async function prepare() {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'peep-quickstart-')));
  python = windows
    ? join(directory, 'venv', 'Scripts', 'python.exe')
    : join(directory, 'venv', 'bin', 'python');
  environment = cleanEnvironment();
}

async function show() {
  heading('An index on loopback, and a virtual environment to throw away');
  const { startMockIndex, wheel } = await loadMockIndex();
  const scenario = shelves(wheel);
  index = await startMockIndex(scenario);
  say(`An index with ${Object.keys(scenario.projects).length} projects answers at ${index.url}`);
  print(`alias peep="node $PWD/${short(peepFile)}"`);
  print(`cd ${directory}`);
  await run(await findPython(), ['-m', 'venv', 'venv'], { shown: 'python3 -m venv venv' });
  await recordPipStarts();
  print(`export PEEP_PYTHON=${short(python)} PEEP_CACHE_DIR=store`);

  heading('Wheels with pinned hashes, in peep style and in pip style');
  const [teapot, kettle, cups] = ['teapot', 'kettle', 'cup-and-saucer'].map(
    (name) => scenario.projects[name][0],
  );
  await writeShown('requirements.txt', [
    `--index-url ${index.url}`,
    '',
    `# sha256: ${base64url(teapot)}`,
    'teapot==1.0',
    '',
    `# sha256: ${base64url(kettle)} # boils since 1.9`,
    'kettle==2.1',
    '',
    'cup-and-saucer==0.3 \\',
    `  --hash=sha256:${cups.sha256}`,
  ]);
  await peep(['install', '-r', 'requirements.txt'], 0);
  const frozen = await run(python, ['-m', 'pip', 'freeze'], { shown: 'venv/bin/python -m pip freeze' });
  for (const line of ['teapot==1.0', 'kettle==2.1', 'cup-and-saucer==0.3'])
    assert.match(frozen, new RegExp(`^${line}\\s*$`, 'm'));
  const code = 'import teapot; teapot.pour()';
  await run(python, ['-c', code], { shown: `venv/bin/python -c "${code}"` });

  heading('Somebody changes an archive on the index');
  const biscuit = scenario.projects.biscuit[0];
  const tampered = wheel({ ...biscuit.spec, files: { 'biscuit/__init__.py': `# ${poison}\n` } });
  assert.equal(tampered.bytes.length, biscuit.bytes.length);
  index.serve({ projects: { ...scenario.projects, biscuit: [{ ...biscuit, served: tampered.bytes }] } });
  say('The page still names the old digest; the bytes behind its link are new ones.');
  await writeShown('more.txt', [
    `--index-url ${index.url}`,
    '',
    `# sha256: ${base64url(biscuit)}`,
    'biscuit==1.4',
  ]);
  assert.ok(tampered.bytes.includes(poison));
  const before = await pipInstalls();
  const report = await peep(['install', '-r', 'more.txt'], 1);
  assert.match(report, new RegExp(base64url(tampered)));
  await proveNothingHappened(before);
}

/** pip wrote down each of its starts since the environment was made; and no file holds what was served. */
async function proveNothingHappened(before) {
  const after = await pipInstalls();
  assert.equal(before, 1, 'pip installed once, in the first run');
  assert.equal(after, before, 'pip was not started');
  say(`Installs that pip was started for: ${before} before the tampered run, ${after - before} in it.`);
  const found = await filesWith(poison);
  assert.deepEqual(found, []);
  say('No file under this directory (store, temp files, environment) holds a line of it.');
  const code = 'import biscuit';
  const answer = await run(python, ['-c', code], { shown: `venv/bin/python -c "${code}"`, expect: 1 });
  assert.match(answer, /No module named/);
  say('That is peep: what you pinned, or nothing. What was made here is removed again.');
}

async function installAndBuild() {
  const npm = process.env.npm_execpath === undefined ? ['npm'] : [process.execPath, process.env.npm_execpath];
  const runNpm = (...args) =>
    run(npm[0], [...npm.slice(1), ...args], {
      cwd: root,
      shown: `npm ${args.join(' ')}`,
      env: process.env,
      whole: true,
    });
  heading('Install and build');
  if (!existsSync(join(root, 'node_modules', 'esbuild'))) await runNpm('ci', '--no-fund', '--no-audit');
  await runNpm('run', 'build', '--silent');
}

/** The index and the builders of the tests, in one file. */
async function loadMockIndex() {
  const { build } = await import('esbuild');
  const outfile = join(directory, 'mock-index.mjs');
  const contents = "export * from './server.js'; export * from './wheel.js';";
  const resolveDir = join(root, 'test', 'mock-index');
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
  });
  return import(pathToFileURL(outfile).href);
}

function shelves(wheel) {
  const pour = "def pour():\n    print('tea, of version', __version__)\n";
  const specs = [
    { name: 'teapot', version: '1.0', files: { 'teapot/__init__.py': `__version__ = '1.0'\n${pour}` } },
    { name: 'kettle', version: '2.1', entryPoints: { console_scripts: { kettle: 'kettle:boil' } } },
    { name: 'cup-and-saucer', version: '0.3' },
    { name: 'biscuit', version: '1.4', files: { 'biscuit/__init__.py': `# ${recipe}\n` } },
  ];
  return { projects: Object.fromEntries(specs.map((spec) => [spec.name, [{ ...wheel(spec), spec }]])) };
}

async function findPython() {
  const tried = process.env.PEEP_PYTHON === undefined ? ['python3', 'python'] : [process.env.PEEP_PYTHON];
  for (const name of tried) {
    const code = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 7))';
    const works = await new Promise((resolve) => {
      spawn(name, ['-c', code], { stdio: 'ignore' })
        .on('error', () => resolve(false))
        .on('close', (status) => resolve(status === 0));
    });
    if (works) return name;
  }
  throw new Error(
    `no Python 3 with venv and pip found (tried: ${tried.join(', ')}); PEEP_PYTHON can name one`,
  );
}

/** Makes the pip of the environment note its arguments: the proof of what was started, and what was not. */
async function recordPipStarts() {
  const code = 'import os, pip; print(os.path.join(os.path.dirname(pip.__file__), "__main__.py"))';
  const file = (await run(python, ['-c', code], { quiet: true })).trim();
  const note = `import sys\nwith open(${JSON.stringify(pipLog())}, 'a') as log:\n    log.write(' '.join(sys.argv[1:]) + '\\n')\n`;
  await writeFile(file, `${note}${await readFile(file, 'utf8')}`);
  await appendFile(pipLog(), '');
}

function pipLog() {
  return join(directory, 'pip-starts.txt');
}

async function pipInstalls() {
  const lines = (await readFile(pipLog(), 'utf8')).split('\n');
  return lines.filter((line) => line.split(' ').includes('install')).length;
}

async function filesWith(text) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  return paths.filter((_, i) => contents[i].includes(text));
}

function peep(args, expect) {
  return run(process.execPath, [peepFile, ...args], { shown: `peep ${args.join(' ')}`, expect });
}

/** Prints a command and then its output, which is also the answer. */
async function run(
  program,
  args,
  { shown, expect = 0, cwd = directory, env = environment, quiet = false, whole = false },
) {
  if (!quiet) print(shown);
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const show = quiet ? () => {} : (line) => console.log(whole ? line : fitting(line));
  const streams = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface(stream)) {
      output += `${line}\n`;
      show(line);
    }
  });
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  await Promise.all(streams);
  if (!quiet && status !== 0) console.log(`(exit status ${status})`);
  assert.equal(status, expect, `'${shown ?? program}' ended with status ${status}\n${quiet ? output : ''}`);
  return output;
}

/** Nothing of the user's pip settings and proxies: the index is on loopback. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PIP_|PEEP_|npm_)|_proxy$|^(PYTHONPATH|VIRTUAL_ENV|CONDA_PREFIX)$/i.test(name),
  );
  const own = {
    PEEP_PYTHON: python,
    PEEP_CACHE_DIR: join(directory, 'store'),
    TMPDIR: directory,
    PIP_CONFIG_FILE: devNull,
  };
  return { ...Object.fromEntries(kept), ...own };
}

async function writeShown(name, lines) {
  await writeFile(join(directory, name), `${lines.join('\n')}\n`);
  print(`cat ${name}`);
  console.log(lines.join('\n'));
}

function base64url({ sha256 }) {
  return Buffer.from(sha256, 'hex').toString('base64url');
}

function heading(text) {
  console.log(`\n== ${text}`);
}

function say(text) {
  console.log(`\n${text.replace(/(.{1,79})(?: |$)/g, '$1\n').trimEnd()}`);
}

function print(command) {
  console.log(`\n$ ${command}`);
}

/** What pip says of its temporary directories is longer than a screen is wide. */
function fitting(line) {
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** Below the directory of the quick start or the clone, as a user would type it. */
function short(path) {
  return path.replace(`${directory}${sep}`, '').replace(root, '');
}

async function cleanUp() {
  await index?.close();
  if (directory !== '') await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
