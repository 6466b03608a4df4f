import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oldestPip, parsePipVersion, pipAtLeast } from '../../src/install/pip-version.js';
import type { Difference, VerifyNote } from '../../src/verify/difference.js';
import type { FileSpec } from '../mock-index/scenario.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { installPip, newestPipWheel } from '../pip/environments.js';
import { type Python, pythons } from '../support/pythons.js';
import { type RealVirtualenv, realVirtualenv } from '../support/real-virtualenv.js';
import { type RealWheel, realWheels } from '../support/real-wheels.js';
import { type Finished, runPeep } from '../support/run-peep.js';
import { isFull } from '../support/sample.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';
import { makeVenv } from '../support/venv.js';
import { type Ground, type Mutation, makeGround, mutations, type Place } from './mutations.js';

/**
 * What installers write, and what verify says of it (issue 16, items 19 to 23): real wheels in every layout, clean at
 * first, then changed in each way. The gate tries the newest, the oldest and a middle Python, and two layouts;
 * `PEEP_FULL=1` every Python with every pip that runs on it, every layout, each mutation alone.
 */
/** Wheels of a place. */
const count = isFull ? 60 : 30;
const maxBytes = isFull ? 400_000 : 120_000;
/** Of random choices of mutations at once. */
const rounds = isFull ? 3 : 1;
const seed = Number(process.env.PEEP_FUZZ_SEED ?? 16);

type Layout = 'venv' | 'virtualenv' | 'target' | 'prefix' | 'link';

interface Case {
  readonly label: string;
  readonly python: Python;
  /** The Python whose pip is copied; a path is a wheel. */
  readonly pip: Python | string;
  readonly layout: Layout;
}

const found = await pythons();
const newestPip = await newestPipWheel();
const cases = allCases();

function allCases(): Case[] {
  const usable = found.filter(({ pip }) => pip !== undefined && pipAtLeast(parsePipVersion(pip), oldestPip));
  const name = (python: Python, pip: Python | string, layout: Layout) => {
    const version = typeof pip === 'string' ? basename(pip).split('-')[1] : pip.pip;
    return `${python.implementation} ${python.version}, pip ${version}, ${layout}`;
  };
  const of = (python: Python, pip: Python | string, layout: Layout): Case => ({
    ...{ python, pip, layout, label: name(python, pip, layout) },
  });
  const [oldest] = usable;
  const newest = usable.at(-1);
  const middle = usable[usable.length >> 1];
  if (oldest === undefined || newest === undefined || middle === undefined) return [];
  const chosen = isFull
    ? [
        ...found.flatMap((python) => [
          ...usable.map((pip) => of(python, pip, 'venv')),
          ...(newestPip === undefined ? [] : [of(python, newestPip, 'venv')]),
        ]),
        ...usable.flatMap((python) =>
          (['virtualenv', 'target', 'prefix', 'link'] as const).map((layout) => of(python, python, layout)),
        ),
      ]
    : [
        of(oldest, oldest, 'venv'),
        of(newest, newest, 'venv'),
        ...(['virtualenv', 'target'] as const).map((layout) => of(middle, middle, layout)),
      ];
  return [...new Map(chosen.map((each) => [each.label, each])).values()];
}

let directory: TempDirectory;
let virtualenv: RealVirtualenv | undefined;
let index: MockIndex;
let wheels: readonly RealWheel[];
beforeAll(async () => {
  directory = tempDirectory();
  wheels = await realWheels(maxBytes);
  virtualenv = await realVirtualenv(directory.join('virtualenv'));
  const projects: Record<string, FileSpec[]> = {};
  for (const { project, file } of wheels) projects[project] = [...(projects[project] ?? []), file];
  index = await startMockIndex({ projects });
});
afterAll(async () => {
  directory?.[Symbol.dispose]();
  await index?.close();
});

const peep = (args: readonly string[]): Promise<Finished> =>
  runPeep(args, { home: directory.path, cwd: directory.path, timeout: 300_000 });

/** What this Python takes of the real wheels: those with scripts, data, headers and libraries first. */
async function fitting(python: Python): Promise<readonly RealWheel[]> {
  writeFileSync(
    directory.join('all.txt'),
    wheels.map(({ project, version, sha256 }) => `${project}==${version} --hash=sha256:${sha256}\n`).join(''),
  );
  const args = ['fetch', '-r', 'all.txt', '-i', index.url, '--dry-run', '--report', '-'];
  const { stdout } = await peep([...args, '--python', python.path]);
  const report = JSON.parse(stdout) as {
    readonly requirements: readonly {
      readonly name: string;
      readonly archive: { filename: string } | null;
    }[];
  };
  const files = new Set(report.requirements.flatMap(({ archive }) => archive?.filename ?? []));
  const fits = wheels.filter(({ file }) => files.has(file.filename));
  const worth = ({ parts, file, bytes }: RealWheel) =>
    parts.length * 10 + (file.filename.endsWith('-none-any.whl') ? 0 : 8) - bytes / 100_000;
  return fits.toSorted((a, b) => worth(b) - worth(a));
}

interface Installed {
  readonly place: Place;
  /** Arguments that name the place. */
  readonly verify: readonly string[];
  readonly wheels: readonly RealWheel[];
}

const chosen = new Map<string, Promise<readonly RealWheel[]>>();
let made = 0;

