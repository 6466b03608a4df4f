import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commandHelp, globalHelp } from '../../scripts/manual/help-words.js';
import { commandNames } from '../../src/commands/arguments.js';
import { helpText } from '../../src/commands/help.js';
import { optionsOf } from '../../src/commands/options.js';

describe.each(commandNames)('peep help %s', (name) => {
  const named = new Set(helpText(name).match(/(?<![\w-])--?[a-zA-Z][a-z0-9-]*/g));
  const known = optionsOf(name).flatMap(({ names }) => names);

  it('names no option that the command does not take', () => {
    expect([...named].filter((option) => !known.includes(option) && !/^--?h(?:elp)?$/.test(option))).toEqual(
      // In the words about it: what `port` turns hashes into.
      name === 'port' ? ['--hash'] : [],
    );
  });

  // `install` and `sync` pass many options on to pip, whose help tells of them.
  it.skipIf(name === 'install' || name === 'sync')('names every option that the command takes', () => {
    const missing = optionsOf(name).filter(({ names }) => !names.some((each) => named.has(each)));
    expect(missing.map(({ names }) => names[0])).toEqual([]);
  });

  it('can be taken apart', () => {
    const { usage, summary, sections } = commandHelp(name);
    expect(usage).toMatch(new RegExp(`^peep ${name} `));
    expect(summary).toMatch(/^[a-z].*[^.]$/);
    expect(sections.flatMap(({ items }) => items).every(({ term }) => term !== '')).toBe(true);
  });
});

it('no line of help is wider than 80 columns', () => {
  const texts = [undefined, ...commandNames].map((name) => helpText(name));
  expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 80)).toEqual([]);
  expect(globalHelp().map(({ term }) => term)).toContain('--jobs N');
});

it('package.json names the manual page', () => {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url));
  expect(JSON.parse(readFileSync(path, 'utf8')).man).toEqual(['docs/peep.1']);
});
