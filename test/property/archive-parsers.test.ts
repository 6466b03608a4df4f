import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings, RuleViolation } from '../../src/archive/findings.js';
import { checkName, foldName, NameTable } from '../../src/archive/names.js';
import { readStatedNeeds } from '../../src/archive/sdist/build-requires.js';
import { parseHeader } from '../../src/archive/tar/header.js';
import { parsePax } from '../../src/archive/tar/pax.js';
import { parseRecord } from '../../src/archive/wheel/record.js';
import { checkEntryPoints } from '../../src/archive/wheel/scripts.js';
import { parseFields } from '../../src/packaging/metadata.js';

/** Text with what the parsers look for more often than chance has it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        ',',
        '\n',
        '\r',
        '=',
        ':',
        '[',
        ']',
        'sha256=',
        'Name',
        ' ',
        '..',
        '/',
        '\\',
        '0',
        'a',
        '#',
        '[build-system]',
        'requires',
        '{',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);

/** Runs `parse`; a refusal is an answer, any other exception is not. */
function answers(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(error).toBeInstanceOf(RuleViolation);
  }
}

describe('parsers of what is in archives answer or refuse', () => {
  it('RECORD', () => {
    fc.assert(fc.property(text, (input) => answers(() => parseRecord(input, 'a/RECORD', 5, new Findings()))));
  });

  it('RECORD gives back every path that was quoted as CSV', () => {
    const path = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !/[\0\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]/.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 10 }), (paths) => {
        const record = paths.map((name) => `"${name.replaceAll('"', '""')}",,1\r\n`).join('');
        const rows = parseRecord(record, 'a/RECORD', paths.length, new Findings());
        expect([...rows.keys()]).toEqual(paths);
      }),
    );
  });

  it('metadata fields', () => {
    fc.assert(fc.property(text, (input) => void parseFields(input, new Set(['name', 'version']))));
  });

  it('entry points', () => {
    fc.assert(
      fc.property(text, (input) =>
        answers(() => checkEntryPoints(input, 'entry_points.txt', new Findings())),
      ),
    );
  });

  it('names', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (names) =>
        answers(() => {
          const findings = new Findings();
          const table = new NameTable(findings);
          for (const name of names) {
            checkName(name, findings);
            table.add(name, false);
          }
        }),
      ),
    );
  });

  it('names fold to what folds to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        expect(foldName(foldName(name))).toBe(foldName(name));
        expect(foldName(name.normalize('NFD'))).toBe(foldName(name.normalize('NFC')));
      }),
    );
  });

  it('PAX headers', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((input) => Buffer.from(input)),
      text.map((input) => Buffer.from(`${input.length + 20} path=${input}\n`)),
    );
    fc.assert(fc.property(bytes, fc.boolean(), (input, global) => answers(() => parsePax(input, global))));
  });

  it('tar headers', () => {
    const block = fc.uint8Array({ minLength: 512, maxLength: 512 }).map((input) => {
      const header = Buffer.from(input).fill(0x20, 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return header;
    });
    fc.assert(fc.property(block, (input) => answers(() => parseHeader(input, 0, new Findings()))));
  });

  it('build requirements', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        await readStatedNeeds(input, 'pyproject.toml').catch((error) =>
          expect(error).toBeInstanceOf(RuleViolation),
        );
      }),
    );
  });

  it('deeply nested TOML', async () => {
    for (const deep of [
      'a = ' + '['.repeat(200_000),
      `a${'.a'.repeat(200_000)} = 1`,
      'a = ' + '{a='.repeat(200_000),
    ]) {
      await readStatedNeeds(deep, 'pyproject.toml').catch((error) =>
        expect(error).toBeInstanceOf(RuleViolation),
      );
    }
  });
});
