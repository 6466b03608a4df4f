import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Spawn } from '../../../src/files/run-program.js';
import { pipFailure } from '../../../src/install/install-archives.js';
import { passThroughToPip } from '../../../src/install/passthrough.js';
import { type PipRun, runPip, type SignalSource } from '../../../src/install/run-pip.js';

/** Node stands for the interpreter: what is looked at here is processes, not Python. */
const node = (script: string, changes: Partial<PipRun> = {}): PipRun => ({
  python: process.execPath,
  argv: ['-e', script],
  env: process.env,
  cwd: process.cwd(),
  stdin: 'ignore',
  stdout: 'inherit',
  terminal: false,
  ...changes,
});

const source = () => new EventEmitter() as EventEmitter & SignalSource;

/** Starts the child with its output in a pipe, and calls `onFirst` at its first output. */
function watched(onFirst: () => void): { spawn: Spawn; output: () => string } {
  let text = '';
  return {
    output: () => text,
    spawn: (command, argv, options) => {
      const child = spawn(command, argv, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.on('data', (data) => {
        if (text === '') onFirst();
        text += data;
      });
      return child;
    },
  };
}

const untilSignal = (signal: string, then: string) =>
  `process.on('${signal}', () => { ${then} }); console.log('ready'); setInterval(() => {}, 1000);`;

describe('the run of pip', () => {
  test('ends with pip’s own status', async () => {
    expect(await runPip(node('process.exit(7)'), { spawn, signals: source() })).toEqual({
      status: 7,
      interrupted: undefined,
    });
  });

  test('ends with 128 + n when a signal killed pip', async () => {
    const end = await runPip(node(`process.kill(process.pid, 'SIGKILL')`), { spawn, signals: source() });
    expect(end).toEqual({ status: 137, interrupted: undefined });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('forwards %s and waits', async (signal) => {
    const signals = source();
    const { spawn } = watched(() => signals.emit(signal, signal));
    const end = await runPip(node(untilSignal(signal, 'process.exit(3)')), { spawn, signals });
    expect(end).toEqual({ status: 3, interrupted: signal });
    expect(signals.listenerCount(signal)).toBe(0);
  });

  test('does not repeat what the terminal sent to pip as well', async () => {
    const signals = source();
    const { spawn, output } = watched(() => {
      signals.emit('SIGINT', 'SIGINT');
      signals.emit('SIGTERM', 'SIGTERM');
    });
    const script = `process.on('SIGINT', () => console.log('twice')); ${untilSignal('SIGTERM', 'process.exit(0)')}`;
    expect(await runPip(node(script, { terminal: true }), { spawn, signals })).toEqual({
      status: 0,
      interrupted: 'SIGINT',
    });
    expect(output()).toBe('ready\n');
  });

  test('says which interpreter could not be started', async () => {
    const signals = source();
    const run = runPip(node('', { python: '/no/such/python' }), { spawn, signals });
    await expect(run).rejects.toMatchObject({
      code: 'PIP_NOT_STARTED',
      message: expect.stringContaining("'/no/such/python'"),
      hint: expect.stringContaining('--python'),
    });
    expect(signals.eventNames()).toEqual([]);
  });

  test.each([
    ['inherit', 'inherit'],
    ['stderr', 2],
  ] as const)('puts pip’s output where it belongs: %s', async (stdout, expected) => {
    let stdio: unknown;
    const recording: Spawn = (command, argv, options) => {
      stdio = options.stdio;
      return spawn(command, argv, { ...options, stdio: 'ignore' });
    };
    await runPip(node('', { stdout }), { spawn: recording, signals: source() });
    expect(stdio).toEqual(['ignore', expected, 'inherit']);
  });
});

test('everything else of pip gets its arguments, environment and streams untouched', async () => {
  let seen: unknown;
  const recording: Spawn = (command, argv, options) => {
    seen = { command, argv: argv.slice(2), env: options.env, cwd: options.cwd, stdio: options.stdio };
    return spawn(process.execPath, ['-e', 'process.exit(4)'], { stdio: 'ignore' });
  };
  const env = { PIP_FIND_LINKS: 'x', PYTHONPATH: 'y' };
  const argv = ['list', '--format=json', '-v', '--', 'ä b'];
  const end = await passThroughToPip(
    { python: '/p/python', argv, env, cwd: '/w', terminal: false },
    { spawn: recording, signals: source() },
  );
  expect(end.status).toBe(4);
  expect(seen).toEqual({
    command: '/p/python',
    argv,
    env,
    cwd: '/w',
    stdio: ['inherit', 'inherit', 'inherit'],
  });
});

test('a failure of pip is told apart from the archives, which had verified', () => {
  expect(pipFailure({ status: 0, interrupted: undefined }, 'quill==1.0')).toBeUndefined();
  const failed = { status: 3, interrupted: undefined };
  expect(pipFailure(failed)).toMatchObject({
    code: 'PIP_FAILED',
    message: expect.stringContaining('status 3 after every archive verified'),
    hint: expect.stringContaining('-v'),
  });
  expect(pipFailure(failed, 'quill==1.0')?.message).toContain('could not build quill==1.0 (status 3)');
});
