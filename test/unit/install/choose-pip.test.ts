import { describe, expect, test } from 'vitest';
import { choosePip } from '../../../src/install/choose-pip.js';
import { checkPip, parsePipVersion, pipAtLeast } from '../../../src/install/pip-version.js';
import type { Interpreter, PipState } from '../../../src/target/target.js';

function interpreter(
  executable: string,
  pip: PipState,
  python: readonly [number, number, number] = [3, 11, 2],
): Interpreter {
  return {
    executable,
    target: { label: 'test', tags: [], environment: {} as never, pythonVersion: python },
    pip,
    sitePaths: [],
    prefix: '/p',
    basePrefix: '/b',
    baseExecutable: undefined,
    isVirtualEnvironment: true,
    stdlib: undefined,
    layout: undefined,
  };
}

const present = (version: string): PipState => ({
  kind: 'present',
  version,
  location: `/lib/pip-${version}`,
});
const absent: PipState = { kind: 'absent' };

/** Candidates; `probed` counts how many of them were looked at. */
function others(...list: Interpreter[]) {
  const state = { probed: 0 };
  return {
    state,
    async *candidates() {
      for (const one of list) {
        state.probed += 1;
        yield one;
      }
    },
    oldestPython: async (location: string) =>
      location.includes('26') ? ([3, 10] as const) : ([3, 7] as const),
  };
}

describe('the pip that is handed over to', () => {
  test('is the target’s own, and no other is looked at', async () => {
    const other = others(interpreter('/o', present('26.2')));
    expect(await choosePip(interpreter('/t', present('19.2.3'), [2, 7, 18]), other)).toEqual({
      python: '/t',
      version: [19, 2, 3],
      foreignTarget: undefined,
    });
    expect(other.state.probed).toBe(0);
  });

  test('is another environment’s where the target has none', async () => {
    const other = others(
      interpreter('/t', absent),
      interpreter('/none', absent),
      interpreter('/old', present('22.2')),
      interpreter('/good', present('22.3')),
      interpreter('/late', present('24.0')),
    );
    expect(await choosePip(interpreter('/t', absent), other)).toEqual({
      python: '/good',
      version: [22, 3, 0],
      foreignTarget: '/t',
    });
    expect(other.state.probed).toBe(4);
  });

  test('runs on the target’s Python', async () => {
    const other = others(interpreter('/new', present('26.2')), interpreter('/good', present('23.0')));
    expect(await choosePip(interpreter('/t', absent, [3, 9, 1]), other)).toMatchObject({ python: '/good' });
    const tooNew = others(interpreter('/new', present('26.2')));
    await expect(choosePip(interpreter('/t', absent, [2, 7, 18]), tooNew)).rejects.toMatchObject({
      code: 'PIP_ABSENT',
    });
  });

  test.each([
    [absent, 'PIP_ABSENT', "'/t' has no pip"],
    [{ kind: 'broken', reason: 'ImportError: x' }, 'PIP_BROKEN', 'does not start: ImportError: x'],
    [present('18.1'), 'PIP_TOO_OLD', "'/t' has pip 18.1; peep needs pip 19.0 or newer"],
  ] as const)('is missed before anything is fetched: %j', async (pip, code, message) => {
    await expect(choosePip(interpreter('/t', pip), others())).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringContaining("'/t' -m"),
    });
  });
});

describe('versions of pip', () => {
  test.each([
    ['23.0.1', [23, 0, 1]],
    ['26.3.dev0', [26, 3, 0]],
    ['22.1b1', [22, 1, 0]],
    ['19', [19, 0, 0]],
    ['nonsense', [0, 0, 0]],
  ])('are read: %s', (text, version) => {
    expect(parsePipVersion(text)).toEqual(version);
  });

  test.each([
    ['23.0', '23.0.1', false],
    ['23.0.1', '23.0.1', true],
    ['23.1', '23.0.1', true],
    ['9.0.3', '19.0', false],
    ['100.0', '25.3', true],
  ])('are compared: %s with %s', (version, floor, expected) => {
    expect(pipAtLeast(parsePipVersion(version), floor)).toBe(expected);
  });

  test('too old for a hand-over are refused', () => {
    expect(checkPip(present('19.0'), '/t')).toEqual([19, 0, 0]);
    expect(() => checkPip(present('18.1'), '/t')).toThrow('pip 18.1');
  });
});
