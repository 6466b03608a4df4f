import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineVersion } from '../../../src/packaging/line-version.js';

describe('lineVersion', () => {
  it.each(['1.0', '1!2.0rc1.post3.dev4+ubuntu.1', '2004d', '1.0-1'])('takes %s', (text) => {
    expect(lineVersion(text)).toBe(text);
  });

  it.each(['', ' 1.0', '1.0\n', '1.0\r', '1.0\u2028x', '1.0 --pre', '--pre', '1.0;x', '1.0#', "1'0", '1.*'])(
    'refuses %j',
    (text) => {
      expect(lineVersion(text)).toBeUndefined();
    },
  );

  it('takes nothing that is more than one word of one line', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const word = lineVersion(text);
        if (word !== undefined) expect(/^[\x21-\x7e]+$/.test(word)).toBe(true);
      }),
    );
  });
});
