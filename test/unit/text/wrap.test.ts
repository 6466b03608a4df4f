import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitLines, wrap } from '../../../src/text/wrap.js';

it('keeps a command in backticks on one line where it fits, and breaks no word', () => {
  const text = 'Run `peep pin --upgrade NAME` first, then look at `it`. An ` alone is text.';
  expect(wrap(text, '  ', 30).split('\n')).toEqual([
    '  Run',
    '  `peep pin --upgrade NAME`',
    '  first, then look at `it`. An',
    '  ` alone is text.',
  ]);
  expect(wrap('`a command that is longer than its line` x', '', 20).split('\n')).toEqual([
    '`a command that is',
    'longer than its',
    'line` x',
  ]);
});

it('fits long lines alone: indentation, colours and lines to copy stay', () => {
  const path = `/${'long/'.repeat(6)}path`;
  const colour = '\u001b[33mwarning:\u001b[39m';
  expect(
    fitLines(`  two  blanks\n  for ${path} (3)\n${colour} ten letter\na --hash=sha256:0000 \\`, 19),
  ).toBe(`  two  blanks\n  for\n  ${path}\n  (3)\n${colour} ten letter\na --hash=sha256:0000 \\`);
});

it('loses no word and makes no line wider than its longest word', () => {
  const words = fc.array(fc.stringMatching(/^[a-z`/]{1,12}$/), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
      const lines = wrap(list.join(' '), '', width).split('\n');
      expect(lines.flatMap((line) => line.split(' '))).toEqual(list);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    }),
  );
});
