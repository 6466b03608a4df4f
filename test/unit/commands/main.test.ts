import { describe, expect, it } from 'vitest';
import { Interrupted, main } from '../../../src/cli/main.js';
import type { Host } from '../../../src/run/host.js';
import { PeepError } from '../../../src/text/errors.js';

/** A host whose stdout does as told, and what was written to stderr. */
function hostWith(write: (text: string) => void, signal = new AbortController().signal) {
  const errors: string[] = [];
  const host: Host = {
    env: {},
    cwd: '/',
    platform: 'linux',
    nodeVersion: 'v20.20.0',
    home: '/',
    availableMemory: 1 << 30,
    temp: '/',
    stdout: { write, isTerminal: false, columns: undefined },
    stderr: { write: (text) => errors.push(text), isTerminal: false, columns: undefined },
    isTerminal: false,
    signal,
    signals: { on: () => undefined, removeListener: () => undefined },
    uid: 1000,
    now: () => 0,
    startWorker: () => {
      throw new Error('no test here starts a thread');
    },
  };
  return { host, errors: () => errors.join('') };
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

describe('main', () => {
  it('0: writes what was asked for', async () => {
    let written = '';
    const { host, errors } = hostWith((text) => {
      written += text;
    });
    expect(await main(['help'], host)).toBe(0);
    expect(written).toMatch(/^Usage: peep/);
    expect(errors()).toBe('');
  });

  it('3: a bug says so, with what to report', async () => {
    const { host, errors } = hostWith(throwing(new TypeError('x is not a function')));
    expect(await main(['help'], host)).toBe(3);
    expect(errors()).toMatch(/^error: this is a bug in peep; the run stopped\.\nPlease report it/);
    expect(errors()).toMatch(
      /\npeep \d+\.\d+\.\d+, Node v20\.20\.0, linux\nTypeError: x is not a function\n {4}at /,
    );
  });

  it.each([undefined, null, 'text', { message: 'x' }])('3: also when %j is thrown', async (thrown) => {
    const { host, errors } = hostWith(throwing(thrown));
    expect(await main(['help'], host)).toBe(3);
    expect(errors()).toContain('this is a bug in peep');
  });

  it('1 for an error of its own, 2 for a wrong command line; with the hint, and no stack', async () => {
    const own = hostWith(
      throwing(new PeepError('NOT_FOUND', 'it is\u001b[0m gone', { hint: 'Look elsewhere.' })),
    );
    expect(await main(['help'], own.host)).toBe(1);
    expect(own.errors()).toBe('error: it is\\u{1b}[0m gone\nhint: Look elsewhere.\n');
    const wrong = hostWith(throwing(new PeepError('USAGE', 'no')));
    expect(await main(['help'], wrong.host)).toBe(2);
    expect(wrong.errors()).toBe('error: no\n');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s: %i, whatever failed by it, and nothing is said', async (signal, status) => {
    const { host, errors } = hostWith(
      throwing(new Error('aborted')),
      AbortSignal.abort(new Interrupted(signal)),
    );
    expect(await main(['help'], host)).toBe(status);
    expect(errors()).toBe('');
  });
});
