import { spawn } from 'node:child_process';
import type { PathContext } from '../config/values.js';
import type { LineOption } from '../packaging/line-option.js';
import type { Interpreter } from '../target/target.js';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { type PassedOption, passThroughArguments } from './arguments.js';
import { type ChosenPip, choosePip } from './choose-pip.js';
import { otherPips } from './other-pips.js';
import { findUv, type Uv } from './uv.js';
import { uvArguments } from './uv-options.js';

export interface PipInstaller {
  readonly kind: 'pip';
  readonly pip: ChosenPip;
  readonly passThrough: readonly LineOption[];
}

export interface UvInstaller {
  readonly kind: 'uv';
  readonly uv: Uv;
  readonly passThrough: readonly LineOption[];
  /** The pip that builds source archives; looked for on demand. */
  pip(): Promise<PipInstaller>;
}

/** The program that installs the verified files. */
export type Installer = PipInstaller | UvInstaller;

export interface InstallerChoice extends PathContext {
  readonly target: Interpreter;
  /** The value of `--installer`. */
  readonly option: string | undefined;
  readonly passed: readonly PassedOption[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Chooses the installer of a run before anything is fetched, and checks that it exists and supports the options.
 * Throws the errors of `choosePip` and `findUv`, and `USAGE` or `SETTING_INVALID`.
 */
export async function chooseInstaller(choice: InstallerChoice): Promise<Installer> {
  const { target, option, passed, env, platform, cwd, signal } = choice;
  const pip = async (): Promise<PipInstaller> => {
    const chosen = await choosePip(target, otherPips({ target, env, platform, signal }));
    return { kind: 'pip', pip: chosen, passThrough: passThroughArguments(passed, chosen.version, cwd) };
  };
  if (installerName(option, env.PEEP_INSTALLER) === 'pip') return pip();
  const passThrough = uvArguments(passed, choice);
  return { kind: 'uv', uv: await findUv(target, { env, platform, signal, spawn }), passThrough, pip };
}

/** The command line, else the environment, else pip. */
export function installerName(option: string | undefined, variable: string | undefined): 'pip' | 'uv' {
  const name = option ?? (variable === undefined || variable === '' ? 'pip' : variable);
  if (name === 'pip' || name === 'uv') return name;
  const from = option === undefined ? 'PEEP_INSTALLER' : '--installer';
  throw new PeepError(
    option === undefined ? 'SETTING_INVALID' : 'USAGE',
    `${from} '${printable(name)}' is neither pip nor uv`,
    { hint: 'pip is the default.' },
  );
}
