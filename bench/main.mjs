// Side by side, in one run: peep, pip, and uv where it is on PATH; archives, pages and locks of real shape, from an index over TLS.
//   npm run bench -- [--all] [--write] [--runs 5] [--only fetch:small,install:wide] [--folder WHEELS] [--python python3] [--work DIR]
// Without --all the main table, in some ten minutes; with it, what takes long as well. --write puts the table into docs/bench.md after
// each row. --folder takes real wheels in place of the 130 made-up ones. --work keeps the archives, which take a minute to make.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cases } from './cases.mjs';
import { writeIndex } from './index-folder.mjs';
import { cleanEnvironment, makeBundle, makeEnvironment, run, uvVersion } from './machine.mjs';
import { measure, median } from './measure.mjs';
import { mainSection, writePlot, writeSection } from './report.mjs';
import { namesOf, sets } from './sets.mjs';
import { root } from './sources.mjs';
import { startServer } from './start-server.mjs';
import { toolsOf } from './tools.mjs';

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    folder: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    work: { type: 'string' },
  },
});

const work = options.work === undefined ? mkdtempSync(join(tmpdir(), 'peep-bench-')) : resolve(options.work);
const rows = [];
const failures = [];
try {
  await main();
} finally {
  for (const name of ['store', 'uv-store', 'pip-cache', 'uv-cache', 'dest', 'venv'])
    rmSync(join(work, name), { recursive: true, force: true });
  if (options.work === undefined) rmSync(work, { recursive: true, force: true });
}

async function main() {
  const { bundle, certPath, keyPath } = await makeBundle(join(work, 'tls'));
  const env = cleanEnvironment(work, bundle);
  run(process.execPath, [join(root, 'scripts/bundle.mjs')]);
  const venv = await makeEnvironment(join(work, 'venv'), options.python, env);
  const machine = { work, bundle, env, venv, uv: uvVersion(env) };
  const facts = {
    ...machine,
    pip: venv.pip,
    node: process.versions.node,
    cores: cpus().length,
    model: cpus()[0]?.model,
  };
  const startedAt = performance.now();
  for (const each of chosenCases()) {
    const archives = archivesOf(each.set, venv.series);
    const index = writeIndex(join(work, 'sets', each.set), archives);
    const server = await startServer(join(work, 'sets'), { certPath, keyPath }, each.network);
    try {
      rows.push(...compare(each, { ...index, url: `${server.url}/${each.set}` }, machine));
    } catch (error) {
      // One case that fails must not take the others with it.
      failures.push(`${each.kind} ${each.set}, ${each.network.label}: ${error.message.split('\n')[0]}`);
      console.error(error.message);
    } finally {
      server.process.kill();
    }
    const section = mainSection(rows, failures, facts);
    if (options.write) {
      writeSection(options.all ? 'all' : 'main', section);
      writePlot(rows);
    }
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
    console.log(`${each.kind} ${each.set}, ${each.network.label}: done after ${minutes} minutes`);
  }
  console.log(mainSection(rows, failures, facts));
  if (failures.length > 0) process.exitCode = 1;
}

function chosenCases() {
  const only = options.only?.split(',');
  if (only !== undefined)
    return cases.filter(({ kind, set }) => only.includes(`${kind}:${set}`) || only.includes(set));
  return cases.filter(({ more }) => options.all || more !== true);
}

/** Made-up wheels are for the Python that runs here; real ones are what `folder` has for it. */
function archivesOf(name, series) {
  const real =
    name === 'wide' && options.folder !== undefined ? realWheels(resolve(options.folder), series) : [];
  if (real.length > 0) return real;
  return sets[name].archives.map((shape) => ({
    ...shape,
    filename: shape.filename.replaceAll('cp311', `cp${series}`),
  }));
}

/** One wheel a project: at most 130, the largest that are no giants. */
function realWheels(folder, series) {
  const fits = new RegExp(
    `-(?:py3|py2\\.py3)-none-any\\.whl$|-cp${series}-cp${series}-.*linux.*x86_64\\.whl$|-abi3-.*linux.*x86_64\\.whl$`,
  );
  const seen = new Set();
  return readdirSync(folder, { recursive: true })
    .filter((path) => fits.test(path))
    .sort()
    .map((path) => ({
      path: join(folder, path),
      filename: path.split(/[\\/]/).at(-1),
      bytes: statSync(join(folder, path)).size,
    }))
    .filter(({ filename, bytes }) => {
      const { project } = namesOf(filename);
      return bytes < 12e6 && !seen.has(project) && seen.add(project);
    })
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 130)
    .map((each) => ({ ...each, pageBytes: 43_000, pageFiles: 100, versionFiles: 2, digests: 2 }));
}

/** The tools in turn, A B A B, so that a slow moment of the machine meets all of them. */
function compare({ kind, set: name, network, states, beside = [], runs }, set, machine) {
  const count =
    runs ?? (sets[name].heavy === true ? Math.min(2, Number(options.runs)) : Number(options.runs));
  const firstFile = `${set.url}/files/${set.files[0].filename}`;
  const tools = toolsOf(machine, { requirements: set.requirements, url: set.url, firstFile });
  const contenders = Object.entries(tools[kind]).filter(
    ([tool, { extra }]) => extra !== true || beside.includes(tool),
  );
  const caches = [...new Set(contenders.flatMap(([, { gone }]) => gone))];
  for (const path of caches) rmSync(path, { recursive: true, force: true });
  const isLeft = (state) => kind === 'install' && state === 'nothing to do';
  return states.flatMap((state) => {
    const figures = new Map(contenders.map(([tool]) => [tool, []]));
    // A round before that is not counted fills caches; a heavy set has none but that of the cold runs.
    for (let i = sets[name].heavy === true && state !== 'nothing to do' ? 0 : -1; i < count; i += 1) {
      for (const [tool, { command, gone, dest }] of contenders) {
        if (state === 'cold') for (const path of gone) rmSync(path, { recursive: true, force: true });
        if (dest === true) {
          rmSync(tools.dest, { recursive: true, force: true });
          mkdirSync(tools.dest);
        }
        if (kind === 'install' && (!isLeft(state) || i < 0)) machine.venv.empty();
        if (isLeft(state)) measure(options.python, command, machine.env);
        const figure = measure(options.python, command, machine.env);
        if (kind === 'install' && machine.venv.installed() !== set.count)
          throw new Error(`${tool} installed ${machine.venv.installed()} of ${set.count}`);
        if (i >= 0) figures.get(tool).push(figure);
      }
    }
    return [rowOf({ kind, name, network, state, set, runs: count }, figures)];
  });
}

function rowOf({ kind, name, network, state, set, runs }, figures) {
  const tools = [...figures].map(([tool, list]) => {
    const of = (key) => median(list.map((each) => each[key]));
    return {
      tool,
      wall: of('wall'),
      processor: of('processor'),
      memory: Math.max(...list.map(({ memory }) => memory)),
    };
  });
  const { count, bytes, pageBytes, digests } = set;
  return {
    kind,
    set: sets[name].label,
    network: network.label,
    state,
    runs,
    count,
    bytes,
    pageBytes,
    digests,
    tools,
  };
}
