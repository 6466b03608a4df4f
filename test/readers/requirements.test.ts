import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeText } from '../../src/requirements/read/decode.js';
import { logicalLines, physicalLines } from '../../src/requirements/read/lines.js';
import { isPeepError } from '../../src/text/errors.js';
import { findReaders, minutes, type Reader, firstSeed as seed, timeout } from './readers.js';

/** pip's own reader of requirements files, of every version that is there, beside ours: a line that only one sees fails. */
const batch = 400;

type Line = readonly [number: number, text: string];

const script = `
import base64, inspect, json, os, sys
from pip._internal.req import req_file
def read(path):
    wanted = req_file.get_file_content
    names = inspect.getargspec(wanted)[0] if sys.version_info[0] == 2 else list(inspect.signature(wanted).parameters)
    given = {'session': object()} if 'session' in names else {}
    content = wanted(path, **given)[1]
    try:
        lines = req_file.preprocess(content)
    except TypeError:
        lines = req_file.preprocess(content, None)
    return [[number, line] for number, line in lines]
answers = []
for text in json.load(sys.stdin):
    with open(sys.argv[1], 'wb') as out:
        out.write(base64.b64decode(text))
    try:
        answers.append(read(sys.argv[1]))
    except Exception as error:
        answers.append(None)
print(json.dumps(answers))
`;

const found = await findReaders();

test('pips were found to compare with', ({ skip }) => {
  if (found.length === 0) skip('there is no Python with a pip');
});

