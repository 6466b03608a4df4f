import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, type Files, wheel } from '../mock-index/wheel.js';
import { makeMachine } from './machine.js';

const machine = await makeMachine();
machine.withoutLog();
const { venv } = machine;
const site = venv.sitePackages;
const python = basename(dirname(site));
const index = await startMockIndex({ projects: {} });
afterAll(async () => {
  machine[Symbol.dispose]();
  await index.close();
});

const inkpot = wheel({
  name: 'inkpot',
  version: '2.0',
  files: { 'inkpot.py': 'full = True\n', 'shared/__init__.py': '', 'shared/ink.py': 'ink = 1\n' },
  entryPoints: { console_scripts: { fill: 'inkpot:full' } },
  data: { 'data/share/pens/index.txt': 'inkpot\n' },
});

/** Every file of the environment with its bytes. */
function snapshot(directory = venv.path): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes('__pycache__')) files.set(path, readFileSync(path, 'latin1'));
  }
  return files;
}

async function install(archives: readonly BuiltArchive[], more: readonly string[] = []) {
  for (const { filename, bytes } of archives) machine.write(filename, bytes);
  const lines = archives.map(({ filename, sha256 }) => {
    const [name, version] = filename.split('-');
    return `${name}==${version} --hash=sha256:${sha256}`;
  });
  return machine.install(lines, ['--no-index', '-f', '.', ...more]);
}

const evil = (files: Files, more: Partial<Parameters<typeof wheel>[0]> = {}) =>
  wheel({ name: 'evil', version: '1.0', files: { 'evil.py': '', ...files }, ...more });

