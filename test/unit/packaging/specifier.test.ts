import { expect, it } from 'vitest';
import { specifierContains } from '../../../src/packaging/specifier.js';

/** As packaging 26.3 answers; older ones exclude every post-release of the same release. */
it.each([
  ['>1.0', '1.0.post1', false],
  ['>1.0', '1.0+local', false],
  ['>1.0rc1', '1.0rc1.post1', false],
  ['>1.0rc1', '1.0rc01.post1+local', false],
  ['>1.0rc1', '1.0rc2.post1', true],
  ['>1.0b1', '1.0rc1.post1', true],
  ['>1.0rc1', '1.0.post1', true],
  ['>1.0.0rc.dev', '1.0.0rc3.post1+a.b.c', true],
  ['>1.0.dev1', '1.0.post1', true],
  ['>1.0.post1', '1.0.post1+local', false],
  ['>1.0.post1', '1.0.post2.dev0', true],
])('%s %s: %s', (specifier, version, expected) => {
  expect(specifierContains(specifier, version)).toBe(expected);
});
