import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digests } from '../../../../src/hash/digest.js';
import { select } from '../../../../src/resolver/choose/select.js';
import type { SelectionRequest } from '../../../../src/resolver/choose/selection-types.js';
import type { ArchiveLink } from '../../../../src/resolver/link.js';
import { link, request, sha256 } from '../samples.js';

const wheel = 'quill-1.0-py3-none-any.whl';
const sdist = 'quill-1.0.tar.gz';

function pinned(...digits: readonly string[]): Digests {
  return digits.map((digit) => ({ algorithm: 'sha256', hex: sha256(digit) })) as unknown as Digests;
}

function advertising(filename: string, digit: string, facts: Partial<ArchiveLink> = {}): ArchiveLink {
  return link(filename, { advertised: [{ algorithm: 'sha256', hex: sha256(digit) }], ...facts });
}

function chosen(pin: string, files: readonly (string | ArchiveLink)[], more: Partial<SelectionRequest> = {}) {
  const links = files.map((file) => (typeof file === 'string' ? link(file) : file));
  return select(links, request(pin, more));
}

function names(...args: Parameters<typeof chosen>): string[] {
  return chosen(...args).candidates.map(({ link: { filename } }) => filename);
}

/** Why the one file is not chosen. */
function reason(pin: string, file: string | ArchiveLink, more: Partial<SelectionRequest> = {}): string {
  const { candidates, rejections } = chosen(pin, [file], more);
  expect(candidates).toEqual([]);
  return `${rejections[0]?.kind}: ${rejections[0]?.reason}`;
}

describe('order of preference', () => {
  it('is by digest first, whatever else speaks for a file', () => {
    const best = 'quill-1.0+cu1-cp311-cp311-manylinux_2_28_x86_64.whl';
    const files = [
      advertising(best, 'b'),
      link('quill-1.0+a-py3-none-any.whl'),
      advertising(sdist, 'a', { yanked: 'broken', order: 9 }),
    ];
    const { candidates } = chosen('quill==1.0', files, { digests: pinned('a', 'c') });
    expect(candidates.map(({ link: { filename }, group }) => [filename, group])).toEqual([
      [sdist, 'pinned'],
      ['quill-1.0+a-py3-none-any.whl', 'unknown'],
      [best, 'other'],
    ]);
  });

  it('takes md5 and algorithms that are not pinned for no digest to compare', () => {
    const sha512 = { algorithm: 'sha512', hex: 'b'.repeat(128) } as const;
    const files = [advertising(wheel, 'b'), link(sdist, { advertised: [sha512] })];
    const { candidates } = chosen('quill==1.0', files, { digests: pinned('a') });
    expect(candidates.map(({ link: { filename }, group }) => [filename, group])).toEqual([
      [sdist, 'unknown'],
      [wheel, 'other'],
    ]);
  });

  it.each<[string, readonly (string | ArchiveLink)[], Partial<SelectionRequest>?]>([
    ['not yanked', [sdist, link(wheel, { yanked: 'broken' })]],
    ['--prefer-binary', [wheel, 'quill-1.0+a.tar.gz'], { preferBinary: true }],
    [
      'version, local part included',
      ['quill-1.0+b.tar.gz', 'quill-1.0+a-py3-none-any.whl', 'quill-1.0.0.tar.gz'],
    ],
    ['local versions: numbers after words', ['quill-1.0+2.tar.gz', 'quill-1.0+b.tar.gz', 'quill-1.0.tar.gz']],
    [
      'tags',
      ['quill-1.0-cp311-cp311-manylinux_2_28_x86_64.whl', 'quill-1.0-cp37-abi3-manylinux1_x86_64.whl', wheel],
    ],
    ['the best of several tags', ['quill-1.0-py2.cp311-none.cp311-any.manylinux1_x86_64.whl', wheel]],
    [
      'build tag',
      [
        'quill-1.0-10-py3-none-any.whl',
        'quill-1.0-9b-py3-none-any.whl',
        'quill-1.0-9a-py3-none-any.whl',
        wheel,
      ],
    ],
    ['wheels before source archives', [wheel, sdist]],
    ['index', [link('quill-1.0.zip', { order: 0 }), link('quill-1.0.tar.gz', { order: 1 })]],
    ['file name', ['Quill-1.0.tar.gz', 'quill-1.0.tar.bz2', 'quill-1.0.tar.gz', 'quill-1.0.zip']],
  ])('%s', (_, files, more) => {
    const expected = files.map((file) => (typeof file === 'string' ? file : file.filename));
    expect(names('quill==1.0', files, more)).toEqual(expected);
    expect(names('quill==1.0', [...files].reverse(), more)).toEqual(expected);
  });

  it('does not depend on the order in which links come (P10)', () => {
    const files = [
      advertising(wheel, 'a'),
      advertising(wheel, 'b', { url: 'https://other.example/x.whl' }),
      link('quill-1.0+a.zip', { yanked: '' }),
      link('quill-1.0-1-py3-none-any.whl', { order: 2 }),
      link(sdist, { order: 1 }),
      link('quill-1.0.0.zip'),
    ];
    const expected = names('quill==1.0', files, { digests: pinned('a') });
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        expect(names('quill==1.0', shuffled, { digests: pinned('a') })).toEqual(expected);
      }),
    );
  });

  it('goes by the first place of a tag that a target names twice', () => {
    const tags = ['py3-none-any', 'py2-none-any', 'py3-none-any'];
    const files = ['quill-1.0-py2-none-any.whl', wheel];
    expect(names('quill==1.0', files, { target: { tags, pythonVersion: [3, 11, 0] } })[0]).toBe(wheel);
  });

  it('counts what only place and name put behind the first as tied', () => {
    const { tied } = chosen('quill==1.0', [
      'quill-1.0.zip',
      sdist,
      'quill-1.0+a.zip',
      link('quill-1.0+a.tar', { order: 3 }),
    ]);
    expect(tied.map(({ link: { filename } }) => filename)).toEqual(['quill-1.0+a.tar']);
  });
});

