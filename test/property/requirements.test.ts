import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequirementsFiles } from '../../src/api/parse-requirements-files.js';
import { toPeepDigest } from '../../src/hash/digest.js';
import { editRequirements } from '../../src/requirements/edit/edit.js';
import { noOptions } from '../../src/requirements/read/file-options.js';
import { readIncludes } from '../../src/requirements/read/includes.js';
import { commentStart, isComment, logicalLines, physicalLines } from '../../src/requirements/read/lines.js';
import { driveWalk, readRequirements } from '../../src/requirements/read/read-requirements.js';
import { isPeepError } from '../../src/text/errors.js';

const cwd = resolve('/work-directory');
const env = { V: '1' };

/** Pieces that mean something in requirements files, and anything else. */
const meaningful = [
  ...[
    'quill',
    '==',
    '1.0',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\\\n',
    '#',
    '# sha256: ',
    '--hash=sha256:',
    '--hash',
  ],
  ...[
    'a'.repeat(64),
    '-r req.txt',
    '-c c.txt',
    '-e ',
    '-i ',
    '-f ',
    '-',
    '--',
    ';',
    'os_name',
    '"',
    "'",
    '\\',
  ],
  ...[
    '$',
    '{V}',
    '[x]',
    '@',
    'https://u:p@h.example/q-1.whl',
    '#egg=',
    '&sha256=',
    'git+',
    './q-1.0.zip',
    '\u2028',
  ],
  ...[
    '\ufeff',
    '\u0000',
    '\f',
    '>=',
    ',',
    '(',
    ')',
    '===',
    '*',
    ':all:',
    '--no-binary ',
    'file:',
    '# coding: big5\n',
  ],
];
const texts = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...meaningful) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

function files(content: Uint8Array) {
  return {
    readFile: async (location: string) =>
      location === resolve(cwd, 'c.txt') ? Buffer.from('quill==1.0\n') : content,
    exists: async () => false,
  };
}

async function readAny(content: Uint8Array, name: string): Promise<void> {
  try {
    const { entries } = await readRequirements(files(content), { entries: [name], env, cwd });
    for (const entry of entries) {
      // P3: no pin counts as hashed without a digest.
      if (entry.kind === 'pin' && entry.pin.hashed) expect(entry.pin.digests.length).toBeGreaterThan(0);
      expect((entry.kind === 'pin' ? entry.pin : entry.line).place.line).toBeGreaterThan(0);
    }
  } catch (error) {
    if (!isPeepError(error)) throw error;
  }
}

it('any text is read, or refused with one of our own errors', async () => {
  await fc.assert(
    fc.asyncProperty(texts, (text) => readAny(Buffer.from(text), 'req.txt')),
    { numRuns: 1500 },
  );
});

it('any bytes are read, or refused with one of our own errors', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => readAny(bytes, 'req.txt')));
});

it('any lock file is read, or refused with one of our own errors', async () => {
  const keys = fc.constantFrom(
    ...[
      'packages',
      'name',
      'version',
      'wheels',
      'sdist',
      'archive',
      'vcs',
      'hashes',
      'sha256',
      'url',
      'path',
    ],
    ...['size', 'marker', 'requires-python', 'environments', 'default-groups', '__proto__'],
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(
        ...[
          '"1.0"',
          '"quill"',
          '"quill-1.0.zip"',
          '"https://h.example/quill-1.0.zip"',
          `"${'a'.repeat(64)}"`,
        ],
        ...[
          '1',
          '-1',
          '0.5',
          'true',
          '1979-05-27',
          '""',
          '"\\u0000"',
          '">=3"',
          '"os_name == \'nt\'"',
          '"%zz"',
        ],
      ),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      table(keys, tie('value')).map((pairs) => `{ ${pairs.map((pair) => pair.join(' = ')).join(', ')} }`),
    ),
  }));
  const documents = table(keys, value).map((pairs) =>
    ['lock-version = "1.0"', ...pairs.map((pair) => pair.join(' = '))].join('\n'),
  );
  await fc.assert(
    fc.asyncProperty(documents, (text) => readAny(Buffer.from(text), 'pylock.toml')),
    { numRuns: 1000 },
  );
});

