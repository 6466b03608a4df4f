import { setImmediate } from 'node:timers/promises';
import { describeFor, describeTarget } from '../target/describe.js';
import { locatePython } from '../target/locate.js';
import { probeInterpreter } from '../target/probe.js';
import type { Interpreter, Target } from '../target/target.js';
import { isPeepError, PeepError } from '../text/errors.js';
import type { CommandContext } from './host.js';
import { isExplicitTarget, type TargetRequest } from './request.js';

/** The interpreter to install for, probed once. Throws `PYTHON_NOT_FOUND` and `PYTHON_BROKEN`. */
export async function findInterpreter(
  { host, options }: CommandContext,
  { isolated = false }: { readonly isolated?: boolean } = {},
): Promise<Interpreter> {
  const { env, platform, cwd, signal } = host;
  const python = await locatePython({ explicit: options.python, env, platform, cwd });
  const probed = probeInterpreter({ python, env, cwd, signal, isolated });
  void loadMeanwhile(probed, options.offline).catch(() => undefined);
  return probed;
}

/**
 * Loads modules for later steps while Python starts, and the HTTP client only if Python takes longer, because some
 * runs need no network. If loading fails here, the first use reports it.
 */
async function loadMeanwhile(probed: Promise<unknown>, offline: boolean): Promise<void> {
  let isWaiting = true;
  const answered = () => {
    isWaiting = false;
  };
  probed.then(answered, answered);
  await setImmediate();
  await loadRunModules();
  // Let a finished probe of Python report before loading more.
  await setImmediate();
  if (!isWaiting || offline) return;
  const { loadHttpClient } = await import('../fetch/http/dispatchers.js');
  await loadHttpClient();
}

/** The larger part of the program, which is only needed once a target is known. */
export async function loadRunModules() {
  const [run, inspect] = await Promise.all([
    import('./open-run.js'),
    import('../prepare/inspect-and-store.js'),
  ]);
  return { openRun: run.openRun, inspectAndStore: inspect.inspectAndStore };
}

/** The first target, resolved on demand. */
export function targetOnce(request: TargetRequest, context: CommandContext): () => Promise<Target> {
  let found: Promise<Target> | undefined;
  return () => {
    found ??= findTargets(request, context).then(({ targets }) => targets[0]);
    return found;
  };
}

/**
 * The targets of a run: those that the options describe, which need no Python, or else the target of the
 * interpreter.
 */
export async function findTargets(
  request: TargetRequest,
  context: CommandContext,
  { hasAll = false }: { readonly hasAll?: boolean } = {},
): Promise<{
  readonly targets: readonly [Target, ...Target[]];
  readonly interpreter: Interpreter | undefined;
}> {
  const [first, ...more] = request.targets.map(describeFor);
  if (first !== undefined) return { targets: [first, ...more], interpreter: undefined };
  if (!isExplicitTarget(request)) {
    const interpreter = await findInterpreter(context).catch((error: unknown) => {
      throw withoutPython(error, hasAll);
    });
    return { targets: [interpreter.target], interpreter };
  }
  // Omitted parts come from the interpreter, as in pip; a complete description needs no interpreter.
  const complete = request.pythonVersion !== undefined && request.platforms.length > 0;
  const interpreter = complete ? undefined : await findInterpreter(context);
  return { targets: [describeTarget(request, interpreter?.target)], interpreter };
}

/** Adds a hint for commands that need no Python if their target is described. */
function withoutPython(error: unknown, hasAll: boolean): unknown {
  if (!isPeepError(error, 'PYTHON_NOT_FOUND')) return error;
  const all = hasAll ? '--all, or with ' : '';
  return new PeepError(error.code, error.message, {
    hint: `${error.hint ?? ''} No Python is needed with ${all}--for PYTHON:PLATFORM, such as --for 3.12:manylinux_2_28_x86_64.`.trim(),
    facts: error.facts,
    cause: error,
  });
}