describe('versions', () => {
  it.each([
    ['quill==1.0', 'quill-1.tar.gz', true],
    ['quill==1.0', 'quill-1.0.0+local.tar.gz', true],
    ['quill==1.0+local', 'quill-1.0.tar.gz', false],
    ['quill==1.0+Local', 'quill-1.0+local.tar.gz', true],
    ['quill==1.0', 'quill-1.0rc1.tar.gz', false],
    ['quill==1.0rc1', 'quill-1.0c1.tar.gz', true],
    ['quill==1.0.dev0', 'quill-1.0.dev.tar.gz', true],
    ['quill==1.0.post1', 'quill-1.0-1.tar.gz', true],
    ['quill==1!1.0', 'quill-1.0.tar.gz', false],
    ['quill===1.0', 'quill-1.0.0.tar.gz', false],
    ['quill===1.0RC1', 'quill-1.0rc1.tar.gz', true],
  ])('%s and %s: %s', (pin, file, fits) => {
    expect(names(pin, [file])).toEqual(fits ? [file] : []);
  });

  it.each([
    ['quill==2004d', 'quill-2004d.tar.gz', true],
    ['quill===2004d', 'quill-2004d.tar.gz', true],
    ['quill===2004D', 'quill-2004d.tar.gz', true],
    ['quill==2004d', 'quill-2004d-py3-none-any.whl', true],
    ['quill==0.1-bulbasaur', 'quill-0.1-bulbasaur.tar.gz', true],
    ['quill==0.1-bulbasaur', 'quill-0.1_bulbasaur-py3-none-any.whl', true],
    ['quill==2004d', 'quill-2004.tar.gz', false],
    ['quill==2004d', 'quill-2004d1.tar.gz', false],
    ['quill==2004d', 'quill-2004d-cp27-none-win32.whl', false],
    ['quill==1.0', 'quill-2004d.tar.gz', false],
  ])('outside PEP 440: %s and %s: %s', (pin, file, fits) => {
    expect(names(pin, [file])).toEqual(fits ? [file] : []);
  });

  it('are told in their normal form, or as they are written', () => {
    const version = (pin: string, file: string) => chosen(pin, [file]).candidates[0]?.version;
    expect(version('quill==1.0', 'quill-v1.0.tar.gz')).toBe('1.0');
    expect(version('quill==2004d', 'quill-2004d.tar.gz')).toBe('2004d');
  });
});

