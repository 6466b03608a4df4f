import { describe, expect, it } from 'vitest';
import { isInterpreterName } from '../../../src/archive/wheel/scripts.js';
import { schemeOf } from '../../../src/verify/scheme.js';

describe.each(['python3.12', 'pypy3.10', 'graalpy24.1'])('%s', (name) => {
  it('is an interpreter, so that no archive may write a program of that name', () => {
    expect(isInterpreterName(name)).toBe(true);
    expect(isInterpreterName(`${name}.exe`)).toBe(true);
    expect(isInterpreterName(`my${name}`)).toBe(false);
  });

  it('names a directory of modules', () => {
    expect(schemeOf(`/v/lib/${name}/site-packages`, 'linux')).toMatchObject({
      data: '/v',
      scripts: '/v/bin',
    });
  });
});
