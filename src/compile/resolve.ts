import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexSettings, NetworkSettings } from '../config/settings.js';
import { type ProgramEnd, runProgram, type Spawn } from '../files/run-program.js';
import { choosePip } from '../install/choose-pip.js';
import { otherPips } from '../install/other-pips.js';
import { createStaging, type Staging } from '../install/staging.js';
import { findUv } from '../install/uv.js';
import type { Interpreter } from '../target/target.js';
import { isPeepError, PeepError, systemReason } from '../text/errors.js';
import { printable, redactText, redactUrl } from '../text/redact.js';
import { checkResolverPip, pipRun, readPipReport } from './pip-run.js';
import { limitsText, requirementsText } from './requirement-lines.js';
import { readUserNetrc, withNetrc } from './resolver-logins.js';
import type { Choice, Question, Resolver, ResolverFiles, ResolverRun, Wish } from './types.js';
import { readUvOutput, unreadable, uvRun } from './uv-run.js';

export interface ResolveDeps {
  readonly interpreter: Interpreter;
  readonly index: IndexSettings;
  readonly network: NetworkSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The directory for temporary files, and this user: see `createStaging`. */
  readonly temp: string;
  readonly uid: number | undefined;
  readonly signal: AbortSignal;
  readonly spawn: Spawn;
  /** Masks secrets that were given to peep (P7). */
  readonly hide: (text: string) => string;
}

export interface OpenResolver extends Resolver {
  /** Throws `RESOLUTION_FAILED` and `RESOLUTION_UNREADABLE`. */
  resolve(question: Question): Promise<Resolution>;
}

export interface Resolution {
  readonly choices: readonly Choice[];
  /** False if the preferred versions could not all stay, so all versions were chosen again. */
  readonly kept: boolean;
}

/**
 * Time limit of a resolver in milliseconds. Resolving hundreds of packages takes minutes if metadata arrives
 * slowly.
 */
const timeout = 30 * 60_000;
const maxOutput = 64 << 20;

/** uv if it is on PATH, else the target's pip. Throws `UV_*` or `PIP_*` if the requested resolver cannot be used. */
export async function openResolver(
  wanted: 'uv' | 'pip' | undefined,
  deps: ResolveDeps,
): Promise<OpenResolver> {
  if (wanted !== 'pip') {
    try {
      return await uvResolver(deps);
    } catch (error) {
      const isMissing = isPeepError(error, 'UV_ABSENT') || isPeepError(error, 'UV_TARGET');
      if (wanted === 'uv' || !isMissing) throw error;
    }
  }
  return pipResolver(deps);
}

async function uvResolver(deps: ResolveDeps): Promise<OpenResolver> {
  const { interpreter, env } = deps;
  const uv = await findUv(interpreter, deps);
  return {
    ...{ name: 'uv', version: uv.version },
    resolve: (question) =>
      withFiles(question, deps, async (files) => {
        // uv prefers the versions in the output file.
        await writeFile(files.output, limitsText(question.preferred), { mode: 0o600 });
        const python = interpreter.executable;
        const run = uvRun({ ...deps, uv: uv.path, python, question, env, files });
        await finished('uv', run, deps, files);
        return { choices: readUvOutput(await answer('uv', files)), kept: true };
      }),
  };
}

/** Throws `NETWORK_OFFLINE`: unlike uv, pip has no option that forbids connections. */
function refuseConnections({ network, index }: ResolveDeps, wishes: readonly Wish[] = []): void {
  const bound = index.bindings?.map(({ url }) => url) ?? [];
  const named = [...index.indexUrls, ...index.findLinks, ...bound, ...wishes.map(({ url }) => url ?? '')];
  const remote = named.find((location) => /^https?:/i.test(location));
  if (!network.offline || remote === undefined) return;
  throw new PeepError('NETWORK_OFFLINE', `pip would ask ${redactUrl(remote)}, and --offline forbids it`, {
    hint: 'Put uv on PATH, because it can choose versions offline, or use a local --find-links with --no-index.',
  });
}

