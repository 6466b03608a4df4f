import { dirname } from 'node:path';
import { programsOnPath } from '../files/programs-on-path.js';
import { runProgram, type Spawn } from '../files/run-program.js';
import type { Interpreter } from '../target/target.js';
import { PeepError, systemReason } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { parsePipVersion, pipAtLeast } from './pip-version.js';
import { uvEnvironment } from './uv-handover.js';

/** The oldest uv with all options that peep uses. */
export const oldestUv = '0.5.0';

/** A uv that peep can install with. */
export interface Uv {
  /** Absolute. */
  readonly path: string;
  /** As `uv --version` reports it: `0.13.9`. */
  readonly version: string;
}

export interface UvSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly signal: AbortSignal | undefined;
  readonly spawn: Spawn;
}

/** Time limit for `uv --version` in milliseconds; it usually takes a few. */
const timeout = 30_000;

/**
 * The first uv on PATH; called before anything is fetched. Throws `UV_ABSENT`, `UV_BROKEN`, `UV_TOO_OLD`, or
 * `UV_TARGET` if uv does not support this Python.
 */
export async function findUv({ target, executable }: Interpreter, search: UvSearch): Promise<Uv> {
  const [major, minor] = target.pythonVersion;
  if (major < 3 || (major === 3 && minor < 6)) {
    throw new PeepError(
      'UV_TARGET',
      `uv installs for Python 3.6 and newer; '${executable}' is Python ${major}.${minor}`,
      {
        hint: 'Leave out --installer and PEEP_INSTALLER: pip supports this Python.',
        facts: { python: executable },
      },
    );
  }
  const { env, platform, signal, spawn } = search;
  for await (const path of programsOnPath('uv', { env, platform })) {
    const run = { program: path, argv: ['--version'], env: uvEnvironment(env), cwd: dirname(path) };
    const end = await runProgram({ ...run, timeout, signal }, spawn);
    signal?.throwIfAborted();
    if (end.kind === 'failed') throw broken(path, systemReason(end.error));
    if (end.kind !== 'ended') throw broken(path, 'it does not report its version');
    const version = /^uv (\d+\.\d+\.\d+\S*)/.exec(end.stdout)?.[1];
    if (end.status !== 0 || version === undefined)
      throw broken(
        path,
        end.stderr.trim() === '' ? 'it does not report its version' : printable(end.stderr.trim()),
      );
    if (pipAtLeast(parsePipVersion(version), oldestUv)) return { path, version };
    throw new PeepError('UV_TOO_OLD', `'${path}' is uv ${version}; peep needs uv ${oldestUv} or newer`, {
      hint: 'Run `uv self update`, or update uv with its package manager.',
      facts: { uv: path, version },
    });
  }
  throw new PeepError('UV_ABSENT', 'there is no uv on PATH to install with', {
    hint: 'Put uv into a directory of PATH, or leave out --installer and PEEP_INSTALLER: pip is the default.',
  });
}

function broken(path: string, reason: string): PeepError {
  return new PeepError('UV_BROKEN', `'${path}' does not run as uv: ${reason}`, {
    hint: 'Put a working uv first on PATH, or leave out --installer and PEEP_INSTALLER.',
    facts: { uv: path },
  });
}
