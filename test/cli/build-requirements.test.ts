import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileSpec, ProjectSpec } from '../mock-index/scenario.js';
import { type SdistSpec, sdist } from '../mock-index/sdist.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { backendModule } from '../pip/archives.js';
import { realProjects } from '../support/real-index.js';
import type { RunOptions } from '../support/run-peep.js';
import { peepHash, sharedMachine } from './machine.js';

const { machine, index } = await sharedMachine();
let before = 0;
beforeEach(() => {
  before = index.requests.length;
});

/** Builds alone need it, and it needs `helper` to be imported. */
const backend = wheel({
  name: 'tinybackend',
  version: '1.0',
  files: { 'tinybackend.py': `import helper\n${backendModule}` },
  requiresDist: ['helper>=1', 'unneeded; extra == "other"'],
});
const helper = wheel({ name: 'helper', version: '1.5', files: { 'helper.py': 'good=1#'.repeat(9) } });
const ghost = wheel({ name: 'ghost', version: '1.0', files: { 'ghost.py': '' } });

function source(name: string, spec: Partial<SdistSpec> = {}): BuiltArchive {
  return sdist({
    name,
    version: '1.0',
    build: 'none',
    pyproject: project('tinybackend'),
    files: {},
    ...spec,
  });
}

function project(requires: string): string {
  return `[build-system]\nrequires = ["${requires}"]\nbuild-backend = "tinybackend"\n`;
}

const quill = source('quill');
/** What its backend asks for when the build has begun (`get_requires_for_build_wheel`). */
const asking = (requirement: string) => source('asking', { files: { DYNAMIC: requirement } });

function serve(...archives: readonly BuiltArchive[]): void {
  const projects: Record<string, ProjectSpec | BuiltArchive[]> = {};
  for (const archive of archives) {
    const [name = ''] = archive.filename.split('-');
    projects[name] = [archive];
  }
  index.serve({ projects });
}

const nameOf = ({ filename }: BuiltArchive) => filename.replace(/^([^-]+)-([\d.]*\d).*$/, '$1==$2');
const peepPins = (...archives: BuiltArchive[]) => archives.flatMap((each) => [peepHash(each), nameOf(each)]);
const pipPins = (...archives: BuiltArchive[]) =>
  archives.map((each) => `${nameOf(each)} --hash=sha256:${each.sha256}`);

/** `peep install` of these pins, with those in the file of `--build-requirements`. */
function install(
  pins: readonly string[],
  build: readonly string[] | undefined,
  more: readonly string[] = [],
  options?: RunOptions,
) {
  if (build === undefined) return machine.install(pins, ['-i', index.url, ...more], options);
  machine.write('build.txt', build.map((line) => `${line}\n`).join(''));
  return machine.install(pins, ['-i', index.url, '--build-requirements', 'build.txt', ...more], options);
}

/** What was asked of the index, page by page and file by file; all of it by peep. */
function asked(): string[] {
  const requests = index.requests.slice(before);
  for (const { headers } of requests) expect(headers['user-agent']).toMatch(/^peep\//);
  return requests.map(({ path }) => path).sort();
}

const pageAndFile = (archive: BuiltArchive) => {
  const { pathname } = new URL(index.fileUrl(archive.filename.split('-')[0] ?? '', archive.filename));
  return [`/simple/${archive.filename.split('-')[0]}/`, pathname];
};

function expectNothingBuilt(): void {
  expect(machine.starts()).toEqual(['probe']);
  expect(machine.installed()).toEqual([]);
}

describe('a source archive whose build requirements are all pinned', () => {
  it.each([
    ['the original style', peepPins],
    ['pip’s style', pipPins],
  ])('is built from them and imports; pip asks the index for nothing: %s', async (_, pins) => {
    serve(quill, backend, helper, ghost);
    const { status, stderr } = await install(pins(quill), pins(backend, helper));
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['quill==1.0']);
    expect(await machine.venv.run('-c', 'import quill; print(quill.SETTINGS)')).toMatch(/^(None|\{\})\n$/);
    expect(asked()).toEqual([quill, backend, helper].flatMap(pageAndFile).sort());
  });

  it('is built again from the store, without an index', async () => {
    serve(quill, backend, helper);
    expect((await install(peepPins(quill), peepPins(backend, helper))).status).toBe(0);
    before = index.requests.length;
    const again = await install(peepPins(quill), peepPins(backend, helper), [
      '--force-reinstall',
      '--offline',
    ]);
    expect(again.status).toBe(0);
    expect(machine.starts()).toEqual(expect.arrayContaining(['probe', 'pip']));
    expect(asked()).toEqual([]);
  });

  it('is built from source archives, which are built from pinned ones themselves', async () => {
    const built = source('tinybackend', {
      pyproject: '[build-system]\nrequires = ["seed"]\nbuild-backend = "seed"\n',
      files: { NEEDED: '' },
    });
    const seed = wheel({ name: 'seed', version: '1.0', files: { 'seed.py': seedModule } });
    serve(quill, built, seed);
    const missing = await install(peepPins(quill), peepPins(built));
    expect(missing.stderr).toContain('seed, for quill==1.0 → tinybackend 1.0\n');
    expectNothingBuilt();
    const { status, stderr } = await install(peepPins(quill), peepPins(built, seed));
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['quill==1.0']);
  });
});

