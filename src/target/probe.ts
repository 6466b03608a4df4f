import { spawn as nodeSpawn } from 'node:child_process';
import { platform } from 'node:os';
import { posix, win32 } from 'node:path';
import type { Environment } from '../config/environment.js';
import { type ProgramEnd, runProgram, type Spawn } from '../files/run-program.js';
import { PeepError, systemCode, systemReason } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { readLinuxBinary } from './linux-binary.js';
import { findPip } from './pip-state.js';
import { type ProbeAnswer, readAnswer } from './probe-answer.js';
import { probeStart } from './probe-environment.js';
import { probeScript } from './probe-script.js';
import { platformOf, tagsOf } from './probe-tags.js';
import type { Interpreter } from './target.js';

export interface ProbeOptions {
  /** The Python to probe: a path, or a name on PATH. */
  readonly python: string;
  readonly env: Environment;
  /** Working directory for launchers that choose a Python by directory; the current directory by default. */
  readonly cwd?: string | undefined;
  /** Import nothing from the probed environment, including its start-up files; the result then has `layout`. */
  readonly isolated?: boolean | undefined;
  /** Time-out in milliseconds; 30 s by default. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly spawn?: Spawn | undefined;
}

const defaultTimeout = 30_000;

/**
 * Starts a Python once and gets the archives that fit it, the directories of its distributions, and its pip. It
 * imports nothing from the working directory, `PYTHONPATH` or any other variable of Python (P5). Throws
 * `PYTHON_NOT_FOUND` or `PYTHON_BROKEN`.
 */
export async function probeInterpreter(options: ProbeOptions): Promise<Interpreter> {
  const { python, cwd, signal, timeout = defaultTimeout, spawn = nodeSpawn } = options;
  // The program runs on this machine, whatever target it is for.
  const start = probeStart(options.env, probeScript, platform(), options.isolated);
  const end = await runProgram(
    { program: python, argv: start.argv, env: start.env, cwd, timeout, signal },
    spawn,
  );
  signal?.throwIfAborted();
  if (end.kind !== 'ended' || end.status !== 0) throw startFailure(python, end, timeout);
  const answer = readAnswer(end.stdout);
  if (answer === undefined)
    throw broken(python, `its answer cannot be read: ${excerpt(end.stdout, end.stderr)}`);
  const executable = answer.executable ?? python;
  const runLoader = (program: string): Promise<ProgramEnd> =>
    runProgram({ program, argv: [], env: start.env, cwd, timeout, signal }, spawn);
  const [linux, pip] = await Promise.all([
    answer.environment.platform_system === 'Linux'
      ? readLinuxBinary(answer, executable, runLoader)
      : undefined,
    findPip(answer.pip),
  ]);
  return interpreterFrom(answer, executable, tagsOf(answer, platformOf(answer, linux)), pip);
}

function interpreterFrom(
  answer: ProbeAnswer,
  executable: string,
  tags: readonly string[],
  pip: Interpreter['pip'],
): Interpreter {
  const { environment, version } = answer;
  const isVirtualEnvironment = answer.prefix !== answer.basePrefix;
  return {
    executable,
    target: {
      label: `${environment.platform_python_implementation} ${version[0]}.${version[1]} on ${platformName(tags)}`,
      tags,
      environment,
      pythonVersion: version,
    },
    pip,
    sitePaths: [...new Set(answer.sysPath)],
    prefix: answer.prefix,
    basePrefix: answer.basePrefix,
    baseExecutable: isVirtualEnvironment ? baseOf(answer, executable) : undefined,
    isVirtualEnvironment,
    stdlib: answer.stdlib,
    layout: answer.layout,
  };
}

/** Python has this value since 3.8; before, use the usual path of a Python with that prefix. */
function baseOf({ baseExecutable, basePrefix, environment }: ProbeAnswer, executable: string): string {
  if (baseExecutable !== undefined && baseExecutable !== executable) return baseExecutable;
  return environment.os_name === 'nt'
    ? win32.join(basePrefix, 'python.exe')
    : posix.join(basePrefix, 'bin', 'python3');
}

function platformName(tags: readonly string[]): string {
  return tags[0]?.split('-')[2] ?? 'an unknown platform';
}

function startFailure(python: string, end: ProgramEnd, timeout: number): PeepError {
  switch (end.kind) {
    case 'ended':
      return broken(python, `it exited with status ${end.status}: ${excerpt(end.stderr, end.stdout)}`);
    case 'killed':
      return broken(python, `it was killed by ${end.signal}: ${excerpt(end.stderr)}`);
    case 'timeout':
      return broken(python, `it did not answer within ${timeout / 1000} seconds: ${excerpt(end.stderr)}`);
    case 'flood':
      return broken(python, 'it printed too much output');
    case 'failed':
      break;
  }
  if (systemCode(end.error) === 'ENOENT') {
    return new PeepError(
      'PYTHON_NOT_FOUND',
      `cannot start '${printable(python)}': there is no such program`,
      {
        hint: 'Name an interpreter with --python PATH.',
      },
    );
  }
  return broken(python, `it cannot be started: ${systemReason(end.error)}`);
}

function broken(python: string, why: string): PeepError {
  return new PeepError('PYTHON_BROKEN', `cannot ask '${printable(python)}' which Python it is: ${why}`, {
    hint: 'Name a working interpreter with --python PATH.',
  });
}

/** The last line of the first non-empty text: a Python prints its errors there. */
function excerpt(...texts: readonly string[]): string {
  for (const text of texts) {
    const line = text.trim().split('\n').at(-1)?.trim() ?? '';
    if (line !== '') return printable(line.length > 300 ? `${line.slice(0, 300)}…` : line);
  }
  return 'it printed nothing';
}
