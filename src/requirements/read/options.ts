import { PeepError, type SourceLocation } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import { shellWords } from './shell-words.js';

/** The options that pip accepts in a requirements file, by peep's names for them. */
export type OptionName =
  | 'indexUrl'
  | 'extraIndexUrl'
  | 'noIndex'
  | 'constraint'
  | 'requirement'
  | 'editable'
  | 'findLinks'
  | 'noBinary'
  | 'onlyBinary'
  | 'preferBinary'
  | 'requireHashes'
  | 'noRequireHashes'
  | 'pre'
  | 'allReleases'
  | 'onlyFinal'
  | 'trustedHost'
  | 'useFeature'
  | 'hash'
  | 'configSettings';

export interface ParsedOption {
  readonly name: OptionName;
  /** The value after removing shell quotes; empty for options without a value. */
  readonly value: string;
}

/**
 * Parses the options of a line with the rules of Python's shlex and optparse, as pip does: quotes, abbreviations,
 * `--option=value`, values attached to short options. Text that pip would silently drop is refused. Throws
 * `OPTION_INVALID`, `TEXT_IGNORED` or `DASH_REQUIREMENT`, with `place`.
 */
export function parseOptions(text: string, place: SourceLocation): ParsedOption[] {
  const words = shellWords(text);
  if (words === undefined) {
    throw new PeepError('OPTION_INVALID', `a quote or backslash is left open in '${shown(text)}'`, {
      place,
      hint: 'Close the quote.',
    });
  }
  const options: ParsedOption[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const found = word.startsWith('--') ? longOption(word, place) : shortOption(word, place);
    if (found.value !== undefined) {
      options.push({ name: found.definition.name, value: found.value });
    } else if (!found.definition.takesValue) {
      options.push({ name: found.definition.name, value: '' });
    } else {
      const value = words[++i];
      if (value === undefined) {
        throw new PeepError('OPTION_INVALID', `the option ${found.written} needs a value`, {
          place,
          hint: `Write \`${found.written} VALUE\`.`,
        });
      }
      options.push({ name: found.definition.name, value });
    }
  }
  return options;
}

interface Definition {
  readonly name: OptionName;
  readonly takesValue: boolean;
  readonly short?: string;
  readonly long: readonly string[];
}

interface Found {
  readonly definition: Definition;
  readonly written: string;
  readonly value: string | undefined;
}

const definitions: readonly Definition[] = [
  { name: 'indexUrl', takesValue: true, short: 'i', long: ['--index-url', '--pypi-url'] },
  { name: 'extraIndexUrl', takesValue: true, long: ['--extra-index-url'] },
  { name: 'noIndex', takesValue: false, long: ['--no-index'] },
  { name: 'constraint', takesValue: true, short: 'c', long: ['--constraint'] },
  { name: 'requirement', takesValue: true, short: 'r', long: ['--requirement'] },
  { name: 'editable', takesValue: true, short: 'e', long: ['--editable'] },
  { name: 'findLinks', takesValue: true, short: 'f', long: ['--find-links'] },
  { name: 'noBinary', takesValue: true, long: ['--no-binary'] },
  { name: 'onlyBinary', takesValue: true, long: ['--only-binary'] },
  { name: 'preferBinary', takesValue: false, long: ['--prefer-binary'] },
  { name: 'requireHashes', takesValue: false, long: ['--require-hashes'] },
  { name: 'noRequireHashes', takesValue: false, long: ['--no-require-hashes'] },
  { name: 'pre', takesValue: false, long: ['--pre'] },
  { name: 'allReleases', takesValue: true, long: ['--all-releases'] },
  { name: 'onlyFinal', takesValue: true, long: ['--only-final'] },
  { name: 'trustedHost', takesValue: true, long: ['--trusted-host'] },
  { name: 'useFeature', takesValue: true, long: ['--use-feature'] },
  { name: 'hash', takesValue: true, long: ['--hash'] },
  { name: 'configSettings', takesValue: true, short: 'C', long: ['--config-settings'] },
];

const longNames = new Map(
  definitions.flatMap((definition) => definition.long.map((long) => [long, definition] as const)),
);

function longOption(word: string, place: SourceLocation): Found {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  if (name === '--') throw ignoredText(word, place);
  const matches = longNames.has(name)
    ? [name]
    : [...longNames.keys()].filter((long) => long.startsWith(name));
  const [match, ...others] = matches;
  const definition = match === undefined ? undefined : longNames.get(match);
  if (definition === undefined) throw unknownOption(name, place);
  if (others.length > 0) {
    throw new PeepError('OPTION_INVALID', `'${shown(name)}' can mean ${matches.toSorted().join(' or ')}`, {
      place,
      hint: 'Write the option in full.',
    });
  }
  if (equals !== -1 && !definition.takesValue) {
    throw new PeepError('OPTION_INVALID', `the option ${match} takes no value`, {
      place,
      hint: `Write \`${match}\` alone.`,
    });
  }
  return { definition, written: name, value: equals === -1 ? undefined : word.slice(equals + 1) };
}

function shortOption(word: string, place: SourceLocation): Found {
  if (!word.startsWith('-') || word === '-') throw ignoredText(word, place);
  const letter = word.charAt(1);
  const definition = definitions.find(({ short }) => short === letter);
  if (definition === undefined) throw unknownOption(`-${letter}`, place, word);
  const glued = word.slice(2);
  if (glued === '') return { definition, written: word, value: undefined };
  if (!isGluedValue(definition.name, glued)) throw dashRequirement(word, place);
  return { definition, written: `-${letter}`, value: glued };
}

/**
 * `-foo==1.0` is a mistyped requirement that pip reads as `-f oo==1.0`. A value may be attached to its letter only
 * if the word cannot be a requirement.
 */
function isGluedValue(name: OptionName, value: string): boolean {
  switch (name) {
    case 'indexUrl':
      return /^(https?|file):\/\//i.test(value);
    case 'findLinks':
      return /^(https?|file):\/\//i.test(value) || /^[./]/.test(value);
    case 'requirement':
    case 'constraint':
      return !/^(equirement|onstraint)|==/.test(value) && /\/|\.(txt|in|pip|toml|lock)$/.test(value);
    case 'configSettings':
      return value.includes('=') && !value.includes('==');
    default:
      return false;
  }
}

function dashRequirement(word: string, place: SourceLocation): PeepError {
  return new PeepError(
    'DASH_REQUIREMENT',
    `'${shown(word)}' starts with a dash: pip reads it as the option -${word.charAt(1)} with the value '${shown(word.slice(2))}'`,
    {
      place,
      hint: `Remove the dash, or put a space between \`-${word.charAt(1)}\` and its value.`,
    },
  );
}

function ignoredText(word: string, place: SourceLocation): PeepError {
  if (word.startsWith(';')) {
    return new PeepError('TEXT_IGNORED', 'the marker follows an option, where pip ignores it', {
      place,
      hint: 'Put the marker before the first option: `name==1.0 ; MARKER --hash=…`.',
    });
  }
  return new PeepError('TEXT_IGNORED', `pip would ignore '${shown(word)}', which follows an option`, {
    place,
    hint: 'Put each requirement on its own line, with its options after it; comments start with ` #`.',
  });
}

function unknownOption(name: string, place: SourceLocation, word = name): PeepError {
  return new PeepError(
    'OPTION_INVALID',
    `there is no option ${shown(name)} in requirements files ('${shown(word)}')`,
    {
      place,
      hint: 'Options such as --upgrade or --target belong on the command line.',
    },
  );
}

function shown(text: string): string {
  return printable(redactUrl(text));
}
