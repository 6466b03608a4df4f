import { mkdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/archive/findings.js';
import { inspectArchive } from '../../src/archive/inspect-archive.js';
import { refusals } from '../../src/archive/verdict.js';
import { checkScriptName } from '../../src/archive/wheel/scripts.js';
import { readEntryPoints, scriptNames } from '../../src/packaging/entry-points.js';
import { parseFields } from '../../src/packaging/metadata.js';
import { type Sample, sdist, wheel } from '../hostile/projects.js';
import { verified } from '../hostile/verified.js';
import { tempDirectory } from '../support/temp-directory.js';
import { ask as askReader, findReaders, type Reader, rounds, timeout } from './readers.js';

const samplesOfRound = 300;
const interpreters = await findReaders();

console.log(`readers: ${interpreters.map(({ label }) => label).join(', ') || 'none found'}`);

describe.skipIf(interpreters.length === 0)('peep beside the readers behind it', () => {
  it('finds every script name in entry_points.txt that an installer would write', { timeout }, () => {
    const token = fc.constantFrom(
      ...[
        '[console_scripts]',
        '[gui_scripts]',
        '[x]',
        '[[console_scripts]]',
        '[DEFAULT]',
        '[ console_scripts ]',
      ],
      ...[
        '\n',
        '\r\n',
        '\n',
        '\n ',
        '\n\t',
        '=',
        ' = ',
        ' ',
        ':',
        ';',
        '#',
        '.',
        '-',
        '[',
        ']',
        '!!',
        ',',
        '%',
      ],
      ...[
        'a',
        'python3',
        'm:f',
        'a = m:f',
        'python3 = m:f',
        ' [extra]',
        '../x',
        'é',
        'b',
        '\u00a0',
        '\x85',
        '\x0b',
      ],
    );
    const loose = fc
      .tuple(fc.constantFrom('[console_scripts]\n', '', '[x]\n'), fc.array(token, { maxLength: 14 }))
      .map(([start, tokens]) => start + tokens.join(''));
    const text = fc.oneof(loose, entryPointLines);
    rounds(2, (seed) => {
      const samples = [...knownTricks, ...fc.sample(text, { seed, numRuns: samplesOfRound })];
      const refused = samples.map((sample) => readEntryPoints(sample).doubts.length > 0);
      const known = samples.map(
        (sample) => new Set(readEntryPoints(sample).entries.flatMap((entry) => [...scriptNames(entry)])),
      );
      for (const python of interpreters) {
        const answers = ask(python, 'entry-points.py', samples) as string[][];
        for (const [i, names] of answers.entries()) {
          // A name that is harmless may be another one than peep's: what counts is that none escapes the checks.
          const unknown = names.filter((name) => !known[i]?.has(name.trim()) && isHarmful(name));
          expect(refused[i] ? [] : unknown, `${python.label}: ${JSON.stringify(samples[i])}`).toEqual([]);
        }
      }
    });
  });

  it('reads the fields of METADATA as the e-mail parsers do, or refuses them', { timeout }, () => {
    const token = fc.constantFrom(
      ...[
        'Name: demo',
        'Version: 1.0',
        'Requires-Dist: evil',
        'name: x',
        'Requires-Dist',
        'From x',
        ': x',
        'X: y',
      ],
      ...[
        '\n',
        '\n',
        '\n',
        '\r\n',
        '\r',
        '\n ',
        '\n\t',
        '\n\n',
        ':',
        ' ',
        '\x0b',
        '\x85',
        '\u2028',
        '\ufeff',
        'é',
      ],
    );
    const text = fc.array(token, { maxLength: 16 }).map((tokens) => tokens.join(''));
    rounds(2, (seed) => {
      const samples = fc.sample(text, { seed, numRuns: samplesOfRound });
      const wanted = ['name', 'version', 'requires-dist'];
      for (const python of interpreters) {
        const answers = ask(python, 'metadata.py', samples) as string[][][];
        for (const [i, values] of answers.entries()) {
          const fields = parseFields(samples[i] ?? '', new Set(wanted));
          if (fields.doubts.length > 0) continue;
          const own = wanted.map((name) => (fields.get(name) ?? []).map(flat));
          expect(own, `${python.label}: ${JSON.stringify(samples[i])}`).toEqual(
            values.map((each) => each.map(flat)),
          );
        }
      }
    });
  });

  it('takes no archive for one kind that a Python takes for another', { timeout }, async () => {
    using directory = tempDirectory();
    const samples = formatSamples();
    const paths = samples.map(({ filename, bytes }, i) => {
      mkdirSync(directory.join(String(i)));
      const path = directory.join(String(i), filename);
      writeFileSync(path, bytes);
      return path;
    });
    const accepted = await Promise.all(
      samples.map(async ({ filename, bytes }) => {
        const archive = await verified(filename, bytes);
        const expectation = { project: undefined, version: undefined, origin: 'index' } as const;
        return refusals(await inspectArchive(archive, expectation), false).length === 0;
      }),
    );
    for (const python of interpreters) {
      const kinds = askReader(python, 'formats.py', { paths }) as string[][];
      for (const [i, { filename }] of samples.entries()) {
        if (!accepted[i]) continue;
        const kind = /\.(?:whl|zip)$/.test(filename) ? 'zip' : 'tar';
        expect(kinds[i], `${python.label}: ${filename}, sample ${i}`).toEqual([kind]);
      }
    }
    expect(accepted.some(Boolean)).toBe(true);
  });
});

/** Lines that nearly are entries, with names that must not pass: whole files of them are read by everybody. */
const entryPointLines = fc
  .tuple(
    fc.constantFrom(
      '[console_scripts]',
      '[gui_scripts]',
      '[ console_scripts ]',
      '[DEFAULT]',
      '[console_scripts] ',
    ),
    fc.array(
      fc
        .tuple(
          fc.constantFrom(
            '',
            '',
            '',
            ' ',
            '\t',
            ';',
            '; ',
            '#',
            '# ',
            '!',
            '-',
            '%',
            'a ',
            'x = !! ',
            'rem ',
            '[',
            '"',
          ),
          fc.constantFrom(
            'python3',
            '../x',
            'python',
            'a/b',
            'pythonw.exe',
            '..',
            'a:python3',
            'a',
            'py thon',
            'é',
          ),
          fc.constantFrom(' = ', '=', ' =', ': ', ' : ', '\t=\t', '==', ' = = '),
          fc.constantFrom('m:f', 'm', 'm:f [x]', 'm:f.g', 'm : f', 'm:f ; x', 'm:f # x', 'm:'),
          fc.constantFrom('', '', '', ' ', '\\', ';', ' [x'),
        )
        .map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    ),
    fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\r'),
  )
  .map(([header, lines, end]) => [header, ...lines].map((line) => line + end).join(''));

/** What once passed one reader unseen by another. */
const knownTricks = ['a python3 = m:f', 'py thon3 = m:f', 'épython3 = m:f', 'x y../z = m:f'].map(
  (line) => `[console_scripts]\n${line}\n`,
);

/** Tars with the signature of a ZIP's end record at and around every bound of is_zipfile, and sound archives. */
function formatSamples(): Sample[] {
  const content = Buffer.alloc(200_000);
  const plain = sdist({
    filename: 'demo-1.0.tar',
    pack: (tar) => tar,
    add: [{ name: 'demo-1.0/z', content }],
  });
  const distances = [22, 23, 500, 65_535, 65_536, 65_556, 65_557, 65_558, 65_559, 65_600, 131_072, 140_000];
  const marked = distances.map((distance) => {
    const bytes = Buffer.from(plain.bytes);
    bytes.write('PK\x05\x06', bytes.length - distance, 'latin1');
    return { ...plain, bytes };
  });
  return [plain, sdist(), wheel(), ...marked];
}

/** Names that a script must not have: what peep's rules for script names refuse. */
function isHarmful(name: string): boolean {
  const findings = new Findings();
  checkScriptName(name, 'entry_points.txt', findings);
  return findings.list.length > 0;
}

function flat(text: string): string {
  // Blanks at the end of a folded line: some keep them.
  return text.replaceAll(/[ \t]*(?:\r\n|\r|\n)/g, '\n').trim();
}

function ask(reader: Reader, script: string, samples: readonly string[]): unknown {
  return askReader(reader, script, {
    samples: samples.map((text) => Buffer.from(text).toString('base64')),
  });
}