/** Builds a wheel of `tinybackend` from the module that it is itself. */
const seedModule = backendModule.replace(
  "name + '.py': 'SETTINGS = %r' % (config_settings,)",
  "name + '.py': io.open(__file__, encoding='utf8').read()",
);

describe('build requirements that are not pinned', () => {
  it('are listed, with lines to paste in the original style, and nothing is built', async () => {
    const two = source('inkpot', { pyproject: project('otherbackend>=1') });
    const other = wheel({ name: 'otherbackend', version: '2.0' });
    serve(quill, two, backend, helper, other);
    const { status, stdout, stderr } = await install(peepPins(quill, two), undefined);
    expect(
      stderr,
    ).toContain(`error: source archives cannot be built, because these build requirements are not pinned and verified:
  tinybackend, for quill==1.0
  otherbackend>=1, for inkpot==1.0
  helper>=1, for quill==1.0 → tinybackend 1.0
hint: Pin each with its hash in a file and name it with --build-requirements FILE`);
    expect(stdout.replace(/\s+/g, ' ')).toContain('into a file, and name it with --build-requirements: #');
    expect(stdout).toContain(`\n${peepHash(backend)}\ntinybackend==1.0\n`);
    expect(stdout).toContain(`\n${peepHash(other)}\notherbackend==2.0\n`);
    expect(status).toBe(1);
    expectNothingBuilt();
    // P1: what nobody vetted is hashed, and kept nowhere.
    expect(machine.bytesOf(backend, [quill, two])).toEqual([]);
  });

  it('are listed in pip’s style where the requirements are in pip’s', async () => {
    serve(quill, backend, helper);
    const { status, stdout } = await install(pipPins(quill), undefined);
    expect(stdout).toContain(`tinybackend==1.0 \\\n    --hash=sha256:${backend.sha256}\n`);
    expect(stdout).not.toContain('# sha256:');
    expect(status).toBe(1);
    expectNothingBuilt();
  });

  it.each([
    ['the original style', peepPins, pipPins, /^# sha256: (\S+)\nhelper==1\.5$/m],
    ['pip’s style', pipPins, peepPins, /^helper==1\.5 \\\n {4}--hash=sha256:\S+$/m],
  ])('are listed as the file of build requirements is written: %s', async (_, own, other, lines) => {
    serve(quill, backend, helper);
    const { stdout, stderr } = await install(other(quill), own(backend));
    expect(stderr).toContain('\n  helper>=1, for quill==1.0 → tinybackend 1.0\n');
    expect(stdout).toMatch(lines);
    expectNothingBuilt();
  });

  it('can be pasted at once, what they need in turn included', async () => {
    serve(quill, backend, helper);
    const build: string[] = [];
    for (const expected of [1, 0]) {
      const { status, stdout } = await install(peepPins(quill), build);
      expect(status).toBe(expected);
      build.push(...(stdout.match(/^# sha256: \S+\n\w+==\S+$/gm) ?? []));
    }
    expect(build).toEqual([backend, helper].map((each) => `${peepHash(each)}\n${nameOf(each)}`));
    expect(machine.installed()).toEqual(['quill==1.0']);
  });

  it('have lines without hashes in the file: those to add are listed', async () => {
    serve(quill, backend, helper);
    const { status, stdout } = await install(peepPins(quill), [nameOf(backend), ...peepPins(helper)]);
    expect(stdout).toContain(`${peepHash(backend)}\ntinybackend==1.0\n`);
    expect(status).toBe(1);
    expectNothingBuilt();
  });

  it('are pinned in a version that is not wanted', async () => {
    const newer = wheel({ name: 'helper', version: '2.0' });
    const picky = wheel({
      name: 'tinybackend',
      version: '1.0',
      files: { 'tinybackend.py': backendModule },
      requiresDist: ['helper<2'],
    });
    index.serve({ projects: { quill: [quill], tinybackend: [picky], helper: [newer, helper] } });
    const { status, stdout, stderr } = await install(peepPins(quill), peepPins(picky, newer));
    expect(stderr).toContain('\n  helper<2 (2.0 is pinned), for quill==1.0 → tinybackend 1.0\n');
    expect(stdout).toContain(`${peepHash(helper)}\nhelper==1.5\n`);
    expect(status).toBe(1);
    expectNothingBuilt();
  });

  it('are asked for by an address, which only a pin of it fulfils', async () => {
    const url = `http://user:secret@${new URL(index.url).host}/files/ghost.whl`;
    serve(source('quill', { pyproject: project(`tinybackend @ ${url}`) }), backend, helper);
    const archive = source('quill', { pyproject: project(`tinybackend @ ${url}`) });
    const { status, stdout, stderr } = await install(peepPins(archive), peepPins(backend, helper));
    expect(stderr).toContain('which only a pin of that URL meets');
    expect(stdout + stderr).not.toContain('secret');
    expect(status).toBe(1);
    expectNothingBuilt();
  });

  it('are on no index: named all the same', async () => {
    serve(quill);
    const { status, stderr } = await install(peepPins(quill), undefined);
    expect(stderr).toContain('\n  tinybackend, for quill==1.0; no index has a version of it that fits\n');
    expect(status).toBe(1);
    expectNothingBuilt();
  });

  it('are on an index that does not answer, which is not the same (P8)', async () => {
    index.serve({ projects: { quill: [quill] }, notFound: 403 });
    const { status, stderr } = await install(peepPins(quill), undefined);
    expect(stderr).toContain('\n  tinybackend, for quill==1.0\n');
    expect(stderr).not.toContain('no index has');
    expect(status).toBe(1);
    expectNothingBuilt();
  });
});

describe('a build requirement that is not what was pinned', () => {
  it('brings the Fearsome Warning, and nothing is built or kept', async () => {
    const evil = wheel({ name: 'helper', version: '1.5', files: { 'helper.py': 'evil=1#'.repeat(9) } });
    index.serve({
      projects: { quill: [quill], tinybackend: [backend], helper: [{ ...helper, served: evil.bytes }] },
    });
    const { status, stdout } = await install(peepPins(quill), peepPins(backend, helper));
    expect(stdout).toMatch(/^THE ARCHIVES BELOW DO NOT MATCH THE HASHES/m);
    expect(stdout).toContain('FREAK OUT');
    expect(stdout).toMatch(/\n {4}helper: expected [\w-]{43}\n/);
    expect(status).toBe(1);
    expectNothingBuilt();
    expect(machine.bytesOf(evil, [quill, backend])).toEqual([]);
  });

  it('is refused by pip as well when it is swapped in staging', async () => {
    serve(quill, backend, helper);
    const evil = wheel({ name: 'helper', version: '1.5', files: { 'helper.py': 'evil = 1' } });
    machine.swapInStaging('build/helper-*.whl', evil);
    const { status, stdout, stderr } = await install(peepPins(quill), peepPins(backend, helper));
    expect(stdout + stderr).toContain('DO NOT MATCH THE HASHES');
    expect(stderr).toContain('after every archive verified');
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
  });
});

describe('a build that asks for more than its pyproject.toml says', () => {
  it('gets it where it is pinned in the file of build requirements', async () => {
    const archive = asking('ghost');
    serve(archive, backend, helper, ghost);
    const { status } = await install(peepPins(archive), peepPins(backend, helper, ghost));
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['asking==1.0']);
    expect(asked()).toEqual([archive, backend, helper, ghost].flatMap(pageAndFile).sort());
  });

  it('does not get it from the index of the run: listed with version and lines to paste', async () => {
    const archive = asking('ghost');
    serve(archive, backend, helper, ghost);
    const { status, stdout, stderr } = await install(peepPins(archive), peepPins(backend, helper));
    expect(stderr).toContain('\n  ghost, for asking==1.0 (its back end asks for it)\n');
    expect(stdout).toContain(`\n${peepHash(ghost)}\nghost==1.0\n`);
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
    expect(machine.bytesOf(ghost, [archive, backend, helper])).toEqual([]);
  });

  it('does not get another version than the pinned one', async () => {
    const archive = asking('ghost>1');
    serve(archive, backend, helper, ghost);
    const { status } = await install(peepPins(archive), peepPins(backend, helper, ghost));
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
  });

  it.each([
    [
      'the variables and the user’s configuration',
      () => {
        writeConfig(machine.directory.join('home/.config/pip'));
        writeConfig(machine.directory.join('home/.pip'));
        return { PIP_INDEX_URL: index.url, PIP_EXTRA_INDEX_URL: index.url, PIP_FIND_LINKS: linksDirectory() };
      },
    ],
    [
      'the environment’s configuration and the one that PIP_CONFIG_FILE names',
      () => {
        writeConfig(machine.venv.path);
        return { PIP_CONFIG_FILE: writeConfig(machine.directory.join('home')) };
      },
    ],
  ])('does not get it from where pip is set up to look: %s', async (_, setUp) => {
    const archive = asking('ghost');
    serve(archive, backend, helper, ghost);
    machine.write(`links/${ghost.filename}`, ghost.bytes);
    const env = setUp();
    try {
      const { status, stderr } = await install(peepPins(archive), peepPins(backend, helper), [], { env });
      expect(stderr).toContain('ghost, for asking==1.0 (its back end asks for it)');
      expect(status).toBe(1);
      expect(machine.starts()).toContain('pip');
      asked();
    } finally {
      for (const path of written.splice(0)) rmSync(path);
    }
  });
});

const linksDirectory = () => machine.directory.join('work/links');
const written: string[] = [];

/** A pip.conf that leads to the index, and to a directory. */
function writeConfig(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'pip.conf');
  writeFileSync(path, `[global]\nindex-url = ${index.url}\nfind-links = ${linksDirectory()}\n`);
  written.push(path);
  return path;
}

/** A source archive with a back end of its own, which runs `hook` when it is asked what it needs. */
function hostile(hook: string, build = ''): BuiltArchive {
  const tail = backendModule.replace(/def get_requires_for_build_wheel[\s\S]*?(?=def build_wheel)/, '');
  return sdist({
    name: 'hostile',
    version: '1.0',
    build: 'none',
    pyproject: '[build-system]\nrequires = ["helper"]\nbuild-backend = "own"\nbackend-path = ["."]\n',
    files: {
      'own.py': `${tail.replace(/(def build_wheel.*\n)/, `$1${indented(build)}`)}def get_requires_for_build_wheel(config_settings=None):\n${indented(hook)}`,
    },
  });
}

const indented = (code: string) => code.replace(/^(?=.)/gm, '    ').concat('\n');

describe('a back end that is after more', () => {
  const evil = wheel({ name: 'evil', version: '1.0', files: { 'evil.py': 'BYTES = 0' } });
  /** The path of a wheel that nobody pinned. */
  const plant = () => machine.write(`planted/${evil.filename}`, evil.bytes);
  const seen = () => machine.directory.join('work/seen');
  /** Writes whether `evil` can be imported at build time. */
  const looks = () =>
    `try:\n    import evil\n    found = 'evil'\nexcept ImportError:\n    found = 'nothing'\nopen(${JSON.stringify(seen())}, 'w').write(found)\n`;

  it.each([
    ['a file URL', () => `evil @ file://${plant()}`, 'only a pin of that URL meets'],
    ['a path', () => plant(), 'is neither a name with versions nor a URL'],
    ['an option', () => '--find-links=/', 'is neither a name with versions nor a URL'],
    ['no text', () => 7, 'did not return a list of build requirements'],
  ])('asks for %s: refused, and nothing is built', async (_, wanted, why) => {
    const archive = hostile(`return [${JSON.stringify(wanted())}]`, looks());
    serve(archive, helper);
    const { status, stderr } = await install(pipPins(archive), pipPins(helper));
    expect(stderr).toContain(why);
    expect(stderr).toContain('hostile==1.0');
    expect(status).toBe(1);
    expect(existsSync(seen())).toBe(false);
    expect(machine.installed()).toEqual([]);
  });

  it('gets an archive at an address that is pinned', async () => {
    const url = `file://${plant()}`;
    const archive = hostile(`return ['evil @ ${url}']`, looks());
    serve(archive, helper);
    const pin = `evil @ ${url} --hash=sha256:${evil.sha256}`;
    const { status } = await install(pipPins(archive), [...pipPins(helper), pin]);
    expect(status).toBe(0);
    expect(readFileSync(seen(), 'utf8')).toBe('evil');
  });

  it('answers otherwise the second time: it is not asked again', async () => {
    const mark = JSON.stringify(machine.directory.join('work/mark'));
    const archive = hostile(
      `import os\nif os.path.exists(${mark}):\n    return ['evil @ file://${plant()}']\nopen(${mark}, 'w').close()\nreturn []`,
      looks(),
    );
    serve(archive, helper);
    const { status } = await install(pipPins(archive), pipPins(helper));
    expect(status).toBe(0);
    expect(readFileSync(seen(), 'utf8')).toBe('nothing');
  });

  it('writes to its environment: that is another one when it builds', async () => {
    const archive = hostile(
      `import helper, os\nopen(os.path.join(os.path.dirname(helper.__file__), 'evil.py'), 'w').close()\nreturn []`,
      looks(),
    );
    serve(archive, helper);
    const { status } = await install(pipPins(archive), pipPins(helper));
    expect(status).toBe(0);
    expect(readFileSync(seen(), 'utf8')).toBe('nothing');
  });

  it('prints: that is no answer, and no part of a report', async () => {
    const archive = hostile(`print('{"requires": ["evil"]}')\nreturn []`, looks());
    serve(archive, helper);
    const { status, stdout } = await install(pipPins(archive), pipPins(helper), ['--report', '-']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ exit_code: 0 });
    expect(machine.installed()).toEqual(['hostile==1.0']);
  });

  it('fails: its last lines are shown', async () => {
    const archive = hostile(`print('first')\nraise SystemExit('no compiler\\x1b[2J')`);
    serve(archive, helper);
    const { status, stderr } = await install(pipPins(archive), pipPins(helper));
    expect(stderr).toContain(
      'the back end of hostile==1.0 failed to report its build requirements (status 1)',
    );
    expect(stderr).toContain('\n  no compiler');
    expect(stderr).not.toContain('\x1b[2J');
    expect(status).toBe(1);
  });

  it('finds nothing of what the target has installed', async () => {
    serve(evil);
    expect((await install(pipPins(evil), undefined)).status).toBe(0);
    const archive = hostile('return []', looks());
    serve(archive, helper);
    expect((await install(pipPins(archive), pipPins(helper))).status).toBe(0);
    expect(readFileSync(seen(), 'utf8')).toBe('nothing');
  });

  it('builds another project, or another version: nothing is installed', async () => {
    const archive = hostile(
      'return []',
      `global _fields\n_fields = lambda: {'Name': 'hostile', 'Version': '2.0'}`,
    );
    serve(archive, helper);
    const { status, stderr } = await install(pipPins(archive), pipPins(helper));
    expect(stderr).toContain('the build of hostile==1.0 gave a wheel that is not installed');
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
  });
});

describe('a build without isolation', () => {
  it('uses what is installed, and needs no pins for it', async () => {
    serve(quill, backend, helper);
    const bare = await install(peepPins(quill), undefined, ['--no-build-isolation']);
    expect(bare.stderr).toMatch(
      /error: pip could not build quill==1.0 \(status \d\) after every archive verified/,
    );
    expect(machine.installed()).toEqual([]);
    expect((await install(peepPins(backend, helper), undefined)).status).toBe(0);
    const { status } = await install(peepPins(quill), undefined, ['--no-build-isolation']);
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['helper==1.5', 'quill==1.0', 'tinybackend==1.0']);
  });
});

