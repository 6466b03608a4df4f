import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentPythons, locatePython } from '../../../src/target/locate.js';
import { type TempDirectory, tempDirectory } from '../../support/temp-directory.js';

let directory: TempDirectory;
beforeEach(() => {
  directory = tempDirectory();
});
afterEach(() => directory[Symbol.dispose]());

function program(...parts: string[]): string {
  const path = directory.join(...parts);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
}

function locate(env: Record<string, string>, explicit?: string): Promise<string> {
  return locatePython({ explicit, env, platform: 'linux', cwd: directory.path });
}

describe('locatePython', () => {
  it('takes the first of --python, PEEP_PYTHON, VIRTUAL_ENV, CONDA_PREFIX and PATH', async () => {
    const given = program('given', 'python');
    const variable = program('variable', 'python');
    const venv = program('venv', 'bin', 'python');
    const conda = program('conda', 'bin', 'python');
    const onPath = program('path', 'python3');
    const env: Record<string, string> = {
      PEEP_PYTHON: variable,
      VIRTUAL_ENV: directory.join('venv'),
      CONDA_PREFIX: directory.join('conda'),
      PATH: directory.join('path'),
    };
    expect(await locate(env, given)).toBe(given);
    for (const [expected, name] of [
      [variable, 'PEEP_PYTHON'],
      [venv, 'VIRTUAL_ENV'],
      [conda, 'CONDA_PREFIX'],
    ] as const) {
      expect(await locate(env)).toBe(expected);
      delete env[name];
    }
    expect(await locate(env)).toBe(onPath);
  });

  it('takes the series of a Python: on PATH, or what pyenv installed, never its shim', async () => {
    program('pyenv', 'shims', 'python3.12');
    const older = program('pyenv', 'versions', '3.12.9', 'bin', 'python');
    const newer = program('pyenv', 'versions', '3.12.10', 'bin', 'python');
    program('pyenv', 'versions', '3.1.1', 'bin', 'python');
    const env = { PYENV_ROOT: directory.join('pyenv'), PATH: directory.join('pyenv', 'shims') };
    expect(await locate(env, '3.12')).toBe(newer);
    expect(await locate(env, '3.12.9')).toBe(older);
    const onPath = program('bin', 'python3.12');
    expect(await locate({ ...env, PATH: `${env.PATH}:${directory.join('bin')}` }, '3.12')).toBe(onPath);
    await expect(locate(env, '3.13')).rejects.toMatchObject({
      code: 'PYTHON_NOT_FOUND',
      message: expect.stringContaining('there is no Python 3.13'),
    });
  });

  it('prefers any python3 on PATH to any python', async () => {
    program('a', 'python');
    const source = program('b', 'python3');
    expect(await locate({ PATH: `${directory.join('a')}:${directory.join('b')}` })).toBe(source);
  });

  it('takes empty variables for none', async () => {
    const python = program('bin', 'python3');
    expect(
      await locate({ PEEP_PYTHON: '', VIRTUAL_ENV: '', CONDA_PREFIX: '', PATH: directory.join('bin') }),
    ).toBe(python);
  });

  it('starts nothing that lies in the working directory by way of a relative PATH entry (P5)', async () => {
    const python = program('bin', 'python3');
    expect(await locate({ PATH: dirname(python) })).toBe(python);
    const entry = relative(process.cwd(), dirname(python));
    await expect(locate({ PATH: `:.:${entry}:` })).rejects.toMatchObject({ code: 'PYTHON_NOT_FOUND' });
  });

  it('takes the directory of an environment, a relative path and a name on PATH for --python', async () => {
    const python = program('venv', 'bin', 'python');
    expect(await locate({}, './venv')).toBe(python);
    expect(await locate({}, 'venv/bin/python')).toBe(python);
    expect(await locate({}, 'venv')).toBe(python);
    program('snake');
    await expect(locate({}, 'snake')).rejects.toMatchObject({ code: 'PYTHON_NOT_FOUND' });
    const named = program('tools', 'python3.9');
    expect(await locate({ PATH: directory.join('tools') }, 'python3.9')).toBe(named);
  });

  it('takes the directory `.`, and not a program of that name on PATH', async () => {
    const python = program('bin', 'python');
    expect(await locate({ PATH: directory.join('elsewhere') }, '.')).toBe(python);
  });

  it('falls through from a conda environment without a Python, and not from a virtual one', async () => {
    const python = program('bin', 'python3');
    const env = { PATH: directory.join('bin') };
    expect(await locate({ ...env, CONDA_PREFIX: directory.join('conda') })).toBe(python);
    await expect(locate({ ...env, VIRTUAL_ENV: directory.join('gone') })).rejects.toMatchObject({
      code: 'PYTHON_NOT_FOUND',
      message: expect.stringContaining('VIRTUAL_ENV'),
      hint: expect.stringContaining('--python'),
    });
  });

  it('passes over directories and files that are no programs', async () => {
    mkdirSync(directory.join('a', 'python3'), { recursive: true });
    mkdirSync(directory.join('b'));
    writeFileSync(directory.join('b', 'python3'), '');
    const python = program('c', 'python3');
    expect(await locate({ PATH: ['a', 'b', 'c'].map((name) => directory.join(name)).join(':') })).toBe(
      python,
    );
  });

  it('says what it looked for', async () => {
    await expect(locate({ CONDA_PREFIX: '/conda', PATH: '/nowhere' })).rejects.toMatchObject({
      code: 'PYTHON_NOT_FOUND',
      message: expect.stringMatching(/\/conda\/bin\/python.*python3.*PATH/),
      hint: expect.stringContaining('--python'),
    });
    await expect(locate({}, '/no/such/python')).rejects.toMatchObject({
      message: expect.stringContaining('/no/such/python'),
    });
    await expect(locate({ PATH: '/nowhere' }, 'python9')).rejects.toMatchObject({
      message: expect.stringContaining('PATH'),
    });
  });
});

describe('on Windows', () => {
  it('looks for python.exe in Scripts, or beside as conda has it', () => {
    expect(environmentPythons('C:\\venv', 'win32')).toEqual([
      'C:\\venv\\Scripts\\python.exe',
      'C:\\venv\\python.exe',
    ]);
  });

  it('reads PATH in any case', async () => {
    const error = await locatePython({ env: { Path: 'C:\\nowhere' }, platform: 'win32' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'PYTHON_NOT_FOUND' });
  });
});