function table(keys: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<[string, string][]> {
  return fc.uniqueArray(fc.tuple(keys, value), { selector: ([key]) => key, maxLength: 5 });
}

describe('every physical line that is no comment', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'quill==1.0',
      'vellum==2',
      '--hash=sha256:' + 'a'.repeat(64),
      '--hash',
      '-e .',
      '-i https://h/',
      'x y',
    ),
    fc.constantFrom(
      '# note',
      ' # mac',
      '#x',
      '\\',
      ' \\',
      '\t\\',
      ' ',
      ';',
      ';os_name=="x"',
      '# sha256: y',
      '"',
    ),
  );
  const text = fc
    .array(
      fc.tuple(fc.array(piece, { maxLength: 4 }), fc.constantFrom('\n', '\n', '\\\n', '\\\r\n', ' \\ \n')),
    )
    .map((lines) => lines.map(([pieces, end]) => pieces.join('') + end).join(''));

  it('is used, refused or named in a warning', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const physical = physicalLines(content);
        const logical = logicalLines(physical, 'req.txt');
        const { entries, warnings, read } = await readLines(content);
        for (const { number, text: line } of physical) {
          // As in pip, backslashes go from both ends of a line that ends in one, and may leave a comment.
          const bare = line.endsWith('\\') ? line.replace(/^\\+/, '') : line;
          const said = bare.slice(0, commentStart(bare)).replace(/[\\ \t]+/g, '');
          if (said === '') continue;
          const owner = logical.find((each) => each.number <= number && number <= each.last);
          // The line is part of a logical one, and all of its words stand there.
          expect(owner?.text.replace(/[\\ \t]+/g, ''), JSON.stringify(line)).toContain(said);
          const place = owner?.number;
          const told = [...entries, ...warnings].includes(place ?? 0) || read.includes(place ?? 0);
          expect(told, JSON.stringify([content, number])).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });
});

/** The lines that entries, warnings and options stand for. */
async function readLines(content: string) {
  const files = { readFile: async () => Buffer.from(content), exists: async () => false };
  const { written, warnings } = await readRequirements(files, { entries: ['req.txt'], env: {}, cwd });
  const { lines } = await driveWalk(
    readIncludes([{ file: 'req.txt', constraint: false }], { cwd, env: {}, start: noOptions }),
    files,
  );
  return {
    entries: written.map((entry) => (entry.kind === 'pin' ? entry.pin.place.line : entry.line.place.line)),
    warnings: warnings.map(({ place }) => place.line),
    read: lines.flatMap(({ kind, place }) => (kind === 'options' || kind === 'include' ? [place.line] : [])),
  };
}

