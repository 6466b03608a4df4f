// How the cost of a cold `peep fetch` grows with pins, files of a page, digests of a pin and entries of an archive.
//   npm run bench:growth -- [--runs 3] [--write] [--work DIR]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeIndex } from './index-folder.mjs';
import { cleanEnvironment, makeBundle, run } from './machine.mjs';
import { measure, median } from './measure.mjs';
import { writeSection } from './report.mjs';
import { invented } from './sets.mjs';
import { root } from './sources.mjs';
import { startServer } from './start-server.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
    work: { type: 'string' },
  },
});

const tiny = { bytes: 2_500, entries: 6 };
const one = (shape) => [invented('one', { ...tiny, ...shape })];
const many = (count, shape = {}) =>
  Array.from({ length: count }, (_, i) => invented(`pin${i}`, { ...tiny, ...shape }));

/** What grows, its steps, and the archives of a step. */
const questions = [
  { what: 'pins', steps: [100, 1000, 5000], archives: (count) => many(count) },
  {
    what: 'files of one page',
    steps: [100, 1000, 10_000, 50_000],
    archives: (pageFiles) => one({ pageFiles }),
  },
  {
    what: 'digests of each of 100 pins',
    steps: [1, 10, 100, 200],
    archives: (digests) => many(100, { digests, versionFiles: digests, pageFiles: 200 }),
  },
  {
    what: 'entries of one archive',
    steps: [10, 1000, 10_000, 100_000],
    archives: (entries) => one({ entries, bytes: 300 * entries, unpacked: 1200 * entries }),
  },
];

const work = options.work === undefined ? mkdtempSync(join(tmpdir(), 'peep-bench-')) : resolve(options.work);
try {
  const { bundle, certPath, keyPath } = await makeBundle(join(work, 'tls'));
  const env = cleanEnvironment(work, bundle);
  run(process.execPath, [join(root, 'scripts/bundle.mjs')]);
  const lines = [];
  for (const { what, steps, archives } of questions) {
    let base;
    for (const step of steps) {
      const set = `growth-${what.replaceAll(' ', '-')}-${step}`;
      const index = writeIndex(join(work, 'sets', set), archives(step));
      const server = await startServer(
        join(work, 'sets'),
        { certPath, keyPath },
        { latency: 0, bytesPerSecond: 0 },
      );
      try {
        const figures = fetches(`${server.url}/${set}/simple/`, index.requirements, bundle, env);
        // What a step costs more than the first one, for each more that there is.
        const more =
          base === undefined
            ? ''
            : `${(((figures.processor - base.processor) * 1e6) / (step - base.step)).toFixed(0)} µs`;
        base ??= { ...figures, step };
        const { wall, processor, memory } = figures;
        lines.push(
          `| ${what} | ${step.toLocaleString('en')} | ${wall.toFixed(2)} s | ${processor.toFixed(2)} s | ${more} | ${Math.round(memory / 1e6)} MB |`,
        );
        console.log(lines.at(-1));
      } finally {
        server.process.kill();
      }
    }
  }
  const table = [
    `Cold \`peep fetch\` over loopback, medians of ${options.runs} runs. The fifth column is the processor time that each more costs, counted from the first row.`,
    '',
    '| what grows | | time | processor | each more | peak memory |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
  console.log(table);
  if (options.write) writeSection('growth', table);
} finally {
  rmSync(join(work, 'store'), { recursive: true, force: true });
  if (options.work === undefined) rmSync(work, { recursive: true, force: true });
}

function fetches(url, requirements, bundle, env) {
  const store = join(work, 'store');
  const target = ['--for', '3.11:manylinux_2_36_x86_64'];
  const command = [
    process.execPath,
    join(root, 'dist/peep.mjs'),
    'fetch',
    '-q',
    '-r',
    requirements,
    '-i',
    url,
    ...target,
  ];
  const runs = Array.from({ length: Number(options.runs) }, () => {
    rmSync(store, { recursive: true, force: true });
    return measure(options.python, [...command, '--cert', bundle, '--cache-dir', store], env);
  });
  const of = (key) => median(runs.map((each) => each[key]));
  return {
    wall: of('wall'),
    processor: of('processor'),
    memory: Math.max(...runs.map(({ memory }) => memory)),
  };
}
