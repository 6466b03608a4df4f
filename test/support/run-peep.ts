import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type TempDirectory, tempDirectory } from './temp-directory.js';

export const peepPath = fileURLToPath(new URL('../../dist/peep.mjs', import.meta.url));

/**
 * The form of peep that is tested: another program than Node with the bundle, such as the binary or the command of an
 * installed wheel. Tests of the bundle itself name `peepPath`.
 */
const programUnderTest = process.env.PEEP_UNDER_TEST;

export interface RunOptions {
  readonly cwd?: string;
  /** Over the clean environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds until the process is killed; 60,000 by default. */
  readonly timeout?: number;
  /** What HOME, TMPDIR and the store lie in, to look at afterwards; a fresh directory by default. */
  readonly home?: string;
  /** A copy of the bundle elsewhere. */
  readonly program?: string;
  /** The program and first arguments in place of Node and the bundle; `trace` uses it. */
  readonly wrapper?: readonly string[];
}

export interface Finished {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Runs the bundled peep in a clean environment and waits for its end. Any status is an answer. */
export function runPeep(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return startPeep(args, options).finished;
}

/** Starts the bundled peep; for tests that send signals or look while it runs. */
export function startPeep(args: readonly string[], options: RunOptions = {}): Running {
  if (!existsSync(peepPath))
    throw new Error(`${peepPath} did not build: see the messages of scripts/bundle.mjs`);
  const temp: TempDirectory | undefined = options.home === undefined ? tempDirectory() : undefined;
  const home = options.home ?? temp?.path ?? '';
  const own =
    options.program === undefined && programUnderTest !== undefined
      ? [programUnderTest]
      : [process.execPath, options.program ?? peepPath];
  const [program = '', ...before] = [...(options.wrapper ?? []), ...own];
  const child = spawn(program, [...before, ...args], {
    cwd: options.cwd ?? home,
    env: { ...cleanEnvironment(home), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeout ?? 60_000,
    killSignal: 'SIGKILL',
  });
  // peep may end without reading its input.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  return { process: child, finished: finish(child, temp) };
}

/** Returns as soon as stderr has this. */
export async function printed({ process: { stderr } }: Running, pattern: RegExp): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    stderr?.on('data', (chunk: Buffer) => {
      text += chunk;
      if (pattern.test(text)) resolve();
    });
    stderr?.on('end', () => reject(new Error(`not printed: ${text}`)));
  });
}

async function finish(child: ChildProcess, own: TempDirectory | undefined): Promise<Finished> {
  const ended = new Promise<Pick<Finished, 'status' | 'signal'>>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => resolve({ status, signal }));
  });
  try {
    const [end, stdout, stderr] = await Promise.all([ended, text(child.stdout!), text(child.stderr!)]);
    return { ...end, stdout, stderr };
  } finally {
    own?.[Symbol.dispose]();
  }
}

/** Nothing of the user's: no `PIP_*`, no `PEEP_*`, no virtual environment, no proxy, directories of its own. */
export function cleanEnvironment(home: string): Record<string, string> {
  const directories = {
    HOME: join(home, 'home'),
    XDG_CACHE_HOME: join(home, 'home', '.cache'),
    XDG_CONFIG_HOME: join(home, 'home', '.config'),
    XDG_DATA_HOME: join(home, 'home', '.local', 'share'),
    TMPDIR: join(home, 'tmp'),
    PEEP_CACHE_DIR: join(home, 'cache'),
  };
  for (const directory of [directories.HOME, directories.TMPDIR]) mkdirSync(directory, { recursive: true });
  const { PATH = '', PYENV_ROOT, SystemRoot } = process.env;
  return {
    PATH,
    LC_ALL: 'C.UTF-8',
    ...directories,
    // Tests hide everything on PATH; the wheel's launcher still finds a Node.
    ...(programUnderTest !== undefined && { PEEP_NODE: process.execPath }),
    // Interpreters behind pyenv's shims do not start without it.
    ...(PYENV_ROOT !== undefined && { PYENV_ROOT }),
    ...(SystemRoot !== undefined && { SystemRoot }),
  };
}