it('files in memory are read, or refused with one of our own errors', () => {
  fc.assert(
    fc.property(texts, texts, (text, other) => {
      try {
        parseRequirementsFiles({ 'req.txt': text, 'c.txt': other }, 'req.txt', { env });
      } catch (error) {
        if (!isPeepError(error)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});

it('an edit changes the hashes of one requirement and no other byte, or is refused', async () => {
  const hexes = fc.stringMatching(/^[0-9a-f]{64}$/);
  const comment = fc
    .tuple(hexes, fc.constantFrom('', '  # remark'))
    .map(([hex, remark]) => `# sha256: ${toPeepDigest({ algorithm: 'sha256', hex })}${remark}`);
  const other = fc.constantFrom(
    ...[
      '',
      '# a note',
      '  # \u00e9',
      '--pre',
      `inkpot==2.0 \\\n   --hash=sha256:${'b'.repeat(64)}`,
      '    # via nib',
    ],
  );
  const lines = fc.array(fc.oneof(other, comment), { maxLength: 5 });
  const own = fc
    .tuple(
      fc.uniqueArray(hexes, { maxLength: 3 }),
      fc.constantFrom(' \\\n    ', ' '),
      fc.constantFrom('', ' # why', ' \\\n  # via'),
    )
    .map(([all, glue, end]) => ['quill==1.0', ...all.map((hex) => `--hash=sha256:${hex}`)].join(glue) + end);
  const style = fc.constantFrom('peep' as const, 'pip' as const);
  const shape = fc.record({
    above: lines,
    own,
    below: lines,
    source: fc.uniqueArray(hexes, { maxLength: 3 }),
    style,
    restyle: fc.boolean(),
    ending: fc.constantFrom('\n', '\r\n'),
    ended: fc.boolean(),
  });
  let edited = 0;
  await fc.assert(
    fc.asyncProperty(shape, async ({ ending, ended, source, restyle, ...rest }) => {
      const text = [...rest.above, rest.own, ...rest.below].join('\n') + (ended ? '\n' : '');
      const bytes = Buffer.from(text.replaceAll('\n', ending));
      const before = await quill(bytes);
      let changed: Uint8Array;
      try {
        changed = editRequirements(bytes, 'req.txt', [
          {
            line: before.line,
            style: rest.style,
            restyle,
            digests: source.map((hex) => ({ algorithm: 'sha256', hex })),
          },
        ]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'EDIT_FAILED' });
        return;
      }
      edited++;
      const after = await quill(changed);
      expect(after.digests.toSorted()).toEqual(source.toSorted());
      expect(withoutHashes(changed)).toBe(withoutHashes(bytes));
      const tail = ['', ...rest.below].join('\n') + (ended ? '\n' : '');
      expect(Buffer.from(changed).toString().endsWith(tail.replaceAll('\n', ending))).toBe(true);
    }),
    { numRuns: 1500 },
  );
  expect(edited).toBeGreaterThan(1000);
});

async function quill(bytes: Uint8Array): Promise<{ line: number; digests: string[] }> {
  const { written } = await readRequirements(files(bytes), { entries: ['req.txt'], env: {}, cwd });
  for (const entry of written) {
    if (entry.kind !== 'pin' || entry.pin.requirement !== 'quill==1.0') continue;
    const { pin } = entry;
    return { line: pin.place.line, digests: pin.hashed ? pin.digests.map(({ hex }) => hex) : [] };
  }
  throw new Error('the requirement is gone');
}

/** The text less hashes, what joins lines, and the width of white space. */
function withoutHashes(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString()
    .replace(/^[ \t]*# sha256: \S+.*\r?\n?/gm, '')
    .replace(/[ \t]*\\\r?\n[ \t]*/g, ' ')
    .replace(/[ \t]*--hash=sha256:[0-9a-f]{64}/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/ (?=\r?\n)/g, '')
    .trimEnd();
}

describe('every physical line that is no comment', () => {
  const piece = fc.constantFrom(
    ...[
      'quill==1.0',
      '--hash=sha256:00',
      '-r a.txt',
      '# note',
      ' # note',
      '#x',
      '\\',
      ' ',
      '\t',
      'a#b',
      '\\#',
      ';',
    ],
  );
  const line = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
  const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'));

  it('is read', () => {
    fc.assert(
      fc.property(text, (content) => {
        const physical = physicalLines(content);
        const logical = logicalLines(physical, 'req.txt');
        for (const { number, text: written } of physical) {
          const said = written
            .slice(0, commentStart(written))
            .replace(/^\\+|\\+$/g, '')
            .trim();
          // pip strips the backslashes of a line that ends in one: what is left may be a comment.
          const isRemark = isComment(written) || (written.endsWith('\\') && isComment(said));
          if (isRemark || said === '') continue;
          const reader = logical.find((each) => each.number <= number && number <= each.last);
          // A line of nothing but backslashes and blanks says nothing.
          const [word = ''] = said.split(/[ \t\\]/);
          if (word !== '') expect(reader?.text.replace(/\\/g, '') ?? 'no line').toContain(word);
        }
      }),
    );
  });
});
