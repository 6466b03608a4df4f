import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateMarker } from '../../../../src/packaging/marker.js';
import { entriesFor } from '../../../../src/requirements/entries-for.js';
import { defaultSelection, type LockSelection } from '../../../../src/requirements/lock/selection.js';
import { describeFor } from '../../../../src/target/describe.js';
import { read } from '../memory-files.js';

/** What applies to a target, and `refused: NAME` for what is refused. */
async function chosen(
  files: Readonly<Record<string, string>>,
  target: string,
  selection: Partial<LockSelection> = {},
): Promise<string[]> {
  const [file = ''] = Object.keys(files);
  const requirements = await read(files, {
    ...{ entries: [file], selection: { ...defaultSelection, ...selection } },
  });
  const { environment } = describeFor(target);
  return (await entriesFor(requirements, environment)).flatMap((entry) => {
    if (entry.kind === 'refused') return [`refused: ${entry.line.name}`];
    const { marker, locked, requirement } = entry.pin;
    const applies = locked === undefined && (marker === undefined || evaluateMarker(marker, environment));
    return applies ? [requirement] : [];
  });
}

const linux = '3.11:manylinux_2_28_x86_64';
const hash = `hash = "sha256:${'a'.repeat(64)}"`;
const poetryPackage = (name: string, version: string, more = ''): string =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\nfiles = [{file = "${name}-${version}.tar.gz", ${hash}}]\n${more}\n`;
const poetryLock = (...packages: string[]): string =>
  `${packages.join('')}[metadata]\nlock-version = "2.0"\npython-versions = "^3.8"\n`;
const poetry = (dependencies: string): string =>
  `[tool.poetry.dependencies]\npython = "^3.8"\n${dependencies}\n`;

describe('a poetry.lock before 2.1, beside its pyproject.toml', () => {
  const click = [poetryPackage('click', '7.1'), poetryPackage('click', '8.1')];

  it.each([
    ['click = "^7.0"', ['click==7.1']],
    ['click = "~8.1"', ['click==8.1']],
    ['click = "7.*"', ['click==7.1']],
    ['click = ">=7,<8 || >=9"', ['click==7.1']],
    ['click = "== 8.1"', ['click==8.1']],
    ['click = { version = "^8", python = "<3.10" }', []],
    ['click = { version = "^8", python = "~3.11" }', ['click==8.1']],
    ['click = { version = "^8", platform = "win32" }', []],
    ['click = { version = "^8", optional = true }', []],
    ['click = [{ version = "^7", python = "<3.10" }, { version = "^8", python = ">=3.10" }]', ['click==8.1']],
    ['Click = "^8.0"', ['click==8.1']],
  ])('%s', async (dependency, expected) => {
    const files = { 'poetry.lock': poetryLock(...click), 'pyproject.toml': poetry(dependency) };
    expect(await chosen(files, linux)).toEqual(expected);
  });

  it('takes the old table of dev dependencies for the group dev', async () => {
    const files = {
      'poetry.lock': poetryLock(...click),
      'pyproject.toml': `${poetry('')}[tool.poetry.dev-dependencies]\nclick = "^7"\n`,
    };
    expect(await chosen(files, linux)).toEqual([]);
    expect(await chosen(files, linux, { groups: ['dev'] })).toEqual(['click==7.1']);
    expect(await chosen(files, linux, { groups: ['dev'], noDev: true })).toEqual([]);
  });

  it('refuses what is wanted and not in it, and what may be either of two', async () => {
    const lock = { 'poetry.lock': poetryLock(...click) };
    const files = { ...lock, 'pyproject.toml': poetry('click = "^8"\nquill = "*"') };
    expect(await chosen(files, linux)).toEqual(['click==8.1', 'refused: quill']);
    const onWindows = { ...lock, 'pyproject.toml': poetry('quill = { version = "*", platform = "win32" }') };
    expect(await chosen(onWindows, linux)).toEqual([]);
    for (const beside of [poetry('click = "*"'), '[project]\nname = "x"\n', 'not TOML'])
      await expect(chosen({ ...lock, 'pyproject.toml': beside }, linux)).rejects.toMatchObject({
        code: 'LOCK_UNDECIDED',
      });
    await expect(chosen(lock, linux)).rejects.toMatchObject({ code: 'LOCK_UNDECIDED' });
  });
});

describe('a pdm.lock without inherit_metadata, beside its pyproject.toml', () => {
  const item = (name: string, version: string, more = ''): string =>
    `[[package]]\nname = "${name}"\nversion = "${version}"\n${more}files = [{file = "${name}-${version}.tar.gz", ${hash}}]\n`;
  const lock = `[metadata]\nlock_version = "4.5.0"\nstrategy = []\ngroups = ["default", "docs", "dev"]
${item('nib', '1.0', 'dependencies = ["ink; sys_platform == \'win32\'"]\n')}${item('ink', '2.0')}
${item('nib', '1.0', 'extras = ["gold"]\ndependencies = ["nib==1.0", "gilt"]\n')}${item('gilt', '3.0')}`;
  const project = `[project]\nname = "shop"\ndependencies = ["nib"]
[project.optional-dependencies]\ndocs = ["nib[gold]"]\nall = ["shop[docs]"]
[dependency-groups]\ndev = [{ include-group = "lint" }]\nlint = ["ink>=2"]\n`;
  const files = { 'pdm.lock': lock, 'pyproject.toml': project };

  it.each([
    [{ noDev: true }, ['nib[gold]==1.0']],
    [{ groups: ['dev'] }, ['nib[gold]==1.0', 'ink==2.0']],
    [{ extras: ['docs'], noDev: true }, ['nib[gold]==1.0', 'gilt==3.0']],
  ])('%j', async (selection, expected) => {
    expect(await chosen(files, linux, selection)).toEqual(expected);
  });

  it('follows markers of dependencies', async () => {
    expect(await chosen(files, '3.11:win_amd64', { noDev: true })).toContain('ink==2.0');
  });
});

const real = new URL('../../../../../shared/locks/', import.meta.url);

describe.skipIf(!existsSync(real))('a real poetry.lock of 1.1 (skipped without ../shared/locks)', () => {
  const text = (name: string): string => readFileSync(new URL(name, real), 'utf8');
  // It was locked without the directory, which that poetry does not lock.
  const pyproject = existsSync(real) ? text('poetry.pyproject.toml').replace(/^localpkg = .*$/m, '') : '';

  it.each([
    ['3.10:manylinux_2_28_x86_64', 'click==8.1.7', []],
    ['3.12:win_amd64', 'click==8.1.8', ['colorama==0.4.6']],
    ['3.13:macosx_14_0_arm64', 'click==8.1.8', []],
  ])('applies as the tool exports it: %s', async (target, click, more) => {
    const lock = { 'poetry.lock': text('poetry-1.1.15.lock11.poetry.lock'), 'pyproject.toml': pyproject };
    const names = (list: readonly string[]) => list.map((each) => each.replace(/ @ .*/, '')).sort();
    const main = [click, ...more, 'docopt==0.6.2', 'itsdangerous'];
    expect(names(await chosen(lock, target))).toEqual(main);
    const all = { allExtras: true, allGroups: true };
    expect(names(await chosen(lock, target, all))).toEqual(
      [...main, 'blinker==1.9.0', 'iniconfig==2.0.0'].sort(),
    );
  });
});