async function pipResolver(deps: ResolveDeps): Promise<OpenResolver> {
  const { interpreter } = deps;
  refuseConnections(deps);
  const { python, version, foreignTarget } = await choosePip(
    interpreter,
    otherPips({ ...deps, target: interpreter }),
  );
  const shown =
    foreignTarget === undefined && interpreter.pip.kind === 'present'
      ? interpreter.pip.version
      : version.join('.');
  checkResolverPip(shown, python);
  const ask = (question: Question) =>
    withFiles(question, deps, async (files) => {
      await finished(
        'pip',
        pipRun({ ...deps, python, pip: version, foreignTarget, question, files }),
        deps,
        files,
      );
      return readPipReport(await answer('pip', files));
    });
  return {
    ...{ name: 'pip', version: shown },
    async resolve(question) {
      refuseConnections(deps, question.wishes);
      if (question.universal !== undefined) {
        throw new PeepError('USAGE', 'pip only chooses versions for the Python that runs it', {
          hint: 'Put uv on PATH, because it can choose versions for other platforms, or leave out --for.',
        });
      }
      // pip has no preferences: the preferred versions are passed as constraints, and if that has no solution, pip
      // runs again without them.
      const { preferred, limits } = question;
      if (preferred.length > 0) {
        try {
          return { choices: await ask({ ...question, limits: [...limits, ...preferred] }), kept: true };
        } catch (error) {
          if (!isPeepError(error, 'RESOLUTION_FAILED')) throw error;
        }
      }
      return { choices: await ask(question), kept: preferred.length === 0 };
    },
  };
}

/** All files that a resolver reads and writes are in a private directory, which is removed afterwards (P7). */
async function withFiles<T>(
  { wishes, limits }: Question,
  { temp, uid, index, env }: ResolveDeps,
  use: (files: ResolverFiles) => Promise<T>,
): Promise<T> {
  const staging: Staging = await createStaging({ parent: temp, uid });
  try {
    return await use({
      root: staging.root,
      requirements: await staging.addText(
        'requirements.in',
        requirementsText(wishes, withNetrc(index, await readUserNetrc(env)), env),
      ),
      constraints: await staging.addText('constraints.txt', limitsText(limits)),
      output: join(staging.root, 'chosen.txt'),
      netrc: await staging.addText('netrc', ''),
      cache: await staging.addDirectory('cache'),
      temp: await staging.addDirectory('temp'),
    });
  } finally {
    await staging.remove();
  }
}

async function finished(
  name: 'uv' | 'pip',
  { program, argv, env }: ResolverRun,
  { spawn, signal, hide }: ResolveDeps,
  { root }: ResolverFiles,
): Promise<void> {
  // P5: do not run in the user's directory, which may contain configuration and modules.
  const end = await runProgram({ program, argv, env, cwd: root, timeout, maxOutput, signal }, spawn);
  signal.throwIfAborted();
  if (end.kind === 'ended' && end.status === 0) return;
  const said = 'stderr' in end ? end.stderr.trim() : '';
  const shown = hide(redactText(said)).split(/\r?\n/).slice(-maxLines).map(printable).join('\n');
  throw new PeepError(
    'RESOLUTION_FAILED',
    `${name} chose no versions: ${reason(end)}${shown && `\n${shown}`}`,
    {
      hint:
        end.kind === 'ended'
          ? 'Change the requirements so that versions fit together. Source archives are only used with --allow-builds.'
          : `Run ${name} by itself to see why.`,
    },
  );
}

const maxLines = 40;

function reason(end: ProgramEnd): string {
  switch (end.kind) {
    case 'ended':
      return `it ended with status ${end.status}`;
    case 'killed':
      return `it was ended by ${end.signal}`;
    case 'timeout':
      return 'it took longer than half an hour';
    case 'flood':
      return 'it printed too much';
    case 'failed':
      return systemReason(end.error);
  }
}

async function answer(name: 'uv' | 'pip', { output }: ResolverFiles): Promise<string> {
  try {
    const { size } = await stat(output);
    if (size > maxOutput) throw unreadable(name, `an answer of ${size} bytes`);
    return await readFile(output, 'utf8');
  } catch (cause) {
    if (isPeepError(cause)) throw cause;
    throw new PeepError('RESOLUTION_UNREADABLE', `${name} wrote no answer: ${systemReason(cause)}`, {
      cause,
      hint: 'Use another version of it, or the other resolver: --resolver uv or --resolver pip.',
    });
  }
}
