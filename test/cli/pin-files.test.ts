import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import { runPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const linux = 'cp311-cp311-manylinux_2_17_x86_64';
const quill = wheel({ name: 'quill', version: '1.0' });
const quill2 = wheel({ name: 'quill', version: '2.0' });
const inkpot = wheel({ name: 'ink.pot', version: '2.0', tag: linux });
const inkpotWindows = wheel({ name: 'ink.pot', version: '2.0', tag: 'cp311-cp311-win_amd64' });
const nib = sdist({ name: 'nib', version: '1.5' });
const vellum = wheel({ name: 'vellum', version: '3.0+local.1' });

const base64 = ({ sha256 }: { sha256: string }) => Buffer.from(sha256, 'hex').toString('base64url');
const line = (archive: { sha256: string }) => `# sha256: ${base64(archive)}`;
const sha384 = ({ bytes }: { bytes: Uint8Array }) => createHash('sha384').update(bytes).digest('hex');
const hash = ({ sha256 }: { sha256: string }) => `--hash=sha256:${sha256}`;

let index: MockIndex;
beforeAll(async () => {
  index = await startMockIndex({
    projects: {
      quill: [quill, quill2, sdist({ name: 'quill', version: '1.0' })],
      'ink.pot': [inkpotWindows, inkpot],
      nib: [nib],
      vellum: [vellum],
    },
  });
});
afterAll(() => index.close());

type Change = (before: string, after: string) => string;
/** Files by name, written once: `change` tells both sides of what peep alters, and all else is the same bytes. */
type Files = (
  change: Change,
  places: { directory: string; origin: string },
) => Readonly<Record<string, string>>;

interface Tangle {
  readonly files: Files;
  readonly args?: readonly string[];
  /** How text becomes bytes; UTF-8 by default. */
  readonly encode?: (text: string) => Buffer;
}

const tangles: Readonly<Record<string, Tangle>> = {
  "peep's comments with remarks, blank lines and comments between, CRLF": {
    files: (change) => ({
      'r.txt':
        `# the web\r\n# sha256: ${base64(quill)} # py3, checked by Ada\r\n\r\n# between\r\nquill==1.0\r\n` +
        `\r\n${change('', `${line(nib)}\r\n`)}nib==1.5 # no hash yet\r\n# the end\r\n`,
    }),
  },
  'a byte order mark, tabs, trailing space, no end of the last line': {
    files: (change) => ({
      'r.txt': `\ufeff\t# sha256: ${base64(quill)}  \n\tquill == 1.0  \n\n${change('', `\t${line(nib)}\n`)}\tnib==1.5`,
    }),
  },
  "pip's options on continuation lines, comments behind them": {
    files: (change) => ({
      'r.txt':
        `quill==1.0 \\\n    ${hash(quill)}\n    # via -r in.txt\n` +
        `Ink_Pot==2.0 \\\n${change('', `  ${hash(inkpot)} \\\n`)}  ${hash(inkpotWindows)}\n    # via quill\n` +
        `nib==1.5${change('', ` \\\n    ${hash(nib)}`)}\n    # via ink-pot\n`,
    }),
  },
  'a coding cookie and letters of Latin-1': {
    args: ['--style', 'peep'],
    encode: (text) => Buffer.from(text, 'latin1'),
    files: (change) => ({
      'r.txt': `# -*- coding: latin-1 -*-\n# Für später: é\n${change('', `${line(quill)}\n`)}quill==1.0 # façade\n`,
    }),
  },
  'UTF-16 with its mark': {
    args: ['--style', 'peep'],
    encode: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    files: (change) => ({ 'r.txt': `# ✒\n${change('', `${line(quill)}\n`)}quill==1.0\n# ende\n` }),
  },
  'nested files, each edited where its pins stand, and constraints left alone': {
    files: (change) => ({
      'r.txt': `-r sub/base.txt\n-c sub/limits.txt\n\nnib==1.5${change('', ` \\\n    ${hash(nib)}`)}\n-r sub/base.txt\n`,
      'sub/base.txt': `# base\n-r deeper.txt\nquill==1.0${change('', ` \\\n    ${hash(quill)}`)}\n`,
      'sub/deeper.txt': `ink.pot==2.0 ${hash(inkpotWindows)}${change('', ` ${hash(inkpot)}`)}  # inline\n`,
      'sub/limits.txt': 'nib<2\nvellum==3.0\n',
    }),
  },
  'extras, markers, names in any mix, ===, and pins for elsewhere': {
    args: ['--style', 'peep'],
    files: (change) => ({
      'r.txt':
        `${change('', `${line(quill)}\n`)}QUILL[ b , a ] == 1.0 ; python_version >= "3.6" and (os_name=="posix")\n` +
        `vellum===3.0+local.1;sys_platform == 'win32'\n${change('', `${line(vellum)}\n`)}Vellum===3.0+local.1 ; sys_platform=='linux'\n` +
        `${change('', `  ${line(inkpot)}\n`)}  ink-_.POT==2.0\n`,
    }),
  },
  'archives at URLs and paths': {
    args: ['--style', 'peep'],
    files: (change, { directory, origin }) => ({
      'r.txt':
        `${change('', `${line(quill)}\n`)}quill @ ${origin}/files/quill/${quill.filename}\n` +
        `${origin}/files/nib/${nib.filename}#sha256=${nib.sha256}&egg=nib\n` +
        `${change('', `${line(vellum)}\n`)}./wheels/${vellum.filename}\n` +
        `# by its URL\n${change('', `${line(inkpot)}\n`)}${pathToFileURL(`${directory}/wheels/${inkpot.filename}`)}\n`,
    }),
  },
  'options, mixed line ends, mixed styles, other algorithms': {
    files: (change, { origin }) => ({
      'r.txt':
        `--index-url ${origin}/simple/\r\n--trusted-host=nowhere.example\n\n--only-binary nib\n--no-binary=nib\n\n` +
        `# sha512: not one of ours\n# sha256: has spaces in it\n${change('', `${line(quill)}\r\n`)}quill==1.0\n` +
        `# sha256: ${base64(inkpotWindows)}\n${change('', `${line(inkpot)}\r\n`)}ink.pot==2.0 --hash=sha384:${sha384(inkpotWindows)}\n`,
    }),
  },
  'a pin that moves: hashes replaced in place, remarks and all else kept': {
    files: (change) => ({
      'r.txt':
        `nib==1.5\n# Do not touch: 1.0 is what we tested.\n# sha256: ${change(base64(quill), base64(quill2))} # remark\n` +
        `${change(`# sha256: ${base64(nib)}\n`, '')}# between\nquill == ${change('1.0', '2.0')}  # was 1.0\nink.pot==2.0\n`,
    }),
    args: ['--upgrade', 'Quill==2.0'],
  },
  'a pin that moves, in two files, one in each style': {
    files: (change) => ({
      'r.txt': `-r more.txt\nquill==${change('1.0', '2.0')} \\\n  ${hash({ sha256: change(quill.sha256, quill2.sha256) })}${change(` \\\n  ${hash(nib)}`, '')}\n`,
      'more.txt': `# sha256: ${change(base64(quill), base64(quill2))}\nquill===${change('1.0', '2.0')} ; os_name == 'posix'`,
    }),
    args: ['--upgrade', 'quill==2.0'],
  },
};

describe('peep pin --write changes hash lines, and nothing else, byte for byte', () => {
  for (const [name, { files, args = [], encode = (text: string) => Buffer.from(text) }] of Object.entries(
    tangles,
  )) {
    it(name, async () => {
      using directory = tempDirectory();
      const places = { directory: directory.path, origin: index.origin };
      const before = Object.entries(files((text) => text, places));
      const after = Object.entries(files((_, text) => text, places));
      write(directory.join('wheels', vellum.filename), vellum.bytes);
      write(directory.join('wheels', inkpot.filename), inkpot.bytes);
      for (const [path, text] of before) write(directory.join(path), encode(text));

      const target = ['--for', '3.11:manylinux_2_28_x86_64', '-i', index.url];
      const pin = (...more: string[]) =>
        runPeep(['pin', '-r', 'r.txt', ...target, ...args, ...more], {
          cwd: directory.path,
        });
      const shown = await pin();
      expect(shown.stderr).not.toContain('error:');
      expect(shown.status).toBe(0);
      for (const [path, text] of before) expect(readFileSync(directory.join(path))).toEqual(encode(text));
      expect((await pin('--check')).status).toBe(1);

      const written = await pin('--write');
      expect(written).toMatchObject({ status: 0, stdout: shown.stdout });
      for (const [path, text] of after)
        expect(readFileSync(directory.join(path)).toString('latin1')).toBe(encode(text).toString('latin1'));

      const again = await pin('--check');
      expect(again).toMatchObject({ status: 0, stdout: '' });
    });
  }
});

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
