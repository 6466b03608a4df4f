import type { PipState } from '../target/target.js';
import { PeepError } from '../text/errors.js';

/** Release numbers of a pip: major, minor, micro. */
export type PipVersion = readonly [major: number, minor: number, micro: number];

/** The oldest supported pip (contract section 6). */
export const oldestPip = '19.0';

/** Parses `23.0.1`, `26.3.dev0` or `22.1b1` to three numbers; missing parts are 0. */
export function parsePipVersion(text: string): PipVersion {
  const [major = 0, minor = 0, micro = 0] = (/^\d+(?:\.\d+){0,2}/.exec(text)?.[0] ?? '')
    .split('.')
    .map(Number);
  return [major, minor, micro];
}

/** True if `version` is at least `floor`. A pre-release counts as its final release. */
export function pipAtLeast(version: PipVersion, floor: string): boolean {
  const other = parsePipVersion(floor);
  for (const i of [0, 1, 2] as const) {
    if (version[i] !== other[i]) return version[i] > other[i];
  }
  return true;
}

/**
 * Checks, before anything is fetched, that pip is new enough, and returns its version. Throws `PIP_ABSENT`,
 * `PIP_BROKEN` or `PIP_TOO_OLD`, each with a hint.
 */
export function checkPip(pip: PipState, python: string): PipVersion {
  switch (pip.kind) {
    case 'present': {
      const version = parsePipVersion(pip.version);
      if (pipAtLeast(version, oldestPip)) return version;
      throw new PeepError(
        'PIP_TOO_OLD',
        `'${python}' has pip ${pip.version}; peep needs pip ${oldestPip} or newer`,
        {
          hint: `Run \`'${python}' -m pip install --upgrade pip\`.`,
          facts: { python, pip: pip.version },
        },
      );
    }
    case 'absent':
      throw new PeepError('PIP_ABSENT', `'${python}' has no pip to install with`, {
        hint: `Run \`'${python}' -m ensurepip\`, or put a python3 with pip 22.3 or newer on PATH; peep then uses that pip for this environment.`,
        facts: { python },
      });
    case 'broken':
      throw new PeepError('PIP_BROKEN', `the pip of '${python}' does not start: ${pip.reason}`, {
        hint: `Run \`'${python}' -m ensurepip --upgrade\` or \`get-pip.py\` to install a working pip.`,
        facts: { python },
      });
  }
}