test.each(found.map((reader) => [reader.label, reader] as const))(
  'reads the same lines as %s',
  (_, reader) => {
    const random = mulberry32(seed);
    const directory = mkdtempSync(join(tmpdir(), 'peep readers '));
    const end = performance.now() + (minutes * 60_000) / found.length;
    try {
      let compared = 0;
      do {
        const files = Array.from({ length: batch }, () => requirementsFile(random));
        const answers = askPip(reader, files, join(directory, 'req.txt'));
        files.forEach((bytes, i) => {
          const theirs = answers[i] ?? undefined;
          const ours = theirs && linesOf(bytes);
          if (theirs === undefined || ours === undefined) return;
          compared++;
          expect(ours, `seed ${seed}, file ${bytes.toString('base64')}`).toEqual(theirs);
        });
      } while (performance.now() < end);
      // Most of what is generated is refused by one of the two; enough has to be left.
      expect(compared).toBeGreaterThan(batch / 20);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  timeout,
);

/** What peep takes for lines; undefined for a file that it refuses, at one line or as a whole. */
function linesOf(bytes: Uint8Array): Line[] | undefined {
  try {
    const lines = logicalLines(physicalLines(decodeText(bytes, 'req.txt')), 'req.txt');
    if (lines.some(({ stray }) => stray !== undefined)) return undefined;
    // pip drops what is joined to a remark; peep reads it, and warns.
    return lines
      .filter(({ behindRemark }) => behindRemark === undefined)
      .map(({ number, text }): Line => [number, text]);
  } catch (error) {
    if (isPeepError(error)) return undefined;
    throw error;
  }
}

function askPip(reader: Reader, files: readonly Buffer[], path: string): (Line[] | null)[] {
  const { status, stdout, stderr } = spawnSync(reader.python.path, ['-c', script, path], {
    cwd: tmpdir(),
    env: {
      LC_ALL: 'C.UTF-8',
      PATH: process.env.PATH,
      ...(reader.path !== undefined && { PYTHONPATH: reader.path }),
    },
    input: JSON.stringify(files.map((bytes) => bytes.toString('base64'))),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${reader.label}: ${stderr}`);
  return JSON.parse(stdout) as (Line[] | null)[];
}

function requirementsFile(random: () => number): Buffer {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const lineEnds = random() < 0.7 ? ['\n', '\r\n'] : ends;
  const count = 1 + Math.floor(random() * 6);
  if (random() < 0.1) return cookieFile(pick);
  let text = random() < 0.3 ? `${pick(cookieLines)(pick(codecs))}${pick(lineEnds)}` : '';
  for (let i = 0; i < count; i++) {
    for (let words = Math.floor(random() * 5); words >= 0; words--) text += pick(pieces);
    text += random() < 0.25 ? `\\${pick(lineEnds)}` : pick(lineEnds);
  }
  switch (random() < 0.75 ? 'utf8' : pick(['mark', 'le', 'be', 'plain16', 'latin1', '32'])) {
    case 'mark':
      return Buffer.from(`\ufeff${text}`);
    case 'le':
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'be':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    case 'plain16':
      return Buffer.from(text, 'utf16le');
    case 'latin1':
      return Buffer.from(text, 'latin1');
    case '32':
      return Buffer.concat(
        Array.from(`\ufeff${text}`, (character) => {
          const bytes = Buffer.alloc(4);
          bytes.writeUInt32LE(character.codePointAt(0) ?? 0);
          return bytes;
        }),
      );
    default:
      return Buffer.from(text);
  }
}

/** A declaration on the first, second or third line, and text that it makes another of. */
function cookieFile(pick: <T>(items: readonly T[]) => T): Buffer {
  const before = pick([
    '',
    '',
    '\n',
    'quill==1.0\n',
    '# a remark\n',
    '\n\n',
    '\r\n',
    '\r',
    '\f\n',
    'quill==1.0 \\\n',
  ]);
  const codec = pick(['latin-1', 'iso-8859-15', 'cp1252', 'koi8-r', 'utf-8', 'gbk', 'ascii']);
  return Buffer.from(`${before}${pick(cookieLines)(codec)}\nquill==1.0 é\n`);
}

const ends = [
  '\n',
  '\r\n',
  '\r',
  '\v',
  '\f',
  '\x1c',
  '\x1d',
  '\x1e',
  '\x85',
  '\u2028',
  '\u2029',
  '\n\r',
  '\\\n',
];

const pieces = [
  ...[
    'quill==1.0',
    'evil==1.0',
    '--hash=sha256:00',
    '-r',
    'more.txt',
    '# sha256: AAAA',
    '# note',
    '#',
    ' #',
    '\t#',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\\',
    '\\ ',
    '"',
    "'",
    ';',
    'é',
    'ß',
    '誠',
    '\u00a0',
    '\u3000',
    '\u0000',
    '\ufeff',
    '\u200b',
  ],
  ...[
    '+AAo-evil==1.0',
    '\\x0aevil==1.0',
    '\\nevil==1.0',
    '\\u000aevil==1.0',
    '=0Aevil',
    '#egg=a',
    '\\#b',
    '\\#b\\\n',
    'a#b',
    '\x85',
    '\x0b',
  ],
];

const codecs = [
  ...[
    'utf-8',
    'UTF8',
    'utf_8',
    'u8',
    'utf-8-sig',
    'latin-1',
    'ISO-8859-1',
    'iso8859-15',
    'ascii',
    'us-ascii',
  ],
  ...['cp1252', 'windows-1251', 'koi8-r', 'gbk', 'gb2312', 'big5', 'euc-jp', 'shift_jis', 'utf-7', 'utf7'],
  ...[
    'unicode_escape',
    'raw_unicode_escape',
    'utf-16',
    'utf-32',
    'utf-16-le',
    'cp037',
    'punycode',
    'idna',
    'hz',
  ],
  ...['iso2022_jp', 'rot13', 'quopri', 'hex', 'nope', 'utf-8.x', 'johab', 'cp65001', 'mbcs', 'undefined'],
];

const cookieLines: readonly ((codec: string) => string)[] = [
  (codec) => `# -*- coding: ${codec} -*-`,
  (codec) => `#coding=${codec}`,
  (codec) => `# ${'x'.repeat(5000)} coding:${codec}`,
  (codec) => `# vim: set fileencoding=\t${codec} :`,
  (codec) => `# coding:\f${codec}`,
  (codec) => `quill==1.0\n# coding: ${codec}`,
  (codec) => `\n\n# coding: ${codec}`,
  (codec) => ` # coding: ${codec}`,
  (codec) => `# sha256: coding:${codec}`,
];

function mulberry32(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
