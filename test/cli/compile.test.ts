import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../mock-index/scenario.js';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { installPip, newestPipWheel } from '../pip/environments.js';
import { defaultPython, type Python, pythons } from '../support/pythons.js';
import { installRealUv } from '../support/real-uv.js';
import { runPeep } from '../support/run-peep.js';
import { sample } from '../support/sample.js';
import { tempDirectory } from '../support/temp-directory.js';
import { makeVenv } from '../support/venv.js';

const python = (await defaultPython()) as Python;
const programs = tempDirectory();
const realUv = await installRealUv(programs.join('real'));
const venv = await makeVenv(python, programs.join('venv'));
afterAll(() => programs[Symbol.dispose]());

const nib = wheel({ name: 'nib', version: '1.0' });
const newNib = wheel({ name: 'nib', version: '1.1' });
const ink = wheel({ name: 'ink', version: '2.0' });
const blotter = wheel({ name: 'blotter', version: '1.0' });
const quill = wheel({
  name: 'quill',
  version: '1.0',
  metadata: ['Provides-Extra: color'],
  requiresDist: ['nib>=1.0', 'ink ; extra == "color"', 'blotter ; sys_platform == "win32"'],
});
const projects = { nib: [nib, newNib], ink: [ink], blotter: [blotter], quill: [quill] };

const line = (requirement: string, archive: { sha256: string }, ...via: readonly string[]) => [
  `${requirement} \\`,
  `    --hash=sha256:${archive.sha256}`,
  ...(via.length === 1 ? [`    # via ${via[0]}`] : ['    # via', ...via.map((each) => `    #   ${each}`)]),
];
const text = (...lines: readonly (string | readonly string[])[]) =>
  lines
    .flat()
    .map((each) => `${each}\n`)
    .join('');
const head = ['# peep compile requirements.in -o requirements.txt', ''];
const whole = text(
  head,
  line('ink==2.0', ink, 'quill'),
  line('nib==1.1', newNib, 'quill'),
  line('quill==1.0', quill, '-r requirements.in'),
);

/** A uv that answers with these lines, and tells what it was asked. */
function standIn(lines: readonly string[], body = ''): string {
  const directory = programs.join(`stand-in-${readdirSync(programs.path).length}`);
  mkdirSync(directory);
  const script = `[ "$1" = --version ] && { echo "uv 0.13.9"; exit 0; }
{ pwd; echo "$@"; env; ls -a; cat requirements.in constraints.txt chosen.txt; } > '${directory}/seen'
while [ $# -gt 0 ]; do [ "$1" = --output-file ] && out=$2; shift; done
${body}
cat > "$out" <<'END'
${lines.join('\n')}
END`;
  writeFileSync(join(directory, 'uv'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, 'uv'), 0o755);
  return directory;
}

interface Compiled {
  readonly files?: Readonly<Record<string, string>>;
  /** A directory with a uv; pip alone without it. */
  readonly uv?: string | undefined;
  readonly venv?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly projects?: Scenario['projects'];
}

async function compile(args: readonly string[], options: Compiled = {}) {
  using directory = tempDirectory();
  await using index = await startMockIndex({ projects: options.projects ?? projects });
  const files = { 'requirements.in': 'quill[color]\n', ...options.files };
  for (const [name, content] of Object.entries(files)) writeFileSync(directory.join(name), content);
  const usual = (process.env.PATH ?? '').split(delimiter).filter((each) => !existsSync(join(each, 'uv')));
  const run = await runPeep(['compile', ...args, '-i', index.url, '--python', options.venv ?? venv.path], {
    cwd: directory.path,
    home: directory.join('home'),
    env: {
      PATH: [...(options.uv === undefined ? [] : [options.uv]), ...usual].join(delimiter),
      ...options.env,
    },
  });
  const output = directory.join('requirements.txt');
  return {
    ...run,
    file: existsSync(output) ? readFileSync(output, 'utf8') : undefined,
    files: readdirSync(directory.path).sort(),
    left: readdirSync(directory.join('home/tmp')),
    requests: index.requests.map(({ path }) => path),
  };
}

const usual = ['requirements.in', '-o', 'requirements.txt'];
const chosen = ['ink==2.0', 'nib==1.1', 'quill==1.0'];

