import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../../src/store/oci/challenge.js';

describe('WWW-Authenticate', () => {
  it.each([
    ['', []],
    ['Basic', [['basic', {}]]],
    ['Basic realm="a, b"', [['basic', { realm: 'a, b' }]]],
    [
      'Bearer realm="https://t.test/token",service="r",scope="repository:a/b:pull,push"',
      [['bearer', { realm: 'https://t.test/token', service: 'r', scope: 'repository:a/b:pull,push' }]],
    ],
    ['Bearer realm = "a\\"b" , x=y', [['bearer', { realm: 'a"b', x: 'y' }]]],
    [
      'Negotiate, Basic realm="x", bearer Realm="y"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    ],
    ['Bearer realm="a",realm="b"', [['bearer', { realm: 'a' }]]],
    ['realm="a"', []],
    ['Bearer realm="unended', [['bearer', {}]]],
    ['Bearer __proto__="a"', [['bearer', JSON.parse('{"__proto__":"a"}')]]],
  ])('%s', (header, expected) => {
    const read = parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }]);
    expect(read).toEqual(expected);
  });

  it('gives what was written', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const parameters = fc.dictionary(name, fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, parameters)), (challenges) => {
        const header = challenges
          .map(([scheme, all]) =>
            `${scheme} ${Object.entries(all)
              .map(([key, value]) => `${key}="${value.replace(/["\\]/g, '\\$&')}"`)
              .join(', ')}`.trim(),
          )
          .join(', ');
        const read = parseChallenges(header).map(({ scheme, parameters: all }) => [scheme, { ...all }]);
        expect(read).toEqual(challenges.map(([scheme, all]) => [scheme, { ...all }]));
      }),
    );
  });

  it('of any kind is read, and in no time', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void parseChallenges(text)));
    parseChallenges(`Bearer ${'a="'.repeat(20_000)}`);
    parseChallenges(`Bearer ${' '.repeat(60_000)}`);
    parseChallenges(`${'a '.repeat(30_000)}`);
  });
});