describe('what setuptools needs', () => {
  const legacy = sdist({ name: 'legacy', version: '1.0', build: 'legacy' });

  it('is listed for an archive with a setup.py alone', async () => {
    const setuptools = wheel({ name: 'setuptools', version: '80.0' });
    const tool = wheel({ name: 'wheel', version: '0.45' });
    serve(legacy, setuptools, tool);
    const { status, stdout, stderr } = await install(peepPins(legacy), undefined);
    expect(stderr).toContain('\n  setuptools>=40.8.0, for legacy==1.0\n  wheel, for legacy==1.0\n');
    expect(stdout).toContain(`${peepHash(setuptools)}\nsetuptools==80.0\n`);
    expect(stdout).toContain(`${peepHash(tool)}\nwheel==0.45\n`);
    expect(status).toBe(1);
    expectNothingBuilt();
  });

  it('before 70.1 is wheel, which it asks for when the build has begun', async () => {
    const modern = sdist({ name: 'modern', version: '1.0', build: 'setuptools' });
    const setuptools = wheel({
      name: 'setuptools',
      version: '68.0',
      files: {
        'setuptools/__init__.py': '',
        'setuptools/build_meta.py':
          "def get_requires_for_build_wheel(config_settings):\n    return ['wheel']\n",
      },
    });
    const tool = wheel({ name: 'wheel', version: '0.45' });
    serve(modern, setuptools, tool);
    const { status, stdout, stderr } = await install(peepPins(modern), peepPins(setuptools));
    expect(stderr).toContain('\n  wheel, for modern==1.0 (its back end asks for it)\n');
    expect(stdout).toContain(`${peepHash(tool)}\nwheel==0.45\n`);
    expect(status).toBe(1);
    expect(machine.installed()).toEqual([]);
  });

  it('builds a legacy archive, with the real one', async (context) => {
    const real = await realTools('setuptools', 'wheel', 'packaging');
    if (real === undefined)
      return context.skip('no wheels of setuptools and wheel where pip is set up to look');
    index.serve({ projects: { legacy: [legacy], ...real.projects } });
    const { status, stderr } = await install(peepPins(legacy), real.pins);
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['legacy==1.0']);
    expect(await machine.venv.run('-c', 'import legacy; print(legacy.__version__)')).toBe('1.0\n');
    asked();
  });

  it('may be flit_core instead, the real one', async (context) => {
    const real = await realTools('flit-core');
    if (real === undefined) return context.skip('no wheel of flit_core where pip is set up to look');
    const archive = sdist({
      name: 'flat',
      version: '1.0',
      build: 'none',
      pyproject: `[build-system]\nrequires = ["flit_core >=3.2"]\nbuild-backend = "flit_core.buildapi"\n[project]\nname = "flat"\nversion = "1.0"\ndescription = "flat"\n`,
      files: { 'flat.py': '' },
    });
    index.serve({ projects: { flat: [archive], ...real.projects } });
    const { status, stderr } = await install(pipPins(archive), real.pins);
    expect(stderr).not.toContain('error');
    expect(status).toBe(0);
    expect(machine.installed()).toEqual(['flat==1.0']);
  });
});