describe.skipIf(process.platform === 'win32')("peep compile with uv's stand-in", () => {
  it('pins what it chose, hashed and explained by peep, and leaves nothing behind', async () => {
    const uv = standIn(chosen);
    const run = await compile(usual, { uv, env: { UV_INDEX_URL: 'x', PIP_PRE: '', PYTHONPATH: '.' } });
    expect(run).toMatchObject({ status: 0, file: whole, stdout: '', left: [] });
    expect(run.files).toEqual(['home', 'requirements.in', 'requirements.txt']);
    expect(run.stderr).toContain('3 versions chosen by uv 0.13.9');
    expect(run.requests.filter((path) => path.endsWith('.whl'))).toHaveLength(3);
    const seen = readFileSync(join(uv, 'seen'), 'utf8');
    expect(seen).toMatch(/^pip compile --no-config .*--only-binary :all: .*requirements\.in$/m);
    expect(seen).toMatch(/^--index-url http:.*\nquill\[color\]$/m);
    expect(seen).not.toMatch(/UV_INDEX_URL|PYTHONPATH|^pyproject/m);
  });

  it('hands over no credentials on the command line', async () => {
    const uv = standIn(chosen);
    const extra = ['--extra-index-url', 'http://ada:sEcret@127.0.0.1:1/simple'];
    const run = await compile([...usual, ...extra], { uv });
    const [, argv, ...rest] = readFileSync(join(uv, 'seen'), 'utf8').split('\n');
    expect(argv).not.toContain('sEcret');
    expect(rest.join('\n')).toContain('--extra-index-url http://ada:sEcret@127.0.0.1:1/simple/');
    expect(run.stdout + run.stderr + (run.file ?? '')).not.toContain('sEcret');
  });

  it('changes no more than it must, and keeps comments', async () => {
    const before = text(
      head,
      '# as in production',
      line('ink==2.0', ink, 'quill'),
      line('nib==1.0', nib, 'quill'),
      line('old==1.0', nib, '-r requirements.in'),
    );
    const files = { 'requirements.txt': before };
    const run = await compile([...usual, '-P', 'ink'], {
      uv: standIn(['ink==2.0', 'nib==1.1', 'quill==1.0']),
      files,
    });
    expect(run).toMatchObject({
      status: 0,
      file: text(
        head,
        '# as in production',
        line('ink==2.0', ink, 'quill'),
        line('nib==1.1', newNib, 'quill'),
        line('quill==1.0', quill, '-r requirements.in'),
      ),
    });
    expect(run.stdout).toContain('-nib==1.0 \\');
    const uv = standIn(chosen);
    const again = await compile([...usual, '--check', '-P', 'ink'], {
      uv,
      files: { 'requirements.txt': whole },
    });
    expect(again).toMatchObject({ status: 0, stdout: '', file: whole });
    // What should stay is told, and what is to be chosen anew is not.
    expect(readFileSync(join(uv, 'seen'), 'utf8')).toMatch(/quill\[color\]\nnib==1\.1\nquill==1\.0\n$/);
    const check = await compile([...usual, '--check'], { uv: standIn(chosen), files });
    expect(check).toMatchObject({ status: 1, file: before });
  });

  it('takes what a source archive states for what it needs', async () => {
    const stated = sdist({ name: 'stated', version: '1', requiresDist: ['ink', 'blotter; extra == "x"'] });
    const pyproject = '[project]\nname = "projected"\ndependencies = ["nib"]\n';
    const projected = sdist({ name: 'projected', version: '1', build: 'legacy', pyproject });
    const run = await compile([...usual, '--allow-builds'], {
      uv: standIn(['ink==2.0', 'nib==1.1', 'projected==1', 'stated==1']),
      files: { 'requirements.in': 'stated\nprojected\n' },
      projects: { ...projects, stated: [stated], projected: [projected] },
    });
    expect(run).toMatchObject({
      status: 0,
      file: text(
        head,
        line('ink==2.0', ink, 'stated'),
        line('nib==1.1', newNib, 'projected'),
        line('projected==1', projected, '-r requirements.in'),
        line('stated==1', stated, '-r requirements.in'),
      ),
    });
  });

  it.each<[string, readonly string[], readonly string[], Compiled, string]>([
    [
      'what nobody asks for',
      [...chosen, 'blotter==1.0', 'evil==1'],
      [],
      { projects: { ...projects, evil: [wheel({ name: 'evil', version: '1' })] } },
      'chose evil, but no input and no verified archive requires it',
    ],
    [
      'what an extra needs that nobody asks for',
      ['evil==1', 'trap==1'],
      [],
      {
        files: { 'requirements.in': 'trap\n' },
        projects: {
          trap: [wheel({ name: 'trap', version: '1', requiresDist: ['evil ; extra == "dev"'] })],
          evil: [wheel({ name: 'evil', version: '1' }), sdist({ name: 'evil', version: '1' })],
        },
      },
      'chose evil, but no input and no verified archive requires it',
    ],
    [
      'what a source archive does not state that it needs',
      ['evil==1', 'trap==1'],
      ['--allow-builds'],
      {
        files: { 'requirements.in': 'trap\n' },
        projects: {
          trap: [sdist({ name: 'trap', version: '1' })],
          evil: [wheel({ name: 'evil', version: '1' })],
        },
      },
      'Only a build may tell what a source archive requires (here trap).',
    ],
    ['an archive that is younger than --min-age', chosen, ['--min-age', '7d'], {}, 'is not pinned'],
    [
      'a yanked one',
      chosen,
      [],
      { projects: { ...projects, ink: [{ ...ink, yanked: 'bad' }] } },
      'was yanked',
    ],
    ['a version that no index has', ['nib==9', 'ink==2.0', 'quill==1.0'], [], {}, 'nib==9'],
    ['an answer that is none', ['quill>=1.0'], [], {}, 'cannot read the answer of uv'],
    ['editable lines', chosen, [], { files: { 'requirements.in': '-e .\n' } }, 'has no archive to verify'],
  ])('writes nothing for %s', async (_, lines, args, options, why) => {
    const run = await compile([...usual, ...args], { uv: standIn(lines), ...options });
    expect(run).toMatchObject({ status: 1, file: undefined, left: [] });
    expect((run.stdout + run.stderr).replace(/\s+/g, ' ')).toContain(why);
  });

  it('says what it said when it finds no versions', async () => {
    const uv = standIn([], 'echo "No solution: http://ada:sEcret@x.example/" >&2; exit 1');
    const run = await compile(usual, { uv });
    expect(run).toMatchObject({ status: 1, file: undefined, left: [] });
    expect(run.stderr).toContain(
      'uv chose no versions: it ended with status 1\nNo solution: http://****@x.example/',
    );
  });

  it('takes every platform for --for and --all, and drops what no target wants', async () => {
    const lines = [...chosen, "blotter==1.0 ; sys_platform == 'win32'"];
    const uv = standIn(lines);
    const linux = await compile([...usual, '--for', '3.9:manylinux_2_28_x86_64'], { uv });
    expect(linux.file?.match(/^[a-z]+==/gm)).toEqual(['ink==', 'nib==', 'quill==']);
    expect(readFileSync(join(uv, 'seen'), 'utf8')).toContain('--universal --python-version 3.9 ');
    const all = await compile([...usual, '--all'], { uv });
    expect(all.file).toContain('blotter==1.0 ; sys_platform == "win32" \\\n');
    expect(all.status).toBe(0);
  });

  it("reads a pyproject.toml, and reports the resolver's word as its word", async () => {
    const toml =
      '[project]\nname = "Mine"\ndependencies = ["quill"]\n[project.optional-dependencies]\nall = ["mine[art]"]\nart = ["ink"]\n[dependency-groups]\ndev = [{include-group = "lint"}]\nlint = ["blotter"]\n';
    const args = [
      'pyproject.toml',
      '--extra',
      'all',
      '--group',
      'dev',
      '-o',
      'requirements.txt',
      '--report',
      'report.json',
    ];
    using directory = tempDirectory();
    const report = directory.join('report.json');
    const run = await compile([...args.slice(0, -1), report], {
      uv: standIn([...chosen, 'blotter==1.0']),
      files: { 'pyproject.toml': toml },
    });
    expect(run.status).toBe(0);
    for (const why of ['mine (pyproject.toml)', 'mine[all] (pyproject.toml)', 'mine:dev (pyproject.toml)'])
      expect(run.file).toContain(`    # via ${why}\n`);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      command: 'compile',
      resolver: 'uv 0.13.9',
      exit_code: 0,
    });
    const unknown = await compile(['pyproject.toml', '--extra', 'none'], {
      uv: standIn([]),
      files: { 'pyproject.toml': toml },
    });
    expect(unknown).toMatchObject({ status: 1, stderr: expect.stringContaining("it has no extra 'none'") });
  });
});