/** Undefined where this pip does not run on this Python. */
async function installed({ python, pip, layout }: Case): Promise<Installed | undefined> {
  made += 1;
  const root = directory.join(`environment ${made}`);
  const executable = join(layout === 'link' ? `${root} link` : root, 'bin', 'python');
  if (layout === 'virtualenv') {
    if ((await virtualenv?.make(python.path, root)) !== true) return undefined;
  } else {
    const venv = await makeVenv(python, root, { withPip: typeof pip === 'string' ? false : pip });
    if (typeof pip === 'string') await installPip(venv, pip).catch(() => undefined);
    if (!(await venv.run('-m', 'pip', '--version').then(Boolean, () => false))) return undefined;
  }
  const own = chosen.get(python.path) ?? fitting(python);
  chosen.set(python.path, own);
  const fits = (await own).slice(0, count);
  if (layout === 'link') symlinkSync(root, `${root} link`);
  const outside = directory.join(`outside ${made}`);
  mkdirSync(outside);
  const elsewhere = directory.join(`elsewhere ${made}`);
  writeFileSync(
    directory.join('pins.txt'),
    fits.map(({ project, version, sha256 }) => `${project}==${version} --hash=sha256:${sha256}\n`).join(''),
  );
  const more = layout === 'target' || layout === 'prefix' ? [`--${layout}`, elsewhere] : [];
  const args = ['install', '-r', 'pins.txt', '-i', index.url, '--python', executable, ...more];
  const { status, stdout, stderr } = await peep(args);
  expect(status, stdout + stderr).toBe(0);
  const series = `python${python.series.join('.')}`;
  const inner =
    layout === 'target'
      ? elsewhere
      : layout === 'prefix'
        ? join(elsewhere, 'lib', series, 'site-packages')
        : join(layout === 'link' ? `${root} link` : root, 'lib', series, 'site-packages');
  return {
    place: {
      site: inner,
      scripts: layout === 'target' ? join(elsewhere, 'bin') : join(dirname(dirname(dirname(inner))), 'bin'),
      // Python 2 has no venv, and the one that is made here looks like a Python of its own.
      ownsScripts: !['target', 'prefix'].includes(layout) && python.series[0] > 2,
      pythonVersion: python.series,
      isTarget: layout === 'target',
      projects: new Set(fits.map(({ project }) => project)),
      outside,
    },
    verify: [
      ...['verify', '-r', 'pins.txt', '-i', index.url, '--python', executable, '--report', 'verify.json'],
      ...(layout === 'target' ? ['--target', inner] : layout === 'prefix' ? ['--path', inner] : []),
    ],
    wheels: fits,
  };
}

async function verify({
  verify: args,
}: Installed): Promise<{ differences: string[]; notes: VerifyNote[]; stdout: string }> {
  rmSync(directory.join('verify.json'), { force: true });
  const { status, stdout, stderr } = await peep(args);
  expect([0, 1], stderr).toContain(status);
  const report = JSON.parse(readFileSync(directory.join('verify.json'), 'utf8')) as {
    readonly differences: readonly Difference[];
    readonly notes: VerifyNote[];
  };
  const differences = report.differences
    .map(({ change, project, path }) => `${change} ${path ?? project}`)
    .sort();
  expect(status).toBe(differences.length === 0 ? 0 : 1);
  return { differences, notes: report.notes, stdout };
}

/** Applies mutations and answers what was to be told, and what was. */
async function tried(environment: Installed, ground: Ground, some: readonly Mutation[]) {
  const expected: string[] = [];
  const applied: string[] = [];
  const linked: string[] = [];
  try {
    for (const { what, apply } of some) {
      const told = apply(ground);
      if (told === undefined) continue;
      applied.push(what);
      expected.push(...told.differences);
      linked.push(...(told.notes ?? []));
    }
    const { differences, notes } = await verify(environment);
    const ofLinks = notes.filter(({ reason }) => reason.includes('elsewhere with the same bytes'));
    return {
      applied,
      told: { differences, linked: ofLinks.map(({ project }) => project) },
      expected: { differences: expected.sort(), linked },
    };
  } finally {
    ground.restore();
  }
}

/** A small generator of its own, so that a failure can be repeated. */
function randomNumbers(start: number): (count: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('real wheels, installed by every pip into every layout', () => {
  const named = cases.map((each) => [each.label, each] as const);
  it.for(named)('%s', { timeout: 1_200_000 }, async ([, each], context) => {
    if (wheels.length === 0) return context.skip('pip is set up with no directory that has wheels');
    const environment = await installed(each);
    if (environment === undefined) return context.skip('this pip or virtualenv does not run on this Python');
    const clean = await verify(environment);
    expect(clean.differences).toEqual([]);

    const choose = randomNumbers(seed);
    const ground = makeGround(environment.place, choose);
    const kinds = new Set<string>();
    const check = async (some: readonly Mutation[]) => {
      const { applied, told, expected } = await tried(environment, ground, some);
      expect(told, `${applied.join('; ')} (seed ${seed})`).toEqual(expected);
      for (const what of applied) kinds.add(what);
    };
    await check(mutations);
    for (let round = 0; round < rounds; round += 1) await check(mutations.filter(() => choose(3) === 0));
    if (isFull && each.layout === 'venv' && each.pip === each.python)
      for (const mutation of mutations) await check([mutation]);
    expect((await verify(environment)).differences).toEqual([]);
    console.log(`${each.label}: ${environment.wheels.length} wheels, ${kinds.size} kinds of change`);
    expect(kinds.size).toBeGreaterThan(20);
  });

  it('are there', (context) => {
    if (cases.length === 0) return context.skip('no Python with a pip is on this machine');
    expect(cases.length).toBeGreaterThan(3);
  });
});
