import { compare } from '@renovatebot/pep440';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareVersions } from '../../src/packaging/version.js';

const number = fc.nat({ max: 30 });
const part = (letter: string) =>
  fc.option(
    number.map((n) => `${letter}${n}`),
    { nil: '' },
  );
const version = fc
  .tuple(
    fc.option(
      number.map((n) => `${n}!`),
      { nil: '' },
    ),
    fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.')),
    fc.oneof(part('a'), part('b'), part('rc')),
    part('.post'),
    part('.dev'),
  )
  .map((parts) => parts.join(''));

it('orders public versions as @renovatebot/pep440 does', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(compare(a, b)));
    }),
    { numRuns: 2_000 },
  );
});
