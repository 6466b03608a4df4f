import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { regularTextSync } from '../files/regular-file.js';
import { pythonsOnPath } from '../target/locate.js';
import { probeInterpreter } from '../target/probe.js';
import type { Interpreter } from '../target/target.js';
import { isPeepError } from '../text/errors.js';
import type { OtherPips } from './choose-pip.js';

export interface OtherPipsOptions {
  readonly target: Interpreter;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly signal?: AbortSignal | undefined;
}

const maxRunner = 64 << 10;

/** Finds other pips for a target without one. */
export function otherPips({ target, env, platform, signal }: OtherPipsOptions): OtherPips {
  async function* paths(): AsyncGenerator<string> {
    if (target.baseExecutable !== undefined) yield target.baseExecutable;
    yield* pythonsOnPath(env, platform);
  }

  return {
    async *candidates() {
      // The Python of a virtual environment is a link to its base. Do not resolve links: the two would look the
      // same.
      const seen = new Set([target.executable]);
      for await (const python of paths()) {
        if (seen.has(python)) continue;
        seen.add(python);
        try {
          yield await probeInterpreter({ python, env, signal });
        } catch (error) {
          // Ignore a broken Python; the error about the target says what is missing.
          if (!isPeepError(error)) throw error;
        }
      }
    },

    async oldestPython(pipLocation) {
      // This file, with which pip runs in another environment, states the oldest Python it supports.
      const runner = join(await realpath(pipLocation).catch(() => pipLocation), '__pip-runner__.py');
      const text = regularTextSync(runner, maxRunner) ?? '';
      const [, major, minor] = /^PYTHON_REQUIRES = \((\d+), ?(\d+)\)/m.exec(text) ?? [];
      return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
    },
  };
}
