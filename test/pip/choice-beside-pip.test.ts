import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentSha256 } from '../mock-index/content.js';
import { normalizeName } from '../mock-index/pages.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { runPeep } from '../support/run-peep.js';
import { isFull } from '../support/sample.js';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';
import { type PipQuestion, pipChoices, type TellingPip, tellingPips } from './pip-choices.js';
import { realisticProjects } from './realistic-index.js';

const pips = await tellingPips();
const [newest] = pips;
// Each more takes its seconds.
const newestAndOldest = [...new Set([newest, pips.at(-1)])].filter((pip) => pip !== undefined);
if (newest === undefined) console.warn('skipped: no pip here tells what it would install (22.2 or newer)');

/** As `pip install` describes them: Python, platforms, implementation and ABIs. */
const targets: readonly (readonly [python: string, platforms: string, more?: string])[] = [
  ['3.11', 'manylinux_2_28_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64 linux_x86_64'],
  ['3.9', 'manylinux2014_aarch64'],
  ['3.12', 'macosx_14_0_arm64'],
  ['3.8', 'macosx_10_15_x86_64'],
  ['3.10', 'win_amd64'],
  ['3.6', 'win32'],
  ['2.7', 'manylinux2010_x86_64', '--abi cp27mu'],
  ['3.13', 'musllinux_1_2_x86_64', '--abi cp313t'],
  ['3.14', 'manylinux_2_39_riscv64 manylinux_2_31_riscv64 manylinux_2_17_s390x'],
  ['3.10', 'manylinux2014_x86_64', '--implementation pp --abi pypy310_pp73'],
  ['3', 'any', '--implementation py'],
];

/** Which digests of a release stand in the requirements file. */
type Pinned = 'no digests' | 'all digests' | 'some digests';

let directory: TempDirectory;
let index: MockIndex;
const projects = realisticProjects();
const digests = new Map<string, string>();

beforeAll(async () => {
  directory = tempDirectory();
  index = await startMockIndex({ projects: pages('backwards') });
  for (const { files } of projects)
    for (const { filename, bytes } of files) digests.set(filename, await contentSha256(bytes));
});
afterAll(async () => {
  directory?.[Symbol.dispose]();
  await index?.close();
});

/** Of equal files, pip takes the last one of a page, and peep the one whose name comes first: `backwards`, the same. */
function pages(order: 'forwards' | 'backwards') {
  const first = order === 'forwards' ? -1 : 1;
  return Object.fromEntries(
    projects.map(({ name, files }) => [
      name,
      [...files].sort((a, b) => (a.filename < b.filename ? first : -first)),
    ]),
  );
}

const rounds = [...Array(Math.max(...projects.map(({ pinned }) => pinned.length))).keys()];

/** A pin of each project: the first, second … of those that it has. */
function requirements(round: number, pinned: Pinned): string[] {
  return projects.flatMap((project) => {
    const version = project.pinned[round];
    if (version === undefined) return [];
    const beginning = normalizeName(`${project.name}-${version}`);
    const release = project.files.filter(({ filename }) => normalizeName(filename).startsWith(beginning));
    const some = release.filter(
      (_, i) => pinned === 'all digests' || (pinned === 'some digests' && i % 3 === 0),
    );
    const hashes = some.map(({ filename }) => ` --hash=sha256:${digests.get(filename)}`);
    return [`${project.name}==${version}${hashes.join('')}`];
  });
}

function question(options: readonly string[], round: number, pinned: Pinned): PipQuestion {
  return { options: ['-i', index.url, ...options], lines: requirements(round, pinned) };
}

function describing([python, platforms, more = '']: (typeof targets)[number]): string[] {
  return [
    ...['--target', directory.join('elsewhere'), '--only-binary', ':all:', '--python-version', python],
    ...platforms.split(' ').flatMap((platform) => ['--platform', platform]),
    ...more.split(' ').filter(Boolean),
  ];
}

