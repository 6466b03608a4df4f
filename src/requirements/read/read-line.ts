import type { Environment } from '../../config/environment.js';
import { algorithmNames, isDigestAlgorithm, parseHexDigest } from '../../hash/digest.js';
import { type LineOption, lineOption } from '../../packaging/line-option.js';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import { placed } from '../placed.js';
import { expandVariables } from './expand.js';
import type { LogicalLine } from './lines.js';
import { type OptionName, type ParsedOption, parseOptions } from './options.js';
import type {
  EditableLine,
  IncludeLine,
  OptionsLine,
  RequirementLine,
  RequirementsLine,
  WrittenHash,
} from './requirements-line.js';

/** The position of a line, and the state at that point. */
export interface LineContext {
  readonly env: Environment;
  readonly place: SourceLocation;
  readonly constraint: boolean;
  /** Absolute path of the file. */
  readonly location: string;
  readonly clean: (error: PeepError) => PeepError;
}

/**
 * Parses one logical line: variables, the requirement, its options. Refuses text that pip would accept and then
 * ignore (contract section 3). Throws `PeepError`s with `place`.
 */
export function readLine(line: LogicalLine, context: LineContext): RequirementsLine {
  const { env, place } = context;
  if (line.stray !== undefined) throw line.stray;
  if (line.text.endsWith('\\')) {
    throw new PeepError('STRAY_CHARACTER', 'a blank follows the backslash, so the line is not continued', {
      place: { ...place, line: line.last },
      hint: 'Remove the blanks at the end of the line.',
    });
  }
  const { args: written } = splitOptions(line.text);
  const { args, options: optionsText } = splitOptions(expandVariables(line.text, env, place));
  if (/\t-/.test(args)) {
    throw new PeepError(
      'OPTION_MISPLACED',
      'a tab precedes the first option, so pip does not see the option',
      {
        place,
        hint: 'Use a space instead.',
      },
    );
  }
  const isEditable = args === '' && /^(?:-e|--e[a-z]*)(?:[ =]|$)/.test(optionsText);
  const options = parseOptions(isEditable ? withoutMarker(optionsText) : optionsText, place);
  if (options.some(({ name }) => name === 'noRequireHashes')) {
    throw new PeepError('HASHES_OFF', '--no-require-hashes would switch hash checking off', {
      place,
      hint: 'Remove the option: peep verifies every archive.',
    });
  }
  if (args !== '') return requirementLine(line, { text: args, written }, options, context);
  return optionLine(line, options, context);
}

/** The text before ` ;` or `; `: poetry writes markers this way, and pip ignores them. */
function withoutMarker(text: string): string {
  const semicolon = text.search(/[ \t];|;[ \t]/);
  return semicolon === -1 || /["']/.test(text.slice(0, semicolon)) ? text : text.slice(0, semicolon);
}

/** pip's rule: options start at the first word after a space that begins with a dash. */
function splitOptions(text: string): { args: string; options: string } {
  const words = text.split(' ');
  const first = words.findIndex((word) => word.startsWith('-'));
  if (first === -1) return { args: text, options: '' };
  return { args: words.slice(0, first).join(' '), options: words.slice(first).join(' ') };
}

function requirementLine(
  { hashComments, publisherComments }: LogicalLine,
  { text, written }: { readonly text: string; readonly written: string },
  options: readonly ParsedOption[],
  { place, constraint, clean }: LineContext,
): RequirementLine {
  const other = options.find(({ name }) => name !== 'hash' && name !== 'configSettings');
  if (other !== undefined) {
    throw new PeepError(
      'OPTION_MISPLACED',
      `the option ${spelling[other.name]} is on the line of a requirement, where pip ignores it or applies it to everything`,
      { place, hint: 'Give the option a line of its own.' },
    );
  }
  return {
    kind: 'requirement',
    ...{ place, constraint, text, written, hashComments, publisherComments, clean },
    hashes: options.filter(({ name }) => name === 'hash').map(({ value }) => readHash(value, place)),
    configSettings: options
      .filter(({ name }) => name === 'configSettings')
      .map(({ value }) => checkSetting(value, place)),
  };
}

function optionLine(
  { text, behindRemark }: LogicalLine,
  options: readonly ParsedOption[],
  { place, constraint, location }: LineContext,
): EditableLine | OptionsLine | IncludeLine {
  if (options.some(({ name }) => name === 'hash')) {
    throw new PeepError('HASH_ORPHAN', '--hash is on a line without a requirement, so it would be ignored', {
      place,
      hint:
        behindRemark === undefined
          ? 'End the line above with a backslash, or put the hash on the line of its requirement.'
          : `The comment in line ${behindRemark} ends the requirement: move the comment to a line of its own.`,
    });
  }
  for (const { name, value } of options) {
    if (name === 'configSettings') checkSetting(value, place);
  }
  const alone = options.find(
    ({ name }) => name === 'requirement' || name === 'constraint' || name === 'editable',
  );
  if (alone === undefined) {
    const [, second] = options.filter(({ name }) => name === 'findLinks');
    if (second !== undefined) throw crowded('findLinks', place);
    return { kind: 'options', place, constraint, text, options, location, besideFile: false };
  }
  if (alone.name === 'editable') return { kind: 'editable', place, constraint, text };
  if (options.length > 1) throw crowded(alone.name, place);
  const asConstraint = alone.name === 'constraint';
  return { kind: 'include', place, constraint, text, asConstraint, target: alone.value, location };
}

function crowded(name: OptionName, place: SourceLocation): PeepError {
  return new PeepError(
    'OPTION_MISPLACED',
    `${spelling[name]} shares its line with other options, some of which pip ignores`,
    { place, hint: 'Give each option a line of its own.' },
  );
}

export const spelling: Readonly<Record<OptionName, string>> = {
  indexUrl: '--index-url',
  extraIndexUrl: '--extra-index-url',
  noIndex: '--no-index',
  constraint: '-c',
  requirement: '-r',
  editable: '-e',
  findLinks: '--find-links',
  noBinary: '--no-binary',
  onlyBinary: '--only-binary',
  preferBinary: '--prefer-binary',
  requireHashes: '--require-hashes',
  noRequireHashes: '--no-require-hashes',
  pre: '--pre',
  allReleases: '--all-releases',
  onlyFinal: '--only-final',
  trustedHost: '--trusted-host',
  useFeature: '--use-feature',
  hash: '--hash',
  configSettings: '--config-settings',
};

function readHash(value: string, place: SourceLocation): WrittenHash {
  const colon = value.indexOf(':');
  const algorithm = colon === -1 ? '' : value.slice(0, colon);
  if (!isDigestAlgorithm(algorithm)) {
    throw new PeepError(
      'HASH_INVALID',
      `'--hash=${printable(value)}' is not ALGORITHM:HEX with ${algorithmNames}`,
      {
        place,
        hint: 'peep does not accept weaker algorithms such as md5 and sha1. `peep hash ARCHIVE` prints a sha256.',
      },
    );
  }
  return { value, digest: placed(() => parseHexDigest(algorithm, value.slice(colon + 1)), place) };
}

function checkSetting(value: string, place: SourceLocation): LineOption {
  const option = lineOption(spelling.configSettings, value);
  if (value.includes('=') && option !== undefined) return option;
  throw new PeepError(
    'OPTION_INVALID',
    `--config-settings '${printable(redactUrl(value))}' is not KEY=VALUE`,
    {
      place,
      hint: 'Write `--config-settings KEY=VALUE`.',
    },
  );
}
