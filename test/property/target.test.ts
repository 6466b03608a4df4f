import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFor, describeTarget } from '../../src/target/describe.js';
import { readElf } from '../../src/target/elf.js';
import { parseMuslVersion } from '../../src/target/linux-binary.js';
import { pipSupportedTags } from '../../src/target/pip-tags.js';
import { platformTags } from '../../src/target/platforms.js';
import { readAnswer } from '../../src/target/probe-answer.js';
import { probeMarker } from '../../src/target/probe-script.js';
import { platformOf, tagsOf } from '../../src/target/probe-tags.js';
import { isPeepError } from '../../src/text/errors.js';
import { elfBytes } from '../unit/target/elf-builder.js';

/** A value, or one of peep's own errors with a way out. */
function orPeepError<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!isPeepError(error)) throw error;
    expect(error.hint).toBeTruthy();
    return undefined;
  }
}

const word = fc.oneof(
  fc.string(),
  fc.stringMatching(/^(cp|pp|py)?[0-9]{1,4}(\.[0-9]{1,4}){0,3}t?$/),
  fc.constantFrom(
    'manylinux',
    'manylinux2014_x86_64',
    'macosx_11_0_arm64',
    'win_amd64',
    'any',
    'win32',
    'linux_',
    'none',
  ),
  fc.stringMatching(/^(manylinux|musllinux|macosx|ios|android|linux|win)(_[0-9]{1,9}){0,3}_[a-z0-9_]{0,8}$/),
);

describe('descriptions of targets', () => {
  it('--for gives a target or one of our errors', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(word, word).map((parts) => parts.join(':')),
        ),
        (text) => {
          const target = orPeepError(() => describeFor(text));
          if (target === undefined) return;
          expect(new Set(target.tags).size).toBe(target.tags.length);
          expect(target.tags.every((tag) => /^[a-z0-9_]+-[a-z0-9_]+-[a-z0-9_]+$/.test(tag))).toBe(true);
          expect(target.tags.length).toBeLessThan(200_000);
        },
      ),
    );
  });

  it("pip's options give a target or one of our errors", () => {
    const options = fc.record({
      pythonVersion: fc.option(word, { nil: undefined }),
      implementation: fc.option(word, { nil: undefined }),
      abis: fc.array(word, { maxLength: 2 }),
      platforms: fc.array(word, { maxLength: 3 }),
    });
    fc.assert(fc.property(options, (given) => void orPeepError(() => describeTarget(given, undefined))));
  });

  it('every prefix of the platforms of an older machine stays that of a newer one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 60 }), fc.integer({ min: 0, max: 20 }), (minor, more) => {
        const older = platformTags({ kind: 'manylinux', arch: 'aarch64', glibc: [2, minor] });
        const newer = platformTags({ kind: 'manylinux', arch: 'aarch64', glibc: [2, minor + more] });
        expect(newer.slice(-older.length + 1)).toEqual(older.slice(1));
      }),
    );
  });

  it('every platform that pip takes along is named once', () => {
    fc.assert(
      fc.property(
        fc.array(
          word.filter((text) => /^\w+$/.test(text) && !/\d{4}/.test(text)),
          { maxLength: 3 },
        ),
        (platforms) => {
          const tags = pipSupportedTags({ version: '311', platforms, implementation: 'cp', abis: ['cp311'] });
          const first = tags.filter((tag) => tag.startsWith('cp311-cp311-'));
          expect(new Set(first).size).toBe(new Set(first.map((tag) => tag.toLowerCase())).size);
        },
      ),
    );
  });
});

describe('what a Python answers', () => {
  const facts = fc.record(
    {
      executable: fc.anything(),
      version: fc.oneof(fc.anything(), fc.array(fc.nat(), { minLength: 3, maxLength: 3 })),
      kind: fc.oneof(fc.constantFrom('cpython', 'pypy'), fc.anything()),
      bits: fc.anything(),
      sys_path: fc.oneof(fc.array(fc.anything()), fc.anything()),
      prefix: fc.oneof(fc.string(), fc.anything()),
      full_version: fc.oneof(fc.string(), fc.anything()),
      system: fc.oneof(fc.constantFrom('Linux', 'Darwin', 'Windows', 'Android', 'iOS'), fc.anything()),
      machine: fc.anything(),
      glibc: fc.oneof(fc.constant('glibc 2.36'), fc.anything()),
      declined: fc.anything(),
      mobile: fc.anything(),
      mac_version: fc.oneof(fc.constant('10.15.7'), fc.anything()),
      sysplat: fc.anything(),
      abiflags: fc.anything(),
      ext_suffix: fc.oneof(fc.string(), fc.anything()),
      pip: fc.anything(),
    },
    { requiredKeys: [] },
  );

  it('is read or refused, and never trusted', () => {
    fc.assert(
      fc.property(facts, fc.string(), (each, noise) => {
        let json: string;
        try {
          json = JSON.stringify(each);
        } catch {
          return;
        }
        const answer = readAnswer(`${noise}${probeMarker}${json}${probeMarker}${noise}`);
        // A minor version of hundreds means hundreds of thousands of tags: sound, but slow here.
        if (answer === undefined || answer.version[1] > 99) return;
        tagsOf(answer, platformOf(answer, undefined));
      }),
    );
  });

  it('is refused as free text', () => {
    fc.assert(fc.property(fc.string(), (text) => readAnswer(text) === undefined));
    fc.assert(fc.property(fc.string(), (text) => void parseMuslVersion(text)));
  });
});

describe('program files', () => {
  const reader = (bytes: Buffer) => async (position: number, length: number) =>
    bytes.subarray(position, position + length);

  it('any bytes are read or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (tail, valid) => {
        const head = valid ? [0x7f, 0x45, 0x4c, 0x46] : [];
        await readElf(reader(Buffer.from([...head, ...tail])));
      }),
    );
  });

  it('any damage to a header is survived', async () => {
    const header = fc.record({
      bits: fc.constantFrom<32 | 64>(32, 64),
      machine: fc.integer({ min: 0, max: 0xffff }),
      flags: fc.integer({ min: 0, max: 0xffffffff }),
      bigEndian: fc.boolean(),
      interpreter: fc.stringMatching(/^\/[a-z/.-]{1,40}$/),
    });
    await fc.assert(
      fc.asyncProperty(
        header,
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
        async (given, damage) => {
          const bytes = elfBytes(given);
          expect(await readElf(reader(bytes))).toMatchObject({
            bits: given.bits,
            machine: given.machine,
            flags: given.flags,
            interpreter: given.interpreter,
          });
          for (const [at, value] of damage) if (at < bytes.length) bytes[at] = value;
          await readElf(reader(bytes));
        },
      ),
    );
  });
});
