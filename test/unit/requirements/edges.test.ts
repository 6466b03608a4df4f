import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/hash/digest.js';
import { hashLines, peepHashLine, pipHashOption } from '../../../src/requirements/hash-lines.js';
import { requirementsFiles } from '../../../src/requirements/read/read-file.js';
import { readRequirements } from '../../../src/requirements/read/read-requirements.js';
import { ceilings } from '../../../src/requirements/read/requests.js';
import { shellWords } from '../../../src/requirements/read/shell-words.js';
import { hex, peep, pinOf, read } from './memory-files.js';

const sha256: Digest = { algorithm: 'sha256', hex: hex('a') };
const sha512: Digest = { algorithm: 'sha512', hex: hex('b', 128) };

describe('lines ready to paste', () => {
  it('follow the habit of their file', async () => {
    const habitual = `nib==1.0 --hash=sha256:${hex('c')}\n`;
    const [inPip] = (await read(`quill==1.0 --config-settings a=b\n${habitual}`)).entries;
    expect(hashLines(pinOf(inPip), [sha256, sha512])).toBe(
      `quill==1.0 --config-settings=a=b \\\n    --hash=sha256:${hex('a')} \\\n    --hash=sha512:${hex('b', 128)}`,
    );
    const [inPeep] = (await read(`quill==1.0\n# sha256: ${peep('c')}\nnib==1.0\n`)).entries;
    expect(hashLines(pinOf(inPeep), [sha256])).toBe(`# sha256: ${peep('a')}\nquill==1.0`);
    const [inNone] = (await read('quill==1.0\n')).entries;
    expect(hashLines(pinOf(inNone), [sha256])).toBe(`quill==1.0 \\\n    --hash=sha256:${hex('a')}`);
    expect(hashLines(pinOf(inPeep), [sha512])).toBe(`quill==1.0 \\\n    --hash=sha512:${hex('b', 128)}`);
  });

  it('are one line alone for an archive', () => {
    expect(peepHashLine(sha256)).toBe(`# sha256: ${peep('a')}`);
    expect(pipHashOption(sha256)).toBe(`--hash=sha256:${hex('a')}`);
  });
});

describe('files on disk', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'peep-test-'));
    await writeFile(join(directory, 'req.txt'), '-f wheels\n-r b.txt\n');
    await writeFile(join(directory, 'b.txt'), 'quill==1.0\n');
    await writeFile(join(directory, 'wheels'), '');
    await writeFile(join(directory, 'large.txt'), Buffer.alloc(ceilings.fileBytes + 10, '#'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const readFrom = (entry: string) =>
    readRequirements(requirementsFiles(), { entries: [entry], env: {}, cwd: directory });

  it('are read, with what they include', async () => {
    const { entries, options } = await readFrom('req.txt');
    expect(pinOf(entries[0]).place).toEqual({ file: 'b.txt', line: 1 });
    expect(options.findLinks).toEqual([join(directory, 'wheels')]);
  });

  it.each([
    ['nope.txt', 'REQUIREMENTS_UNREADABLE', 'there is no such file'],
    ['.', 'REQUIREMENTS_UNREADABLE', 'it is a directory'],
    ['large.txt', 'REQUIREMENTS_TOO_LARGE', 'bytes'],
    ['https://u:p@req.example/r.txt', 'REQUIREMENTS_UNREADABLE', 'https://****@req.example/r.txt'],
  ])('%s: %s', async (entry, code, words) => {
    await expect(readFrom(entry)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('are no standard input, as in pip, and the hint says what is', async () => {
    await expect(readFrom('-')).rejects.toMatchObject({
      code: 'REQUIREMENTS_UNREADABLE',
      message: "cannot open the requirements file '-': there is no such file",
      hint: expect.stringContaining('/dev/stdin'),
    });
  });
});

it('long lines of any kind are read or refused', async () => {
  const long = (text: string) => text.repeat(1_000_000 / text.length);
  const lines = [
    `-i "${long('a')}`,
    `q${long(' ')}x`,
    `q==${long('1.')}`,
    `--no-binary ${long(':all:,:none:,')}`,
  ];
  lines.push(
    `https://${long('a@')}`,
    `q==1 ${long('--hash ')}`,
    `#${long('\u2028a/')} b`,
    `# sha256: ${long('#a')}`,
  );
  lines.push('${V}'.repeat(200_000), 'x'.repeat(2_000_000));
  for (const line of lines) {
    const { entries } = await read(`${line}\n--pre\nnib==1.0\n`, { env: { V: '1' } });
    expect(pinOf(entries.at(-1)).requirement).toBe('nib==1.0');
    for (const entry of entries) {
      if (entry.kind === 'pin') continue;
      expect(entry.line.requirement.length + entry.line.error.message.length).toBeLessThan(10_000);
    }
  }
}, 120_000);

it.each([
  ['a  b\tc', ['a', 'b', 'c']],
  [`-f "my wheels" 'x"y' a\\ b`, ['-f', 'my wheels', 'x"y', 'a b']],
  ['--ha"sh"=x ""', ['--hash=x', '']],
  [`"a\\"b\\\\c\\d" '\\'`, ['a"b\\c\\d', '\\']],
  ['"open', undefined],
  ['a\\', undefined],
])('words of %j', (text, words) => {
  expect(shellWords(text)).toEqual(words);
});
