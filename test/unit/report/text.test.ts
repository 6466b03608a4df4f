import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../src/report/output.js';
import { formatDuration, formatSize } from '../../../src/text/format.js';
import { printable } from '../../../src/text/redact.js';
import { wantsColor } from '../../../src/text/style.js';
import { wrap } from '../../../src/text/wrap.js';

describe('wrap', () => {
  it('keeps every word, and every line of several words within the width', () => {
    const words = fc.array(fc.stringMatching(/^[!-~]{1,100}$/));
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 12 }), (text, indent) => {
        const wrapped = wrap(text.join(' '), ' '.repeat(indent));
        expect(wrapped.split(/\s+/).filter(Boolean)).toEqual(text);
        for (const line of wrapped.split('\n')) {
          expect(line.startsWith(' '.repeat(indent))).toBe(true);
          expect(line.length <= 80 || !line.trim().includes(' ')).toBe(true);
        }
      }),
    );
  });
});

describe('printable', () => {
  it('leaves nothing that steers a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/);
      }),
    );
    expect(printable('é漢🙂 a')).toBe('é漢🙂 a');
  });
});

describe('sizes and durations', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [34_200_000, '34.2 MB'],
    [5e15, '5000.0 TB'],
  ])('%i bytes', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it.each([
    [0, '0.0 s'],
    [1340, '1.3 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 00 s'],
    [125_000, '2 min 05 s'],
  ])('%i ms', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('wantsColor', () => {
  it.each([
    [{}, false, true, true],
    [{}, false, false, false],
    [{}, true, true, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false, true, false],
    [{ NO_COLOR: '' }, false, true, true],
    [{ FORCE_COLOR: '1' }, false, false, true],
    [{ FORCE_COLOR: '0' }, false, true, false],
    [{ TERM: 'dumb' }, false, true, false],
  ])('%j, --no-color %s, terminal %s: %s', (env, noColor, isTerminal, expected) => {
    expect(wantsColor(env, noColor, isTerminal)).toBe(expected);
  });
});

describe('createOutput', () => {
  function sinks(verbosity: number, dataOnly = false) {
    const [stdout, stderr]: string[][] = [[], []];
    const write = (sink: string[] | undefined) => (text: string) => void sink?.push(text);
    const output = createOutput({
      stdout: write(stdout),
      stderr: write(stderr),
      verbosity,
      color: false,
      dataOnly,
    });
    return { output, stdout, stderr };
  }

  it('reports go to stdout, or to stderr where stdout carries data', () => {
    for (const dataOnly of [false, true]) {
      const { output, stdout, stderr } = sinks(0, dataOnly);
      output.report('report\n');
      output.data('{}\n');
      expect([stdout, stderr]).toEqual(dataOnly ? [['{}\n'], ['report\n']] : [['report\n', '{}\n'], []]);
    }
  });

  it('says less with -q, more with -v', () => {
    const shown = [-2, -1, 0, 1, 2].map((verbosity) => {
      const { output, stderr } = sinks(verbosity);
      for (const level of [0, 1, 2] as const) output.note(`note ${level}`, level);
      output.warn('warning', 'hint');
      return stderr?.length;
    });
    expect(shown).toEqual([0, 1, 2, 3, 4]);
  });

  it('asks what is drawn on the terminal to step aside first', () => {
    const { output, stderr } = sinks(0);
    output.interrupt = () => void stderr?.push('<aside>');
    output.note('line');
    expect(stderr).toEqual(['<aside>', 'line\n']);
  });
});
