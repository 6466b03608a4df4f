import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Invocation, readInvocation } from '../../../src/commands/arguments.js';
import { isPeepError } from '../../../src/text/errors.js';

const pip = (argv: string[], python?: string): Invocation => ({ kind: 'pip', argv, python });

describe('readInvocation', () => {
  it.each<[string[], Invocation]>([
    [[], { kind: 'help', command: undefined }],
    [['--help'], { kind: 'help', command: undefined }],
    [['help', 'install'], { kind: 'help', command: 'install' }],
    [['install', '--help'], { kind: 'help', command: 'install' }],
    [['--version'], { kind: 'version', python: undefined }],
    [['--python', '/p', '-V'], { kind: 'version', python: '/p' }],
    [['install', '-r', 'x'], { kind: 'command', command: 'install', argv: ['-r', 'x'] }],
    [
      ['--cache-dir=/c', '-v', '--offline', 'fetch', '-r', 'x'],
      { kind: 'command', command: 'fetch', argv: ['--cache-dir', '/c', '-v', '--offline', '-r', 'x'] },
    ],
    [['hash', '--', '--help'], { kind: 'command', command: 'hash', argv: ['--', '--help'] }],
    [['freeze', '--python', '/p'], pip(['freeze', '--python', '/p'])],
    [['--python=/p', 'freeze'], pip(['freeze'], '/p')],
    [['--python', '/p', '-v', 'freeze'], pip(['-v', 'freeze'], '/p')],
    [['help', 'freeze'], pip(['help', 'freeze'])],
    [['--unknown', 'install'], pip(['--unknown', 'install'])],
  ])('%j', (argv, expected) => {
    expect(readInvocation(argv)).toEqual(expected);
  });

  it("hands pip's arguments on untouched, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (argv) => {
        expect(readInvocation(['download', ...argv])).toEqual(pip(['download', ...argv]));
      }),
    );
  });

  it.each([
    ['audt', '`peep verify -r FILE`'],
    ['ad', undefined],
    ['add', '`peep compile requirements.in -o requirements.txt`'],
    ['remove', '`peep sync` uninstalls'],
    ['upgrade', '`peep pin --upgrade NAME -r FILE`'],
    ['fech', 'Did you mean `peep fetch`?'],
    ['vreify', 'Did you mean `peep verify`?'],
    ['outdate', 'Did you mean `peep outdated`?'],
    // pip's own, whatever they resemble; and what neither knows is for pip to say.
    ['lock', undefined],
    ['lst', undefined],
    ['frobnicate', undefined],
  ])('peep %s: %s', (word, hint) => {
    let error: unknown;
    try {
      readInvocation([word, '-r', 'x']);
    } catch (thrown) {
      error = thrown;
    }
    if (hint === undefined) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining(hint) });
  });

  it('peep audit names what proves an environment, and what looks vulnerabilities up', () => {
    const error = (() => {
      try {
        return readInvocation(['--offline', 'audit', '-r', 'x']);
      } catch (error) {
        return error;
      }
    })();
    expect(isPeepError(error, 'USAGE')).toBe(true);
    expect((error as Error & { hint: string }).hint).toMatch(/`peep verify -r FILE`.*pip-audit.*`uv audit`/);
  });

  it('reads any command line, or says what is wrong', () => {
    const words = fc.constantFrom(
      '--python',
      '--python=',
      'install',
      '-v',
      '--',
      '--help',
      'help',
      '--jobs',
      '-qv',
      '',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string())), (argv) => {
        try {
          readInvocation(argv);
        } catch (error) {
          expect(isPeepError(error, 'USAGE')).toBe(true);
        }
      }),
    );
  });
});
