// Whole installs side by side: peep install, and pip's own install of the same pins from the same index.
//   node bench/install.mjs [--runs 15] [--python python3] [--write]
// The newest pip where the user's pip looks for archives takes part; without one, the Python's own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { writeSets } from './archives.mjs';
import { measure, median } from './measure.mjs';
import { startServer } from './start-server.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    python: { type: 'string', default: 'python3' },
    write: { type: 'boolean', default: false },
  },
});

/** Sets, the latency of each request in milliseconds, and the share of pip's time that peep may take. */
const cases = [
  { set: 'seven', latency: 0, goal: 1.05 },
  { set: 'forty', latency: 30, goal: 0.6 },
];
const sizes = {
  seven: Array.from({ length: 7 }, (_, i) => 60_000 + i * 70_000),
  forty: Array.from({ length: 40 }, (_, i) => 20_000 + i * 5_000),
};

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'peep-bench-'));
const env = cleanEnvironment();

try {
  run(process.execPath, [join(root, 'scripts/bundle.mjs')]);
  const sets = await writeSets(join(work, 'index'), sizes, undefined, modules);
  const venv = await makeEnvironment();
  const rows = [];
  for (const each of cases) {
    const server = await startServer(join(work, 'index'), each.latency);
    try {
      for (const state of ['cold', 'warm']) rows.push(compare(each, sets[each.set], state, venv, server.url));
    } finally {
      server.process.kill();
    }
  }
  const table = markdown(rows, venv.pip);
  console.log(table);
  if (options.write) writeFileSync(join(root, 'docs/bench-install.md'), table);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** In turn, into the same environment, emptied before each run. */
function compare({ set, latency, goal }, { requirements, count, bytes }, state, venv, url) {
  const [store, cache] = [join(work, 'store'), join(work, 'pip-cache')];
  const index = ['-i', `${url}/simple/`];
  const pins = ['-q', '-r', requirements, ...index];
  const pip = [
    '-m',
    'pip',
    'install',
    '--require-hashes',
    '--no-deps',
    '--disable-pip-version-check',
    ...pins,
  ];
  const commands = {
    peep: [
      process.execPath,
      join(root, 'dist/peep.mjs'),
      'install',
      ...pins,
      '--python',
      venv.python,
      '--cache-dir',
      store,
    ],
    // Cold, pip need not write its cache: that is its quickest way.
    pip: [venv.python, ...pip, ...(state === 'cold' ? ['--no-cache-dir'] : ['--cache-dir', cache])],
  };
  const times = { peep: [], pip: [] };
  for (const path of [store, cache]) rmSync(path, { recursive: true, force: true });
  for (let i = -1; i < Number(options.runs); i += 1) {
    for (const [tool, command] of Object.entries(commands)) {
      venv.empty();
      if (state === 'cold') rmSync(store, { recursive: true, force: true });
      const { wall } = measure(options.python, command, env);
      if (venv.installed() !== count) throw new Error(`${tool} installed ${venv.installed()} of ${count}`);
      // The first round warms caches of the machine, and fills those of the warm state.
      if (i >= 0) times[tool].push(wall);
    }
  }
  // Runs that stand side by side meet the same moments of the machine: their ratios vary less than times do.
  const ratio = median(times.peep.map((own, i) => own / times.pip[i]));
  return {
    label: `${set}, ${state}, ${latency} ms`,
    count,
    bytes,
    own: median(times.peep),
    pips: median(times.pip),
    ratio,
    goal,
  };
}

function markdown(rows, pip) {
  const lines = rows.map(
    ({ label, count, bytes, own, pips, ratio, goal }) =>
      `| ${label} | ${count} | ${(bytes / 1e6).toFixed(1)} MB | ${own.toFixed(2)} s | ${pips.toFixed(2)} s | **${ratio.toFixed(2)} ×** | ${goal.toFixed(2)} × |`,
  );
  return [
    '# peep install beside pip install',
    '',
    `Medians of ${options.runs} runs in turn on one machine, over loopback, of whole installs with \`--require-hashes --no-deps\`;`,
    `pip ${pip} on both sides, Node ${process.versions.node}. \`node bench/install.mjs\` measures again; times are of this machine,`,
    'ratios (peep to pip, run by run) are what to compare. peep examines and stores each archive, and runs pip at the end.',
    '',
    '| set | archives | size | peep | pip | ratio | at most |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}

/** Wheels as packages are: modules that pip byte-compiles, and data. */
function modules(project, size) {
  const files = {};
  for (let i = 0, left = size; left > 0; i += 1, left -= 12_000) {
    const lines = Array.from({ length: 300 }, (_, n) => `def f${n}(x):\n    return x + ${n * i}\n`);
    files[`${project}/${i === 0 ? '__init__' : `m${i}`}.py`] = lines.join('').slice(0, 300 * 36);
  }
  return files;
}

/** A virtual environment with the newest pip. */
async function makeEnvironment() {
  const path = join(work, 'venv');
  run(options.python, ['-m', 'venv', path]);
  const python = join(path, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const wheel = await newestPip();
  // A wheel of pip can be run as it is.
  if (wheel !== undefined) run(python, [`${wheel}/pip`, 'install', '-q', '--no-index', '--upgrade', wheel]);
  const sitePackages = ask(python, "import sysconfig; print(sysconfig.get_path('purelib'))");
  const own = new Set(readdirSync(sitePackages));
  const more = () => readdirSync(sitePackages).filter((name) => !own.has(name));
  return {
    python,
    pip: ask(python, 'import pip; print(pip.__version__)'),
    installed: () => more().filter((name) => name.endsWith('.dist-info')).length,
    empty() {
      for (const name of more()) rmSync(join(sitePackages, name), { recursive: true });
    },
  };
}

/** Where the user's pip is set up to look, on this machine. */
async function newestPip() {
  const outfile = join(work, 'real-index.mjs');
  mkdirSync(work, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['test/support/real-index.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const { realProjects } = await import(pathToFileURL(outfile).href);
  const files = (await realProjects())?.pip ?? [];
  const numbers = ({ filename }) => filename.split('-')[1].split('.').map(Number);
  const newest = files
    .filter(({ filename }) => /^pip-[\d.]+-py3-none-any\.whl$/.test(filename))
    .sort((a, b) => compareNumbers(numbers(a), numbers(b)))
    .at(-1);
  return newest?.bytes.path;
}

function compareNumbers(a, b) {
  const i = a.findIndex((number, at) => number !== b[at]);
  return i < 0 ? 0 : a[i] - (b[i] ?? 0);
}

function ask(python, code) {
  return spawnSync(python, ['-c', code], { encoding: 'utf8', env }).stdout.trim();
}

function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:PIP_|PEEP_|PYTHON|VIRTUAL_ENV)/.test(name),
  );
  return { ...Object.fromEntries(kept), PIP_CONFIG_FILE: '/dev/null', HOME: work };
}

function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}