/** What peep's dry run chooses, line by line; null where it finds nothing. */
async function peepChoice(python: string, { options, lines }: PipQuestion): Promise<(string | null)[]> {
  const file = directory.join('peep.txt');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const args = ['install', '--dry-run', '--ignore-installed', '--no-build-isolation', '-r', file];
  const { stdout, stderr } = await runPeep([...args, ...options, '--python', python, '--report', '-'], {
    home: directory.path,
  });
  if (stdout === '') throw new Error(stderr);
  const { requirements } = JSON.parse(stdout) as {
    requirements: { archive: { filename: string } | null }[];
  };
  return requirements.map(({ archive }) => archive?.filename ?? null);
}

interface Choice {
  readonly target: string;
  readonly line: string;
  readonly peep: string | null | undefined;
  readonly pip: string | null | undefined;
}

/** The choices of both for each line of each question. */
async function choices(pip: TellingPip, questions: readonly PipQuestion[]): Promise<Choice[]> {
  const own = directory.join(pip.version);
  mkdirSync(own, { recursive: true });
  const python = await pip.prepare(directory.join(pip.version, 'venv'));
  const asked = async () => {
    const choices: (string | null)[][] = [];
    for (const question of questions) choices.push(await peepChoice(python, question));
    return choices;
  };
  const [peeps, theirs] = await Promise.all([asked(), pipChoices(python, pip, own, questions)]);
  return questions.flatMap(({ options, lines }, i) =>
    lines.map((line, j) => ({
      target: options.slice(2).join(' '),
      line: line.replace(/ (--hash.*)/, (_, hashes: string) => ` and ${hashes.split(' ').length} digests`),
      peep: peeps[i]?.[j],
      pip: refused(line, theirs[i]?.[j]),
    })),
  );
}

/**
 * What pip's dry run names though its digest is not pinned, pip would refuse when it has it; peep's dry run says at once
 * that no archive of the page is a pinned one.
 */
function refused(line: string, filename: string | null | undefined): string | null | undefined {
  const digest = filename == null ? undefined : digests.get(filename);
  return line.includes('--hash') && digest !== undefined && !line.includes(digest) ? null : filename;
}

const differing = (all: readonly Choice[]) => all.filter(({ peep, pip }) => peep !== pip);
const found = (all: readonly Choice[]) => all.filter(({ pip }) => pip !== null);

describe.skipIf(newest === undefined)('peep and pip choose the same archives', () => {
  it.each(newestAndOldest.map((pip) => [pip.label, pip] as const))(
    'for the machine: %s',
    async (_, pip) => {
      const plain = rounds.map((round) => question([], round, 'no digests'));
      const hashed = rounds.map((round) => question([], round, round === 1 ? 'some digests' : 'all digests'));
      const all = await choices(pip, pip === newest ? [...plain, ...hashed] : plain);
      expect(differing(all)).toEqual([]);
      expect(found(all).length).toBeGreaterThan(all.length * 0.8);
    },
    120_000,
  );

  it.each(['no digests', 'all and some digests'] as const)(
    'for other targets, with %s',
    async (pinned) => {
      const questions = targets.flatMap((target, i) =>
        pinned === 'no digests'
          ? rounds
              .filter((round) => isFull || round === i % rounds.length)
              .map((round) => question(describing(target), round, pinned))
          : question(describing(target), i % rounds.length, i % 2 === 0 ? 'all digests' : 'some digests'),
      );
      const all = await choices(newest as TellingPip, questions);
      expect(differing(all)).toEqual([]);
      expect(found(all).length).toBeGreaterThan(all.length * 0.5);
      expect(new Set(all.map(({ target }) => target)).size).toBe(targets.length);
    },
    120_000,
  );

  it('but equal files: pip goes by their order in the page, peep by their names (P10)', async () => {
    index.serve({ projects: pages('forwards') });
    const manylinux = 'manylinux_2_17_x86_64.manylinux2014_x86_64';
    const target = describing(['3.11', 'manylinux_2_17_x86_64']);
    const all = await choices(newest as TellingPip, [question(target, 0, 'no digests')]);
    index.serve({ projects: pages('backwards') });
    expect(differing(all).map(({ peep, pip }) => [peep, pip])).toEqual([
      ['py2.py3', 'py3'].map((python) => `every_where-0.14.4-${python}-none-${manylinux}.whl`),
    ]);
  });
});
