import { describe, expect, it } from 'vitest';
import { probeStart } from '../../../src/target/probe-environment.js';

describe('probeStart', () => {
  const kept = (env: Record<string, string | undefined>, platform: NodeJS.Platform = 'linux'): string[] =>
    Object.keys(probeStart(env, () => '', platform).env).sort();

  it('keeps what a Python needs to start, and nothing of what steers it (P5)', () => {
    const env = {
      PATH: '/bin',
      HOME: '/home/me',
      LD_LIBRARY_PATH: '/lib',
      PYTHONPATH: '/x',
      PythonHome: '/x',
      PYTHONSTARTUP: '/x',
      PYTHONSAFEPATH: '1',
      PYTHON_GIL: '0',
      _PYTHON_SYSCONFIGDATA_NAME: 'x',
      _PYTHON_HOST_PLATFORM: 'x',
      __PYVENV_LAUNCHER__: '/x',
      GONE: undefined,
    };
    expect(kept(env)).toEqual(['HOME', 'LD_LIBRARY_PATH', 'PATH', 'SYSTEM_VERSION_COMPAT']);
  });

  it('keeps the place of the user site only where it does not depend on the working directory', () => {
    for (const name of ['PYTHONUSERBASE', 'HOME']) {
      for (const base of ['/base', '/']) expect(kept({ [name]: base })).toContain(name);
      // Python does not expand `~` in them, nor is a drive anything but a name where there are none.
      for (const base of ['', 'base', './base', '.', '~/base', 'C:\\base'])
        expect(kept({ [name]: base })).not.toContain(name);
    }
    expect(kept({ APPDATA: 'C:\\base', USERPROFILE: '.' }, 'win32')).toEqual([
      'APPDATA',
      'SYSTEM_VERSION_COMPAT',
    ]);
  });

  it('asks as the user does for a Python without the user site', () => {
    expect(probeStart({}, () => 'script', 'linux').argv).toEqual(['-E', '-B', '-c', 'script']);
    expect(probeStart({ PYTHONNOUSERSITE: '' }, () => 'script', 'linux').argv).not.toContain('-s');
    expect(probeStart({ PYTHONNOUSERSITE: 'x' }, () => 'script', 'linux').argv).toEqual([
      '-E',
      '-B',
      '-s',
      '-c',
      'script',
    ]);
  });
});
