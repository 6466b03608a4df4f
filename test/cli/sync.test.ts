import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { makeMachine } from './machine.js';

const many = Array.from({ length: 30 }, (_, i) =>
  wheel({ name: `part${i}`, version: '1.0', files: { [`part${i}.py`]: `x = ${i}\n` } }),
);
const newer = wheel({ name: 'part0', version: '2.0', files: { 'part0.py': 'x = "new"\n' } });
const rogue = wheel({
  name: 'rogue',
  version: '0.1',
  files: { 'rogue/__init__.py': 'def main():\n    pass\n', 'part1.py': 'x = 1\n' },
  entryPoints: { console_scripts: { rogue: 'rogue:main' } },
});
const needy = wheel({ name: 'needy', version: '1.0', requiresDist: ['rogue>=0.1', 'nobody>=3'] });

const index = await startMockIndex({
  projects: {
    ...Object.fromEntries(many.map((each, i) => [`part${i}`, i === 0 ? [each, newer] : [each]])),
    ...{ rogue: [rogue], needy: [needy] },
  },
});
const machine = await makeMachine();
const site = machine.venv.sitePackages;
afterAll(async () => {
  machine[Symbol.dispose]();
  await index.close();
});
beforeEach(() => machine.reset());

const line = ({ filename, sha256 }: BuiltArchive) => {
  const [name, version] = filename.split('-');
  return `${name}==${version} --hash=sha256:${sha256}\n`;
};
const write = (name: string, archives: readonly BuiltArchive[]) =>
  machine.write(name, archives.map(line).join(''));
const sync = (...args: string[]) => machine.peep(['sync', '-i', index.url, ...args]);
const names = (archives: readonly BuiltArchive[]) =>
  archives.map(({ filename }) => filename.split('-').slice(0, 2).join('==')).sort();

