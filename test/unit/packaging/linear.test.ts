import { describe, expect, it } from 'vitest';
import { Findings } from '../../../src/archive/findings.js';
import { checkName } from '../../../src/archive/names.js';
import { readStatedNeeds } from '../../../src/archive/sdist/build-requires.js';
import { checkEntryPoints } from '../../../src/archive/wheel/scripts.js';
import { checkWheelFile } from '../../../src/archive/wheel/wheel-file.js';
import { readEntryPoints, scriptEntryPoints } from '../../../src/packaging/entry-points.js';
import {
  parseSdistFilename,
  parseWheelFilename,
  safeArchiveFilename,
} from '../../../src/packaging/filename.js';
import { evaluateMarker, parseMarker } from '../../../src/packaging/marker.js';
import { decodeText, parseFields } from '../../../src/packaging/metadata.js';
import { canonicalizeName, isProjectName } from '../../../src/packaging/name.js';
import { readRecord } from '../../../src/packaging/record.js';
import { parseRequirement } from '../../../src/packaging/requirement.js';
import { formatSpecifiers, parseSpecifiers, specifierContains } from '../../../src/packaging/specifier.js';
import { expandTagSet } from '../../../src/packaging/tag-set.js';
import { compareVersions, parseVersion } from '../../../src/packaging/version.js';

const fields = new Set(['name', 'version', 'tag', 'wheel-version', 'requires-dist']);
const environment = new Proxy({}, { get: () => '1' }) as never;

/** Every parser of text from outside in packaging/ and archive/. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseVersion,
  compareVersions: (text) => compareVersions(text, '1.0'),
  parseSpecifiers,
  specifierContains: (text) => specifierContains(text, '1.0'),
  formatSpecifiers: (text) => formatSpecifiers(parseSpecifiers(text)),
  parseRequirement,
  parseMarker,
  evaluateMarker: (text) => evaluateMarker(text, environment),
  isProjectName,
  canonicalizeName,
  parseWheelFilename,
  parseSdistFilename,
  safeArchiveFilename,
  expandTagSet,
  parseFields: (text) => parseFields(text, fields),
  readRecord: (text) => [...readRecord(text)],
  readEntryPoints,
  checkEntryPoints: (text) => checkEntryPoints(text, 'entry_points.txt', new Findings()),
  scriptEntryPoints,
  checkWheelFile: (text) =>
    checkWheelFile(parseFields(text, fields), 'WHEEL', 'py3-none-any', new Findings()),
  checkName: (text) => checkName(text, new Findings()),
  readStatedNeeds: (text) => readStatedNeeds(text, 'pyproject.toml').catch(() => {}),
  decodeText: (text) => decodeText(Buffer.from(text)),
};

/** Prefix, repeated part and end: what makes patterns go back over what they have read. */
const shapes: readonly (readonly [string, string, string])[] = [
  ['1.0', ' ', 'x'],
  [' ', ' ', '1.0 x'],
  ['>=', ' ', '1.0x'],
  ['1', '.0', '.x'],
  ['1', '.0', '.1'],
  ['==1', '.0', '.1+'],
  ['===', ' ', ';'],
  ['1', '1', 'x'],
  ['1a', '1', '!'],
  ['1+', 'a.', '+'],
  ['a', '-', '_'],
  ['a', '-_.', '!'],
  ['a', 'a', '!'],
  ['a[', 'a,', 'a'],
  ['a[', ' ', ']'],
  ['a (', '>1,', ')'],
  ['a @ ', 'x', ' ;'],
  ['a;', '(', ')'],
  ['python_version ', ' ', '<'],
  ['"a" in ', '"a" or "a" in ', '"b"'],
  ["python_version<'3' and ", "python_version<'3' and ", "python_version<'3'"],
  ['Name: ', ' ', 'x\n'],
  ['Name: x\n', ' x\n', ''],
  ['', 'Name: x\n', ''],
  ['', 'x', ''],
  ['Wheel-Version: 1.0\nTag: ', 'a.', 'a-b-c'],
  ['Wheel-Version: 1.0\nTag: a', '.a', '-a.a.a.a.a.a.a.a.a.a.a-a.a.a.a.a.a.a.a.a.a.a.a.a'],
  ['Wheel-Version: 1.0\n', 'Tag: py3-none-any\n', ''],
  ['a', ',', ''],
  ['"', '""', ''],
  ['"', 'a\n', ''],
  ['', '"a",,\n', ''],
  ['', 'a,"b\n', ''],
  ['', ',\n', ''],
  ['[console_scripts]\n', 'a = b\n', ''],
  ['[console_scripts]\n', 'a =', ' b'],
  ['[console_scripts]\na', '=', 'b'],
  ['[console_scripts]\na', '=b', ''],
  ['[console_scripts]\n', ' ', '= b'],
  ['[console_scripts]\na = ', 'b.', '!'],
  ['[console_scripts]\na = b [', ' ', ''],
  ['', '[', ''],
  ['[', ']', ''],
  ['a', '/', ''],
  ['a', '/..', ''],
  ['[build-system]\nrequires = [', '"a",', ']'],
  ['[build-system]\n', 'a.', 'a = 1'],
  ['a-', '1-', 'py3-none-any.whl'],
  ['a', '-1', '.tar.gz'],
];

const lengths = [20_000, 40_000, 80_000] as const;

describe('parsers of outside text take time in proportion to its length', () => {
  it.each(Object.entries(parsers))('%s', { timeout: 120_000 }, async (_, parse) => {
    for (const [start, part, end] of shapes) {
      const times: number[] = [];
      for (const length of lengths) {
        const text = start + part.repeat(Math.ceil(length / part.length)) + end;
        times.push(await quickest(parse, text));
      }
      // Four times the text: linear ones take four times as long, quadratic ones sixteen times and, at this length,
      // seconds. What takes some milliseconds is measured too coarsely to compare.
      const [first = 0, , last = 0] = times;
      expect(last, `${JSON.stringify(start + part)}… ${times}`).toBeLessThan(Math.max(first, 10) * 10);
    }
  });
});

/** Milliseconds of processor of the quickest of some tries: what else runs on the machine does not count. */
async function quickest(parse: (text: string) => unknown, text: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3; i += 1) {
    const begin = process.cpuUsage();
    try {
      await parse(text);
    } catch {
      // Most of these are refused.
    }
    best = Math.min(best, process.cpuUsage(begin).user / 1000);
    if (best < 10) break;
  }
  return best;
}
