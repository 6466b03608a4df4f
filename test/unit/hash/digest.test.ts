import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  digestSet,
  isDigestAlgorithm,
  parseHexDigest,
  parsePeepDigest,
  sameDigest,
  sharedDigests,
  toPeepDigest,
} from '../../../src/hash/digest.js';
import { isPeepError } from '../../../src/text/errors.js';

describe('digests', () => {
  it('decodes base64url without padding, and hex, to the same digest', () => {
    const hex = '0b'.repeat(32);
    expect(parsePeepDigest(Buffer.from(hex, 'hex').toString('base64url'))).toEqual({
      algorithm: 'sha256',
      hex,
    });
    expect(parsePeepDigest(hex.toUpperCase())).toEqual({ algorithm: 'sha256', hex });
  });

  it.each([
    ['empty', ''],
    ['one character short', 'L9XU_-gfdi3So-WEctaQoNu6N2Z3ZQYAOu4-16qor-'],
    ['padded', 'L9XU_-gfdi3So-WEctaQoNu6N2Z3ZQYAOu4-16qor-8='],
    ['standard base64', 'L9XU/+gfdi3So+WEctaQoNu6N2Z3ZQYAOu4+16qor+8'],
    ['not canonical in its last bits', 'L9XU_-gfdi3So-WEctaQoNu6N2Z3ZQYAOu4-16qor-9'],
    ['a character outside the alphabet', 'L9XU_-gfdi3So-WEctaQoNu6N2Z3ZQYAOu4-16qor!8'],
  ])('refuses a peep digest that is %s', (_, text) => {
    expect(() => parsePeepDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_MALFORMED' }));
  });

  it.each(['', 'ab', 'g'.repeat(64), 'a'.repeat(63), 'a'.repeat(65)])('refuses the hex digest %j', (text) => {
    expect(() => parseHexDigest('sha256', text)).toThrow(
      expect.objectContaining({ code: 'DIGEST_MALFORMED' }),
    );
  });

  it('reads back what it writes, and fails with its own error alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const digest = parseHexDigest('sha256', Buffer.from(bytes).toString('hex'));
        expect(parsePeepDigest(toPeepDigest(digest))).toEqual(digest);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(toPeepDigest(parsePeepDigest(text)) === text || /^[0-9a-fA-F]{64}$/.test(text)).toBe(true);
        } catch (error) {
          expect(isPeepError(error, 'DIGEST_MALFORMED')).toBe(true);
        }
      }),
    );
  });

  it.each([
    ['sha256', 64],
    ['sha384', 96],
    ['sha512', 128],
  ] as const)('of %s have %i hex digits', (algorithm, digits) => {
    expect(parseHexDigest(algorithm, 'A'.repeat(digits))).toEqual({ algorithm, hex: 'a'.repeat(digits) });
    for (const other of [64, 96, 128].filter((each) => each !== digits))
      expect(() => parseHexDigest(algorithm, 'a'.repeat(other))).toThrow(
        expect.objectContaining({ code: 'DIGEST_MALFORMED' }),
      );
  });

  it.each(['md5', 'sha1', 'SHA256', 'constructor', 'toString', '__proto__', ''])(
    'do not come by %j',
    (name) => {
      expect(isDigestAlgorithm(name)).toBe(false);
    },
  );

  it('are the same if algorithm and digits are', () => {
    const [short, other] = [
      parseHexDigest('sha256', '0'.repeat(64)),
      parseHexDigest('sha256', '1'.repeat(64)),
    ];
    const forged = { algorithm: 'sha512', hex: short.hex } as const;
    expect(sameDigest(short, { ...short })).toBe(true);
    expect(sameDigest(short, other)).toBe(false);
    expect(sameDigest(short, forged)).toBe(false);
    expect(sharedDigests([short, other], [other])).toEqual([other]);
    expect(sharedDigests([short], [forged])).toBeUndefined();
    expect(sharedDigests([short], [other])).toBeUndefined();
  });

  it('has no set of digests without a digest (P3)', () => {
    expect(digestSet([])).toBeUndefined();
  });
});