describe('a wheel that would replace what is not its own is refused before pip starts', () => {
  beforeAll(async () => {
    machine.reset();
    expect((await install([inkpot])).status).toBe(0);
    symlinkSync('shared', join(site, 'alias'));
  });
  const cases: readonly (readonly [what: string, archive: BuiltArchive, told: RegExp])[] = [
    [
      'activate, by .data/scripts',
      evil({}, { scripts: { activate: 'evil\n' } }),
      /evil replaces 'bin\/activate', a file of the environment itself/,
    ],
    [
      'activate, by a console script',
      evil({}, { entryPoints: { console_scripts: { activate: 'evil:x' } } }),
      /evil replaces 'bin\/activate', a file of the environment itself/,
    ],
    [
      'activate in capitals, for file systems that fold case',
      evil({}, { scripts: { 'Activate.PS1': 'evil\n' } }),
      /'bin\/Activate\.PS1', a file of the environment itself/,
    ],
    [
      "pip's configuration",
      evil({}, { data: { 'data/pip.conf': '[global]\n' } }),
      /evil writes 'pip\.conf', a file of the environment itself/,
    ],
    [
      'what makes it an environment',
      evil({}, { data: { 'data/bin/pyvenv.cfg': 'home = /evil\n' } }),
      /'bin\/pyvenv\.cfg', a file of the environment itself/,
    ],
    [
      'the standard library',
      evil({}, { data: { [`data/lib/${python}/os.py`]: 'evil\n' } }),
      /'lib\/python[\d.]+\/os\.py', a file of the interpreter/,
    ],
    ['pip', evil({ 'pip/__main__.py': 'evil\n' }), /'.*site-packages\/pip\/__main__\.py', a file of pip/],
    [
      'pip, by the data scheme',
      evil({}, { data: { [`data/lib/${python}/site-packages/pip/_evil.py`]: 'evil\n' } }),
      /'.*site-packages\/pip\/_evil\.py', a file of pip/,
    ],
    [
      "another distribution's module",
      evil({ 'shared/ink.py': 'evil\n' }),
      /'.*shared\/ink\.py', which inkpot 2\.0 owns and which stays installed/,
    ],
    [
      "another distribution's script",
      evil({}, { entryPoints: { console_scripts: { fill: 'evil:x' } } }),
      /'bin\/fill', which inkpot 2\.0 owns/,
    ],
    [
      "another distribution's data, by the way of a module",
      evil({}, { data: { 'data/share/pens/index.txt': 'evil\n' } }),
      /'share\/pens\/index\.txt', which inkpot 2\.0 owns/,
    ],
    [
      'another distribution through a directory that is a link',
      evil({ 'alias/ink.py': 'evil\n' }),
      /'.*alias\/ink\.py', which inkpot 2\.0 owns/,
    ],
  ];
  it.each(cases)('%s', async (_, archive, told) => {
    const before = snapshot();
    machine.starts();
    const { status, stdout } = await install([archive], ['--report', 'r.json']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(told);
    expect(status).toBe(1);
    expect(snapshot()).toEqual(before);
    const [requirement] = JSON.parse(machine.read('r.json')).requirements;
    expect(requirement).toMatchObject({ name: 'evil', status: 'refused' });
  });
});

describe('wheels of one run', () => {
  beforeEach(() => machine.reset());

  it('with one path are refused; the same bytes and the same script only warn', async () => {
    const nib = (text: string, object: string) =>
      wheel({
        name: 'nib',
        version: '1.0',
        files: { 'nib.py': '', 'shared/__init__.py': '', 'shared/ink.py': text },
        entryPoints: { console_scripts: { fill: object } },
      });
    const other = await install([inkpot, nib('other\n', 'inkpot:full')]);
    expect(other.stdout.replaceAll(/\s+/g, ' ')).toContain('the wheel of nib replaces');
    expect(other.stdout).toContain('shared/ink.py');
    expect(other.stdout).not.toContain('shared/__init__.py');
    expect(other.status).toBe(1);
    expect(machine.installed()).toEqual([]);
    const script = await install([inkpot, nib('ink = 1\n', 'nib:main')]);
    expect(script.stdout.replaceAll(/\s+/g, ' ')).toContain(
      "'bin/fill', which the wheel of inkpot also installs",
    );
    const same = await install([inkpot, nib('ink = 1\n', 'inkpot:full')]);
    expect(same.status, same.stdout + same.stderr).toBe(0);
    expect(same.stderr).toMatch(
      /warning: the wheel of nib replaces .*inkpot also installs; the bytes are the same/,
    );
    const again = await install([nib('ink = 1\n', 'inkpot:full')], ['--force-reinstall']);
    expect(again.stderr).toMatch(/which inkpot 2\.0 owns and which stays installed; the bytes are the same/);
    expect(again.status).toBe(0);
  });

  it('its own older version gives way, and so does what the same run replaces', async () => {
    expect((await install([inkpot])).status).toBe(0);
    const newer = wheel({ name: 'inkpot', version: '3.0', files: { 'inkpot.py': '' } });
    const heir = wheel({ name: 'heir', version: '1.0', files: { 'shared/ink.py': 'heir\n' } });
    const { status, stdout, stderr } = await install([newer, heir]);
    expect(status, stdout + stderr).toBe(0);
    expect(machine.installed()).toEqual(['heir==1.0', 'inkpot==3.0']);
  });

  it('argcomplete-like names are no file of the environment', async () => {
    const names = { 'activate-global-completion': 'evil:x' };
    const { status, stdout } = await install([evil({}, { entryPoints: { console_scripts: names } })]);
    expect(status, stdout).toBe(0);
  });
});

describe('a directory of --target or --prefix', () => {
  beforeEach(() => machine.reset());

  const [old, newer] = ['1.0', '1.1'].map((version) =>
    wheel({
      name: 'pen',
      version,
      files: { 'pen.py': `version = "${version}"\n`, [`pen_${version.replace('.', '_')}.py`]: '' },
      entryPoints: { console_scripts: { pen: 'pen:x' } },
    }),
  ) as [BuiltArchive, BuiltArchive];
  const pencil = wheel({
    name: 'pencil',
    version: '1.0',
    entryPoints: { console_scripts: { pencil: 'pencil:x' } },
  });
  const blot = wheel({ name: 'blot', version: '1.0', files: { 'pen.py': 'evil\n' } });

  it.each([['--target'], ['--prefix']])(
    '%s: another version is refused, the same is left alone',
    async (option) => {
      const first = await install([old], [option, 'lib']);
      expect(first.status, first.stderr).toBe(0);
      const before = snapshot(join(machine.work, 'lib'));
      expect(before.size).toBeGreaterThan(0);
      const again = await install([old], [option, 'lib']);
      expect(again.stdout).toContain('Left alone');
      expect(again.status).toBe(0);
      for (const more of [[], ['--upgrade']]) {
        const other = await install([newer], [option, 'lib', ...more]);
        expect(other.stdout.replaceAll(/\s+/g, ' ')).toMatch(
          /lib' has pen 1\.0, which pip does not uninstall there/,
        );
        expect(other.status).toBe(1);
      }
      expect((await install([blot], [option, 'lib'])).status).toBe(1);
      expect(snapshot(join(machine.work, 'lib'))).toEqual(before);
    },
  );

  it('--target: what pip would leave as it is, or take from another, is refused', async () => {
    expect((await install([old], ['--target', 'lib'])).status).toBe(0);
    const left = await install([pencil], ['--target', 'lib']);
    expect(left.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /lib\/bin' is there already, and pip would leave it as it is/,
    );
    expect(left.status).toBe(1);
    const taken = await install([pencil], ['--target', 'lib', '--upgrade']);
    expect(taken.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /pip would replace all of '.*lib\/bin', including files of pen/,
    );
    const both = await install([old, pencil], ['--target', 'lib', '--upgrade']);
    expect(both.status, both.stdout).toBe(0);
    expect(readdirSync(join(machine.work, 'lib/bin')).sort()).toEqual(['pen', 'pencil']);
  });

  it('--prefix: what the environment has installed stays there and is installed in the prefix as well', async () => {
    expect((await install([old])).status).toBe(0);
    for (const archive of [old, newer]) {
      const { status, stderr } = await install([archive], ['--prefix', `lib-${archive.sha256}`]);
      expect(status, stderr).toBe(0);
      expect(existsSync(join(machine.work, `lib-${archive.sha256}`, 'bin/pen'))).toBe(true);
    }
    expect(machine.installed()).toEqual(['pen==1.0']);
  });

  it('a prefix named through a link is the same directory', async () => {
    expect((await install([inkpot], ['--prefix', 'real'])).status).toBe(0);
    mkdirSync(join(machine.work, 'elsewhere'));
    renameSync(join(machine.work, 'real'), join(machine.work, 'elsewhere/real'));
    symlinkSync('elsewhere/real', join(machine.work, 'link'));
    const { status, stdout } = await install([evil({ 'shared/ink.py': 'evil\n' })], ['--prefix', 'link']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/shared\/ink\.py', which inkpot 2\.0 owns/);
    expect(status).toBe(1);
  });
});