/** The newest wheel of each of these where the user's pip looks for archives, and its pin. */
async function realTools(...names: readonly string[]) {
  const all = await realProjects();
  const projects: Record<string, ProjectSpec | FileSpec[]> = {};
  const pins: string[] = [];
  for (const name of names) {
    const file = all?.[name]?.findLast(({ filename }) => filename.endsWith('-py3-none-any.whl'));
    if (file === undefined || !('path' in file.bytes)) return undefined;
    const bytes = readFileSync(file.bytes.path);
    projects[name] = [{ filename: file.filename, bytes }];
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    pins.push(`${name}==${file.filename.split('-')[1]} --hash=sha256:${sha256}`);
  }
  return { projects, pins };
}

it.each(['hg', 'svn', 'bzr', 'git'])('a build that asks for a %s repository gets none', async (program) => {
  serve(asking(`x @ ${program}+http://127.0.0.1:1/x`), backend, helper);
  const mark = machine.directory.join('fetched');
  // Not git: it is told by a variable, and a script would not heed it.
  if (program !== 'git') {
    const path = machine.write(`programs/${program}`, `#!/bin/sh\necho "$@" >> '${mark}'\nexit 1\n`);
    chmodSync(path, 0o755);
  }
  const env = { PATH: `${join(machine.work, 'programs')}:${process.env.PATH}` };
  const pins = pipPins(asking(`x @ ${program}+http://127.0.0.1:1/x`));
  const { status } = await install(pins, pipPins(backend, helper), [], { env });
  expect(status).not.toBe(0);
  expect(existsSync(mark) ? readFileSync(mark, 'utf8') : '').not.toContain('http:');
});
