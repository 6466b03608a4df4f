import { expect, test } from 'vitest';
import { describeFor } from '../../../src/target/describe.js';

test.each([
  ['3.11:linux_x86', 'linux_x86_64'],
  ['3.11:manylinux_2_28_x86_46', 'manylinux_2_28_x86_64'],
  ['3.11:macosx_11_0_arm46', 'macosx_11_0_arm64'],
  ['3.11:win64', 'win32'],
])('%s is a typo, and %s is meant', (text, nearest) => {
  expect(() => describeFor(text)).toThrow(
    expect.objectContaining({
      code: 'TARGET_INVALID',
      hint: expect.stringContaining(`Did you mean ${nearest}?`),
    }),
  );
});

test('machines that there are stay known', () => {
  for (const platform of [
    'linux_x86_64',
    'manylinux_2_17_s390x',
    'musllinux_1_2_aarch64',
    'win_arm64',
    'any',
  ])
    expect(describeFor(`3.11:${platform}`).label).toBe(`3.11:${platform}`);
});
