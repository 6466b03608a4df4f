import type { Interpreter } from '../target/target.js';
import { isPeepError } from '../text/errors.js';
import { checkPip, type PipVersion, parsePipVersion, pipAtLeast } from './pip-version.js';

/** The pip that installs the verified files. */
export interface ChosenPip {
  /** The interpreter that runs pip. */
  readonly python: string;
  readonly version: PipVersion;
  /** The target's interpreter, if `python` belongs to another environment. */
  readonly foreignTarget: string | undefined;
}

export interface OtherPips {
  /**
   * Interpreters that may have a pip for a target without one, best first: the base of the target's virtual
   * environment, then `python3` and `python` on PATH. Probed one at a time, on demand.
   */
  candidates(): AsyncIterable<Interpreter>;
  /** The oldest Python that a pip supports, from its own files; undefined if they do not say. */
  oldestPython(pipLocation: string): Promise<readonly [major: number, minor: number] | undefined>;
}

/**
 * The target's own pip if it is new enough, else one of another environment with `pip --python` (pip 22.3). Throws
 * `PIP_ABSENT`, `PIP_BROKEN` or `PIP_TOO_OLD` of the target if there is none.
 */
export async function choosePip(target: Interpreter, others: OtherPips): Promise<ChosenPip> {
  let failure: unknown;
  try {
    return {
      python: target.executable,
      version: checkPip(target.pip, target.executable),
      foreignTarget: undefined,
    };
  } catch (error) {
    if (!isPeepError(error)) throw error;
    failure = error;
  }
  for await (const other of others.candidates()) {
    if (other.pip.kind !== 'present' || other.executable === target.executable) continue;
    const version = parsePipVersion(other.pip.version);
    if (!pipAtLeast(version, '22.3')) continue;
    const oldest = await others.oldestPython(other.pip.location);
    if (oldest === undefined || !runsOn(target, oldest)) continue;
    return { python: other.executable, version, foreignTarget: target.executable };
  }
  throw failure;
}

function runsOn({ target }: Interpreter, [major, minor]: readonly [number, number]): boolean {
  const [targetMajor, targetMinor] = target.pythonVersion;
  return targetMajor > major || (targetMajor === major && targetMinor >= minor);
}