describe('names', () => {
  it.each(['a.b-C_d', 'A-B-c-D', 'a__b.-c.d', 'a.b.c.d'])('of source archives may be written %s', (name) => {
    expect(names('a-b-c-d==1.0', [`${name}-1.0.tar.gz`])).toHaveLength(1);
  });

  it.each(['a_b_c_d', 'A.b_C.d'])('of wheels may be written %s', (name) => {
    expect(names('a-b-c-d==1.0', [`${name}-1.0-py3-none-any.whl`])).toHaveLength(1);
  });

  it('with digits and dashes do not run into versions', () => {
    expect(names('q-1==1.0', ['q-1-1.0.tar.gz', 'q_1-1.0.zip'])).toHaveLength(2);
    expect(names('q==1.0', ['q-1-1.0.tar.gz'])).toEqual([]);
  });
});

describe('reasons', () => {
  const target = { tags: ['cp311-cp311-linux_x86_64', 'py3-none-any'], pythonVersion: [3, 11, 2] as const };
  it.each<[string, string | ArchiveLink, Partial<SelectionRequest>?]>([
    ['name: is neither a wheel nor a source archive', 'quill-1.0.exe'],
    ['name: is neither a wheel nor a source archive', 'quill-1.0-py3-none-any.WHL'],
    ['name: is neither a wheel nor a source archive', ''],
    ['name: does not have a valid wheel file name', 'quill-1.0-py3.whl'],
    ['name: does not have a valid wheel file name', 'quill-one-py3-none-any.whl'],
    ['name: does not have a valid wheel file name', 'quill-1.0-py3--any.whl'],
    ['name: does not have the file name of a source archive of this project', 'inkpot-1.0.tar.gz'],
    ['name: has a file name that is too long', `quill-1.0-${'a'.repeat(250)}.tar.gz`],
    ["project: belongs to the project 'ink-pot'", 'Ink.Pot-1.0-py3-none-any.whl'],
    ['version: has version 1.1', 'quill-1.1-py3-none-any.whl'],
    ['version: has version 1.1', 'quill-v1.1.zip'],
    ['version: has version pen-1.0', 'quill-pen-1.0.zip'],
    ['target: is for another platform or Python', 'quill-1.0-cp310-cp310-linux_x86_64.whl'],
    ['target: is for Python 2.7', 'quill-1.0-py2.7.tar.gz'],
    ['target: is an installer for old versions of macOS', 'quill-1.0.macosx10.9.zip'],
    ['target: needs Python >=3.12', link(wheel, { requiresPython: '>=3.12' })],
    ['target: needs Python !=3.11.2', link(sdist, { requiresPython: '!=3.11.2' })],
    ['refused: must not be followed', link(wheel, { refused: 'must not be followed' })],
    ['refused: has a file name that is not one safe path component', 'quill-1.0/../x.tar.gz'],
    [
      'option: is a wheel, and --no-binary excludes wheels of this project',
      wheel,
      { formatControl: { noBinary: new Set(['quill']), onlyBinary: new Set([':all:']) } },
    ],
    [
      'option: is a source archive, and --only-binary excludes source archives of this project',
      sdist,
      { formatControl: { noBinary: new Set([':all:']), onlyBinary: new Set(['quill']) } },
    ],
    [
      'version: has version 2.0',
      'quill-2.0.zip',
      { formatControl: { noBinary: new Set(), onlyBinary: new Set([':all:']) } },
    ],
  ])('%s', (expected, file, more = {}) => {
    // The path of the unsafe name keeps its version from fitting; it is one under the text that is pinned.
    const pin = typeof file === 'string' && file.includes('/') ? 'quill===1.0/../x' : 'quill==1.0';
    expect(reason(pin, file, { target, ...more })).toBe(expected);
  });

  it.each(['', ' ', 'python 3', '>=3.x', '>=2.7.*', '>=3.12;', '\u0000'])(
    'Requires-Python %j, which is none, limits nothing',
    (requiresPython) => {
      expect(names('quill==1.0', [link(wheel, { requiresPython })])).toEqual([wheel]);
    },
  );

  it('hold nothing that could steer a terminal', () => {
    expect(reason('quill==1.0', link(wheel, { requiresPython: '===\u001b[2J' }))).toBe(
      'target: needs Python ===\\u{1b}[2J',
    );
    expect(reason('quill==1.0', '\u001b-1.0-py3-none-any.whl')).toContain('\\u{1b}');
    expect(reason('quill==1.0', 'quill-1\u202e.zip')).toContain('\\u{202e}');
  });

  it('tell what puts the others behind the first', () => {
    const best = advertising('quill-1.0+a-2-cp311-cp311-manylinux_2_28_x86_64.whl', 'a');
    const like = (filename: string, facts: Partial<ArchiveLink> = {}) => advertising(filename, 'a', facts);
    const others = [
      like('quill-1.0+a-1-cp311-cp311-manylinux_2_28_x86_64.whl'),
      like(best.filename, { order: 1 }),
      like(best.filename, { url: 'https://files.example/z' }),
      best,
      like('quill-1.0+a-3-py3-none-any.whl'),
      like('quill-1.0+a.zip'),
      like('quill-1.0.zip'),
      like('quill-1.0+b.zip', { yanked: 'it \u001bbroke' }),
      like('quill-1.0+c.zip', { yanked: '' }),
      link('quill-1.0+d.zip'),
      advertising('quill-1.0+e.zip', 'b'),
    ];
    const { candidates, passedOver } = chosen('quill==1.0', [best, ...others], { digests: pinned('a') });
    expect(candidates[0]?.link).toBe(best);
    const reasons = passedOver.map(({ kind, link: { filename }, reason: why }) => {
      expect(kind).toBe('behind');
      return `${filename} ${why}`.replaceAll(best.filename, 'BEST');
    });
    expect(reasons).toEqual([
      'BEST is listed twice',
      "BEST ranks equal to 'BEST', whose name sorts first",
      "BEST ranks equal to 'BEST', which an earlier location offers",
      "quill-1.0+a-1-cp311-cp311-manylinux_2_28_x86_64.whl is an earlier build than 'BEST'",
      "quill-1.0+a-3-py3-none-any.whl is a worse match for the target than 'BEST'",
      "quill-1.0+a.zip is a source archive, but 'BEST' is a wheel",
      "quill-1.0.zip has version 1.0, but 'BEST' has a later one",
      "quill-1.0+c.zip was yanked from its index, but 'BEST' was not",
      "quill-1.0+b.zip was yanked from its index ('it \\u{1b}broke'), but 'BEST' was not",
      "quill-1.0+d.zip has no digest to compare, but 'BEST' advertises a pinned one",
      'quill-1.0+e.zip is advertised with another digest than the pinned ones',
    ]);
    const binary = chosen('quill==1.0', [wheel, 'quill-1.0+a.zip'], { preferBinary: true });
    expect(binary.passedOver[0]?.reason).toBe(`is a source archive, but --prefer-binary prefers '${wheel}'`);
  });
});

it('judges each link once, and has a word for all', () => {
  const files = [wheel, sdist, 'quill-1.1.zip', 'README', 'inkpot-1.0-py3-none-any.whl'];
  const { candidates, passedOver, rejections } = chosen('quill==1.0', files);
  expect(candidates).toHaveLength(2);
  expect([candidates[0], ...passedOver, ...rejections]).toHaveLength(files.length);
});