describe('peep sync', () => {
  it('goes over thirty packages and back', async () => {
    write('all.txt', many);
    write('few.txt', [newer, ...many.slice(1, 5)]);
    const first = await sync('-r', 'all.txt');
    expect(first).toMatchObject({ status: 0 });
    expect(first.stdout).toMatch(/^To install:\n\n {4}part0 1\.0\n[\s\S]*\nInstalled 30 distributions\.\n$/);
    expect(machine.installed()).toEqual(names(many));

    const plan = await sync('-r', 'few.txt', '--dry-run');
    expect(plan.status).toBe(0);
    expect(plan.stdout).toContain('Would install:\n\n    part0==2.0  part0-2.0-py3-none-any.whl');
    expect(plan.stdout).toContain('Would uninstall, because no pin names them:\n\n    part10 1.0\n');
    expect(plan.stdout).toContain('Kept, without a pin:\n\n    pip ');
    expect(machine.installed()).toEqual(names(many));

    const unasked = await sync('-r', 'few.txt');
    expect(unasked.status).toBe(1);
    expect(unasked.stderr).toContain('the plan above was not confirmed');
    expect(machine.installed()).toEqual(names(many));

    const fewer = await sync('-r', 'few.txt', '--yes', '--report', 'report.json');
    expect(fewer).toMatchObject({ status: 0 });
    expect(fewer.stdout).toContain('    part0 2.0, replaces 1.0\n');
    expect(fewer.stdout).toMatch(/\nInstalled 1 distribution, uninstalled 25\.\n$/);
    expect(machine.installed()).toEqual(names([newer, ...many.slice(1, 5)]));
    const { unpinned } = JSON.parse(machine.read('report.json'));
    expect(unpinned).toHaveLength(26);
    expect(unpinned[0]).toEqual({ name: 'part10', version: '1.0', action: 'uninstalled', reason: null });

    const back = await sync('-r', 'all.txt', '--yes');
    expect(back).toMatchObject({ status: 0 });
    expect(machine.installed()).toEqual(names(many));
    const again = await sync('-r', 'all.txt');
    expect(again).toMatchObject({ status: 0 });
    expect(again.stdout).toMatch(/^Left alone: same version, files not checked; peep verify checks them:\n/);
    expect(again.stdout).not.toContain('nstalled ');
  });

  it('uninstalls nothing when something does not verify, or pip fails', async () => {
    write('before.txt', [rogue]);
    expect(await sync('-r', 'before.txt')).toMatchObject({ status: 0 });
    const other = (many[2] as BuiltArchive).sha256;
    machine.write('after.txt', `part1==1.0 --hash=sha256:${other}\n`);
    expect((await sync('-r', 'after.txt', '--yes')).stdout).toMatch(/^THE ARCHIVES BELOW DO NOT MATCH/);
    expect(machine.installed()).toEqual(['rogue==0.1']);
    // A directory stands where pip has to write a file.
    mkdirSync(join(site, 'part3.py'));
    write('after.txt', [many[3] as BuiltArchive]);
    const failed = await sync('-r', 'after.txt', '--yes');
    expect(failed.stderr).toMatch(/ERROR: [\s\S]*part3\.py[\s\S]*error: pip ended with status 1/);
    expect(machine.installed()).toEqual(['rogue==0.1']);
  });

  it('keeps --keep, the project itself, and files that are not the distribution’s own', async () => {
    write('before.txt', [rogue, ...many.slice(0, 4)]);
    expect(await sync('-r', 'before.txt')).toMatchObject({ status: 0 });
    // RECORD is no proof: it names files of others, of the interpreter and of the outside.
    const precious = machine.directory.join('precious.txt');
    writeFileSync(precious, 'precious\n');
    appendFileSync(
      join(site, 'rogue-0.1.dist-info/RECORD'),
      `${precious},,\npart2.py,,\n../../../bin/python,,\npip/__init__.py,,\n`,
    );
    writeFileSync(
      join(site, 'rogue-0.1.dist-info/entry_points.txt'),
      '[console_scripts]\npython = rogue:main\nrogue = rogue:main\n',
    );
    writeFileSync(
      join(site, 'part3-1.0.dist-info/direct_url.json'),
      JSON.stringify({ url: `file://${machine.work}`, dir_info: { editable: true } }),
    );
    write('after.txt', [many[1] as BuiltArchive, many[2] as BuiltArchive]);
    const done = await sync('-r', 'after.txt', '--keep', 'Part0', '--yes', '-v');
    expect(done).toMatchObject({ status: 0 });
    expect(done.stdout).toContain('part0 1.0: --keep names it\n');
    expect(done.stdout).toContain('part3 1.0: it is the project itself\n');
    expect(machine.installed()).toEqual(['part0==1.0', 'part1==1.0', 'part2==1.0', 'part3==1.0']);
    for (const path of ['part1.py', 'part2.py', 'pip/__init__.py'])
      expect(existsSync(join(site, path)), path).toBe(true);
    expect(existsSync(machine.venv.python)).toBe(true);
    expect(existsSync(join(site, 'rogue/__init__.py'))).toBe(false);
    expect(existsSync(join(machine.venv.path, 'bin/rogue'))).toBe(false);
    expect(machine.read(precious)).toBe('precious\n');
  });

  it('leaves what pip cannot uninstall, and says so', async () => {
    write('r.txt', [many[0] as BuiltArchive]);
    mkdirSync(join(site, 'bare-1.0.dist-info'));
    writeFileSync(join(site, 'bare-1.0.dist-info/METADATA'), 'Name: bare\nVersion: 1.0\n');
    const { status, stdout } = await sync('-r', 'r.txt', '--yes');
    expect(status).toBe(0);
    expect(stdout).toContain(
      'Left as they are, without a pin:\n\n    bare 1.0: it has no RECORD of its files\n',
    );
  });

  it.each([
    [['--target', 'lib'], '--target installs outside of an environment'],
    [['--upgrade'], '--upgrade is for `peep install`'],
    [['--keep', 'a==1'], "--keep 'a==1' is not a valid project name"],
  ])('refuses %j', async (args, message) => {
    write('r.txt', [many[0] as BuiltArchive]);
    const { status, stderr } = await sync('-r', 'r.txt', ...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});

describe('needs that nobody pinned', () => {
  it('are told at each run, and --check-needs refuses them', async () => {
    write('r.txt', [needy]);
    const install = ['install', '-r', 'r.txt', '-i', index.url];
    const refused = await machine.peep([...install, '--check-needs', '--report', 'report.json']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(
      'error: needy needs rogue>=0.1, which is neither pinned nor installed\nneedy needs nobody>=3',
    );
    expect(machine.installed()).toEqual([]);
    expect(JSON.parse(machine.read('report.json')).needs).toEqual([
      { name: 'needy', need: 'rogue>=0.1', found: null },
      { name: 'needy', need: 'nobody>=3', found: null },
    ]);
    const warning = 'warning: needy needs rogue>=0.1, which is neither pinned nor installed';
    expect((await machine.peep(install)).stderr).toContain(warning);
    const again = await machine.peep(install);
    expect(again.stderr).toContain(warning);
    expect(again.status).toBe(0);
    expect((await machine.peep([...install, '--check-needs'])).status).toBe(1);
  });

  it('are told by pin --check, of the pins alone', async () => {
    write('r.txt', [needy, rogue]);
    const check = ['pin', '--check', '-r', 'r.txt', '-i', index.url];
    expect(await machine.peep(check)).toMatchObject({ status: 0 });
    const { status, stderr } = await machine.peep([...check, '--check-needs']);
    expect(stderr).toContain('error: needy needs nobody>=3, which no line pins\nhint: ');
    expect(status).toBe(1);
  });

  it('are told by sync of what it is about to uninstall', async () => {
    write('both.txt', [needy, rogue]);
    expect((await sync('-r', 'both.txt')).stderr).not.toContain('rogue>=0.1');
    write('one.txt', [needy]);
    const { status, stderr } = await sync('-r', 'one.txt', '--dry-run');
    expect(status).toBe(0);
    expect(stderr).toContain('needy needs rogue>=0.1');
  });
});

describe('--verify-installed', () => {
  it.each([
    ['the option', ['--verify-installed'], undefined],
    ['[tool.peep]', [], '[tool.peep]\nverify-installed = true\n'],
  ])('by %s installs again what differs from its archive', async (_, args, project) => {
    const pinned = many.slice(0, 3);
    const install = ['install', '-i', index.url, '-r', 'r.txt'];
    write('r.txt', pinned);
    expect(await machine.peep(install)).toMatchObject({ status: 0 });
    writeFileSync(join(site, 'part1.py'), 'evil = 1\n');
    if (project !== undefined) machine.write('pyproject.toml', project);
    const { status, stdout, stderr } = await machine.peep([...install, ...args]);
    expect(stderr).toMatch(
      /warning: part1 is installed, and differs from its archive: changed '.*part1\.py'/,
    );
    expect(stdout).toContain(
      'Left alone: same version, every file compared with its archive:\n\n    part0==1.0\n    part2==1.0\n',
    );
    expect(stdout).toContain('part1 1.0, again');
    expect(status).toBe(0);
    expect(machine.read(join(site, 'part1.py'))).toBe('x = 1\n');
    const clean = await machine.peep([...install, ...args]);
    expect(clean.stderr).not.toContain('differs');
  });
});
