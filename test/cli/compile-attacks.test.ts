import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../mock-index/scenario.js';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { installPip, newestPipWheel } from '../pip/environments.js';
import { pythons } from '../support/pythons.js';
import { installRealUv } from '../support/real-uv.js';
import { runPeep } from '../support/run-peep.js';
import { isFull } from '../support/sample.js';
import { tempDirectory } from '../support/temp-directory.js';
import { makeVenv } from '../support/venv.js';

const programs = tempDirectory();
afterAll(() => programs[Symbol.dispose]());

interface Asked {
  readonly label: string;
  readonly venv: string;
  readonly uv: string | undefined;
  /** A pip beside an environment without one: pip is started with `--python`. */
  readonly path?: string | undefined;
}

/** uv, the oldest and the newest pip that resolve, and a pip for another environment. */
const resolvers = await realResolvers();

async function realResolvers(): Promise<readonly Asked[]> {
  const found: Asked[] = [];
  const able = (await pythons()).filter(
    ({ pip = '0', series }) => series[0] === 3 && parseInt(pip, 10) >= 23,
  );
  const [oldest, newest] = [able[0], able.at(-1)];
  if (oldest === undefined || newest === undefined) return [];
  const wheelPath = await newestPipWheel();
  // Without a newer one in a wheel, the newest pip is that of a Python.
  for (const each of wheelPath === undefined || isFull ? new Set([oldest, newest]) : [oldest]) {
    const { path } = await makeVenv(each, programs.join(`venv-${each.version}`));
    found.push({ label: `pip ${each.pip}`, venv: path, uv: undefined });
  }
  const bare = await makeVenv(newest, programs.join('bare'), { withPip: false });
  const beside = join(newest.path, '..');
  found.push({ label: `pip ${newest.pip} of another`, venv: bare.path, uv: undefined, path: beside });
  if (wheelPath !== undefined) {
    const own = await makeVenv(newest, programs.join('newest'));
    await installPip(own, wheelPath);
    found.push({ label: 'the newest pip', venv: own.path, uv: undefined });
  }
  const uv = await installRealUv(programs.join('uv'));
  if (uv !== undefined) found.push({ label: 'uv', venv: bare.path, uv });
  return found;
}

const ink = wheel({ name: 'ink', version: '1.0' });

