import { describeFor, describeTarget } from '../target/describe.js';
import { locatePython } from '../target/locate.js';
import { probeInterpreter } from '../target/probe.js';
import type { Interpreter, Target } from '../target/target.js';
import type { CommandContext } from './host.js';
import { isExplicitTarget, type TargetRequest } from './request.js';

/** The interpreter to install for, asked once. Throws `PYTHON_NOT_FOUND` and `PYTHON_BROKEN`. */
export async function findInterpreter({ host, options }: CommandContext): Promise<Interpreter> {
  const { env, platform, cwd, signal } = host;
  const python = await locatePython({ explicit: options.python, env, platform, cwd });
  const probed = probeInterpreter({ python, env, cwd, signal });
  // While Python starts, what runs need next is loaded; should it fail, its first use tells.
  setImmediate(() => {
    const loaded = whatRunsNeed();
    void (options.offline ? loaded : loaded.then(loadUndici)).catch(() => undefined);
  });
  return probed;
}

/** The larger part of the program, which is of no use before a target is known. */
export async function whatRunsNeed() {
  const [session, inside] = await Promise.all([import('./session.js'), import('./look-inside.js')]);
  return { openSession: session.openSession, lookAndKeep: inside.lookAndKeep };
}

async function loadUndici(): Promise<void> {
  const { loadPool } = await import('../fetch/dispatchers.js');
  await loadPool();
}

/** The targets of a run that need no Python, or that of the interpreter. */
export async function findTargets(
  request: TargetRequest,
  context: CommandContext,
): Promise<{
  readonly targets: readonly [Target, ...Target[]];
  readonly interpreter: Interpreter | undefined;
}> {
  const [first, ...more] = request.targets.map(describeFor);
  if (first !== undefined) return { targets: [first, ...more], interpreter: undefined };
  if (!isExplicitTarget(request)) {
    const interpreter = await findInterpreter(context);
    return { targets: [interpreter.target], interpreter };
  }
  // What is not described is the interpreter's, as in pip; where all is, none is needed.
  const complete = request.pythonVersion !== undefined && request.platforms.length > 0;
  const interpreter = complete ? undefined : await findInterpreter(context);
  return { targets: [describeTarget(request, interpreter?.target)], interpreter };
}
