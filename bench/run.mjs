// Side by side, in one run, on loopback: peep fetch, pip download, and uv where it is on PATH.
//   node bench/run.mjs [--runs 5] [--scale 1] [--sets small,wide,huge] [--latency 0,30] [--directory WHEELS]
//                      [--pip PYTHON] [--write]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setSizes, writeSets } from './archives.mjs';
import { measure, median } from './measure.mjs';
import { plot } from './plot.mjs';
import { startServer } from './start-server.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    sets: { type: 'string', default: 'small,wide,huge' },
    latency: { type: 'string', default: '0,30' },
    directory: { type: 'string' },
    pip: { type: 'string', default: 'python3' },
    write: { type: 'boolean', default: false },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const peep = join(root, 'dist/peep.mjs');
const work = mkdtempSync(join(tmpdir(), 'peep-bench-'));
const env = cleanEnvironment();
const rows = [];

try {
  run(process.execPath, [join(root, 'scripts/bundle.mjs')]);
  const chosen = options.sets.split(',');
  const sizes = Object.fromEntries(
    Object.entries(setSizes(Number(options.scale))).filter(([name]) => chosen.includes(name)),
  );
  const sets = await writeSets(join(work, 'index'), sizes, options.directory);
  for (const latency of options.latency.split(',').map(Number)) {
    const server = await startServer(join(work, 'index'), latency);
    try {
      for (const [name, set] of Object.entries(sets)) rows.push(...compare(name, set, latency, server.url));
    } finally {
      server.process.kill();
    }
  }
  const table = markdown();
  console.log(table);
  if (options.write) {
    writeFileSync(join(root, 'docs/bench.md'), `${table}\n${explanation()}`);
    writeFileSync(
      join(root, 'docs/bench.svg'),
      plot(rows.filter(({ other }) => other === 'pip').map(({ label, ratio }) => ({ label, ratio }))),
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The commands in turn, A B A B, so that a slow moment of the machine meets all of them. */
function compare(name, set, latency, url) {
  const index = ['-i', `${url}/simple/`];
  const store = join(work, 'store');
  const pipCache = join(work, 'pip-cache');
  const dest = join(work, 'dest');
  const fetch = [
    process.execPath,
    peep,
    'fetch',
    '-q',
    '-r',
    set.requirements,
    ...index,
    '--for',
    '3.11:manylinux_2_36_x86_64',
    '--cache-dir',
    store,
  ];
  const download = [
    options.pip,
    '-m',
    'pip',
    'download',
    '-q',
    '--no-deps',
    '--require-hashes',
    '--disable-pip-version-check',
    '-r',
    set.requirements,
    ...index,
    '-d',
    dest,
  ];
  const uv = [
    'uv',
    'pip',
    'install',
    '-q',
    '--no-deps',
    '--require-hashes',
    '-r',
    set.requirements,
    ...index,
    '--target',
    dest,
    '--cache-dir',
    pipCache,
  ];
  const contenders = {
    cold: {
      peep: { command: fetch, before: [store] },
      pip: { command: [...download, '--no-cache-dir'], before: [dest] },
      ...(hasUv() ? { uv: { command: uv, before: [dest, pipCache] } } : {}),
      ...(name === 'huge' ? { 'curl and sha256sum': { command: curl(url), before: [] } } : {}),
    },
    warm: {
      peep: { command: fetch, before: [] },
      pip: { command: [...download, '--cache-dir', pipCache], before: [dest] },
    },
  };
  return Object.entries(contenders).flatMap(([state, commands]) => {
    const figures = Object.fromEntries(Object.keys(commands).map((tool) => [tool, []]));
    for (let i = -1; i < Number(options.runs); i += 1) {
      for (const [tool, { command, before }] of Object.entries(commands)) {
        for (const path of before) rmSync(path, { recursive: true, force: true });
        mkdirSync(dest, { recursive: true });
        const figure = measure(options.pip, command, env);
        // The first round warms caches of the machine, and fills those of the warm state.
        if (i >= 0) figures[tool].push(figure);
      }
    }
    const own = median(figures.peep.map(({ wall }) => wall));
    const memory = Math.max(...figures.peep.map((figure) => figure.memory));
    return Object.keys(commands)
      .filter((tool) => tool !== 'peep')
      .map((other) => {
        const wall = median(figures[other].map((figure) => figure.wall));
        return {
          label: `${name}, ${state}, ${latency} ms`,
          set,
          own,
          memory,
          other,
          wall,
          ratio: wall / own,
        };
      });
  });
}

function explanation() {
  return `What bounds it, on these two cores: a cold fetch of many archives is bound by the one thread that speaks HTTP and hashes,
while the server and the writes take the other core. A huge archive does not fit the memory budget: what is
beyond it is written as ciphertext, read again, hashed again and written once more, and all of it is brought to the disk
for good (fsync) before it counts as stored; pip and curl do none of that. \`peep install\` beside \`pip install\` is in [bench-install.md](bench-install.md).

![Ratios to pip](bench.svg)
`;
}

function markdown() {
  const pip = spawnSync(options.pip, ['-m', 'pip', '--version'], { encoding: 'utf8', env }).stdout.split(
    ' ',
  )[1];
  const lines = rows.map(
    ({ label, set, own, memory, other, wall, ratio }) =>
      `| ${label} | ${set.count} | ${(set.bytes / 1e6).toFixed(0)} MB | ${own.toFixed(2)} s | ${(memory / 1e6).toFixed(0)} MB | ${other} | ${wall.toFixed(2)} s | **${ratio.toFixed(1)} ×** |`,
  );
  return [
    '# peep fetch beside pip download',
    '',
    `Medians of ${options.runs} runs in turn on one machine, over loopback; pip ${pip}, Node ${process.versions.node}. \`npm run bench\``,
    'measures again; times are of this machine, ratios are what to compare.',
    '',
    '| set | archives | size | peep | its peak memory | beside | takes | ratio |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}

function curl(url) {
  const page = `${url}/files/huge0-1.0-py3-none-any.whl`;
  return ['sh', '-c', `curl -s '${page}' | sha256sum`];
}

function hasUv() {
  return spawnSync('uv', ['--version'], { stdio: 'ignore' }).status === 0;
}

function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:PIP_|PYTHON|UV_|VIRTUAL_ENV)/.test(name));
  return { ...Object.fromEntries(kept), PIP_CONFIG_FILE: '/dev/null', HOME: work };
}

function run(program, args) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}
