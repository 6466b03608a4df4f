import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePipVersion, pipAtLeast } from '../../src/install/pip-version.js';
import { newestPipWheel } from '../pip/environments.js';
import { type Python, pythons } from '../support/pythons.js';
import { programWheels } from '../support/real-uv.js';

/** A Python with what its pip brings along, or with a newer pip that is there as a wheel. */
export interface Reader {
  readonly label: string;
  readonly python: Python;
  /** Of a pip that is used in place of the Python's own. */
  readonly path: string | undefined;
}

/** `npm run fuzz -- --minutes N` sets the minutes of each file and the seed; by default one round with a fixed seed. */
export const minutes = Number(process.env.PEEP_FUZZ_MINUTES ?? 0);
export const firstSeed = Number(process.env.PEEP_FUZZ_SEED ?? 20_261_128);
export const timeout = 120_000 + minutes * 60_000;

/** Every Python, oldest first, with its own pip; last the newest Python with the pips of wheels, the newest last. */
export async function findReaders(): Promise<Reader[]> {
  const all = (await pythons()).filter(({ pip }) => pip !== undefined);
  const own = all.map(
    (python): Reader => ({
      label: `pip ${python.pip} on Python ${python.version}`,
      python,
      path: undefined,
    }),
  );
  const newest = all.at(-1);
  if (newest === undefined) return own;
  const inWheels = (await pipWheels()).map(
    (path): Reader => ({
      label: `pip ${versionOf(path)} on Python ${newest.version}`,
      python: newest,
      path,
    }),
  );
  return [...own, ...inWheels];
}

/** The newest one that the user's pip would find, and those of ../shared/wheels where that is there. */
async function pipWheels(): Promise<string[]> {
  const shared = existsSync(programWheels) ? readdirSync(programWheels) : [];
  const paths = shared
    .filter((name) => /^pip-[\d.]+-.*\.whl$/.test(name))
    .map((name) => join(programWheels, name));
  const all = [...paths, (await newestPipWheel()) ?? []].flat();
  const byVersion = new Map(all.map((path) => [versionOf(path), path]));
  return [...byVersion.values()].sort((a, b) =>
    pipAtLeast(parsePipVersion(versionOf(a)), versionOf(b)) ? 1 : -1,
  );
}

function versionOf(path: string): string {
  return basename(path).split('-')[1] ?? '';
}

/** One round, or as many as fit into the test's share of the minutes: a file has `tests` of them. */
export function rounds(tests: number, round: (seed: number) => void): void {
  const end = Date.now() + (minutes / tests) * 60_000;
  for (let seed = firstSeed; seed === firstSeed || Date.now() < end; seed += 1) round(seed);
}

/** What a script of this directory prints, as JSON, of `input`. */
export function ask({ label, python, path }: Reader, script: string, input: unknown): unknown {
  const { stdout, stderr, status } = spawnSync(
    python.path,
    ['-W', 'ignore', fileURLToPath(new URL(script, import.meta.url))],
    {
      cwd: tmpdir(),
      input: JSON.stringify(input),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: {
        PATH: process.env.PATH,
        PYTHONIOENCODING: 'utf-8',
        LC_ALL: 'C.UTF-8',
        ...(path !== undefined && { PYTHONPATH: path }),
      },
    },
  );
  if (status !== 0) throw new Error(`${label}, ${script}: ${stderr}`);
  return JSON.parse(stdout) as unknown;
}