interface Attack {
  /** What stands in the input, with the origin of the index and the path of the mark. */
  readonly input?: (origin: string, mark: string) => string;
  readonly toml?: (origin: string, mark: string) => string;
  readonly projects?: (origin: string) => Scenario['projects'];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function attack({ label, venv, uv, path }: Asked, { input, toml, projects, args = [], env }: Attack) {
  using directory = tempDirectory();
  const mark = directory.join('ran');
  const evil = sdist({
    name: 'evil',
    version: '1.0',
    build: 'none',
    files: {
      'setup.py': `open(${JSON.stringify(mark)}, 'w').close()\nfrom setuptools import setup\nsetup(name='evil', version='1.0')\n`,
    },
  });
  await using files = await startMockIndex({
    routes: { '/evil-1.0.tar.gz': { body: evil.bytes }, '/ink-1.0-py3-none-any.whl': { body: ink.bytes } },
  });
  await using index = await startMockIndex({ projects: projects?.(files.origin) ?? {} });
  mkdirSync(directory.join('home/home'), { recursive: true });
  writeFileSync(
    directory.join('home/home/.netrc'),
    'machine 127.0.0.1 login a password b\ndefault login a password b\n',
  );
  const name = toml === undefined ? 'requirements.in' : 'pyproject.toml';
  writeFileSync(directory.join(name), (toml ?? input)?.(files.origin, directory.path) ?? '');
  writeFileSync(directory.join('setup.py'), `open(${JSON.stringify(mark)}, 'w').close()\n`);
  const usual = (process.env.PATH ?? '').split(delimiter).filter((each) => !existsSync(join(each, 'uv')));
  const resolver = ['--resolver', label === 'uv' ? 'uv' : 'pip'];
  const run = await runPeep(
    ['compile', name, '-o', 'out.txt', '-i', index.url, '--python', venv, ...resolver, ...args],
    {
      cwd: directory.path,
      home: directory.join('home'),
      env: { PATH: [uv, path, ...usual].filter((each) => each !== undefined).join(delimiter), ...env },
    },
  );
  const output = directory.join('out.txt');
  return {
    ...run,
    ran: existsSync(mark),
    file: existsSync(output) ? readFileSync(output, 'utf8') : undefined,
    told: files.requests.filter(({ headers }) => headers.authorization !== undefined),
    reached: files.requests.length > 0,
    asked: [...files.requests, ...index.requests].map(({ path }) => path),
  };
}

/** Of the line ends of Python; the others are in test/unit/compile/line.test.ts. */
const lineEnds = ['\\n', '\\u2028'];

describe.skipIf(process.platform === 'win32').each(resolvers)('peep compile with $label', (resolver) => {
  it.each([
    ['a source archive', (origin: string) => `evil @ ${origin}/evil-1.0.tar.gz`],
    ['a repository', (origin: string) => `evil @ git+${origin}/evil.git`],
    ['a repository named like a wheel', (origin: string) => `evil @ git+${origin}/evil-1.0-py3-none-any.whl`],
  ])('runs nothing of %s that the metadata of a wheel names', async (_, needs) => {
    const projects = (origin: string) => ({
      quill: [wheel({ name: 'quill', version: '1.0', requiresDist: [needs(origin)] })],
    });
    const run = await attack(resolver, { input: () => 'quill\n', projects });
    expect(run).toMatchObject({ status: 1, ran: false, file: undefined });
    if (resolver.uv === undefined) expect(run.stderr).toContain('is not a wheel, so pip would run its code');
    expect(run.asked.filter((path) => path.includes('git'))).toEqual([]);
  });

  it('compiles wheels', async () => {
    const projects = () => ({ quill: [wheel({ name: 'quill', version: '1.0' })] });
    const run = await attack(resolver, { input: () => 'quill\n', projects });
    expect(run).toMatchObject({ status: 0, file: expect.stringContaining('quill==1.0 ') });
  });

  it('sends nothing of netrc to a host that the metadata of a wheel names', async () => {
    const projects = (origin: string) => ({
      quill: [
        wheel({ name: 'quill', version: '1.0', requiresDist: [`ink @ ${origin}/ink-1.0-py3-none-any.whl`] }),
      ],
    });
    const run = await attack(resolver, { input: () => 'quill\n', projects });
    // uv follows no URL that an archive names.
    expect(run).toMatchObject({ told: [], reached: resolver.uv === undefined });
  });

  it('expands no variable of a pyproject.toml', async () => {
    const run = await attack(resolver, {
      toml: (origin) =>
        `[project]\nname = "mine"\ndependencies = ["x @ ${origin}/$\{SECRET}/x-1.0-py3-none-any.whl"]\n`,
      env: { SECRET: 'sEcret' },
    });
    expect(run).toMatchObject({ status: 1, asked: [], file: undefined });
    expect(run.stderr).toContain('names the variable ${SECRET}');
  });

  it('asks nobody about a URL of an input that is no wheel', async () => {
    const run = await attack(resolver, { input: (origin) => `evil @ ${origin}/evil-1.0.tar.gz\n` });
    expect(run).toMatchObject({ status: 1, ran: false, file: undefined, asked: [] });
    expect(run.stderr.replace(/\s+/g, ' ')).toContain('which is not a wheel');
  });

  it('takes one line of a pyproject.toml for one line', async () => {
    for (const end of lineEnds) {
      const run = await attack(resolver, {
        toml: (origin, path) =>
          `[project]\nname = "mine"\ndependencies = ["x @ ${origin}/x-1.0-py3-none-any.whl${end}--editable=${pathToFileURL(path).href}"]\n`,
      });
      expect(run).toMatchObject({ status: 1, ran: false, file: undefined, asked: [] });
    }
  });
});
