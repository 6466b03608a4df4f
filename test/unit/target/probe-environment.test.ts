import { describe, expect, it } from 'vitest';
import { probeStart } from '../../../src/target/probe-environment.js';

describe('probeStart', () => {
  const kept = (env: Record<string, string | undefined>): string[] =>
    Object.keys(probeStart(env, '').env).sort();

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

  it('keeps the place of the user site only where it does not depend on the working folder', () => {
    for (const base of ['/base', '~/base', 'C:\\base'])
      expect(kept({ PYTHONUSERBASE: base })).toContain('PYTHONUSERBASE');
    for (const base of ['', 'base', './base'])
      expect(kept({ PYTHONUSERBASE: base })).not.toContain('PYTHONUSERBASE');
  });

  it('asks as the user does for a Python without the user site', () => {
    expect(probeStart({}, 'script').argv).toEqual(['-E', '-B', '-c', 'script']);
    expect(probeStart({ PYTHONNOUSERSITE: '' }, 'script').argv).not.toContain('-s');
    expect(probeStart({ PYTHONNOUSERSITE: 'x' }, 'script').argv).toEqual(['-E', '-B', '-s', '-c', 'script']);
  });
});