const newest = await newestPipWheel();
const real = (await pythons())
  .filter(({ pip, series }) => pip !== undefined && series[0] === 3)
  .map((each) => ({ ...each, label: `pip ${each.pip} of Python ${each.version}` }));

describe('peep compile with real resolvers', () => {
  it.skipIf(realUv === undefined)('uv', async () => {
    const run = await compile(usual, { uv: realUv });
    expect(run).toMatchObject({ status: 0, file: whole, left: [] });
    const kept = await compile(usual, {
      uv: realUv,
      files: { 'requirements.txt': text(head, line('nib==1.0', nib, 'quill')) },
    });
    expect(kept.file).toContain('nib==1.0 \\\n');
  });

  it.each(sample(real, ({ pip }) => pip ?? ''))('$label', async (each) => {
    using directory = tempDirectory();
    const own = await makeVenv(each, directory.join('venv'));
    const run = await compile(usual, { venv: own.path });
    const [major = 0, minor = 0] = (each.pip ?? '').split('.').map(Number);
    if (major < 22 || (major === 22 && minor < 2)) {
      expect(run).toMatchObject({ status: 1, file: undefined });
      expect(run.stderr).toMatch(/peep compile needs pip 22\.2 or newer, or uv on PATH|peep needs pip 19\.0/);
      return;
    }
    expect(run).toMatchObject({ status: 0, file: whole, left: [] });
    expect(run.stderr).toContain(`chosen by pip ${each.pip}`);
    const files = { 'requirements.txt': text(head, line('nib==1.0', nib, 'quill')) };
    const kept = await compile(usual, { venv: own.path, files });
    expect(kept.file).toContain('nib==1.0 \\\n');
    // A pin that cannot stay.
    const moved = await compile(usual, {
      venv: own.path,
      files: { ...files, 'requirements.in': 'quill[color]\nnib>1.0\n' },
    });
    expect(moved.file).toContain('nib==1.1 \\\n');
    const none = await compile(usual, { venv: own.path, files: { 'requirements.in': 'quill>2\n' } });
    expect(none).toMatchObject({ status: 1, file: undefined, left: [] });
    expect(none.stderr).toContain('pip chose no versions');
  });

  it('a name that no index has is told, with near ones that an index has', async () => {
    const inputs =
      'qiull\nbloter; sys_platform == "win32"\nyaml\nnib>5\ninkk @ https://index.example/inkk-1.0-py3-none-any.whl\n';
    const script = 'echo "no solution" >&2; exit 1';
    const run = await compile(usual, {
      uv: standIn([], script),
      files: { 'requirements.in': inputs, 'requirements.txt': 'quill==1.0\n' },
      projects: { ...projects, pyyaml: [wheel({ name: 'pyyaml', version: '1.0' })] },
    });
    expect(run).toMatchObject({ status: 1, left: [] });
    expect(run.stderr.replace(/:\d+\//, ':PORT/')).toBe(`asking uv 0.13.9 for versions
error: no index has these projects:
    qiull (-r requirements.in); did you mean 'quill'?
    yaml (-r requirements.in); did you mean 'pyyaml'?
asked:
    http://127.0.0.1:PORT/simple/
hint: Check the names, and the index settings: -i, --extra-index-url, --find-links, PIP_INDEX_URL.
`);
  });

  it.skipIf(newest === undefined)('the newest pip', async () => {
    using directory = tempDirectory();
    const own = await makeVenv(python, directory.join('venv'));
    await installPip(own, newest ?? '');
    const run = await compile(usual, { venv: own.path });
    expect(run).toMatchObject({ status: 0, file: whole, left: [] });
  });
});
