import { resolve } from 'node:path';
import { type OptionDefinition, readCommandLine } from '../config/command-line.js';
import { type CommandOptions, commandOptions } from '../config/command-options.js';
import { type LineOption, lineOption } from '../packaging/line-option.js';
import { PeepError, type SourceLocation } from '../text/errors.js';
import { looksLikeRequirements } from '../text/files-meant.js';
import { printable } from '../text/redact.js';
import { installOptions } from './options.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';

export interface PassedOption {
  readonly definition: OptionDefinition;
  /** Formatted for pip's command line: `--target=lib`, `--user`. */
  readonly argument: LineOption;
}

/** The command line of `peep install`, split between peep and pip. */
export interface InstallArguments extends CommandOptions {
  readonly passed: readonly PassedOption[];
}

/**
 * Splits the arguments after `install` as pip does: `--option value`, `--option=value`, `-rFILE`, `-Uqq`. Throws
 * `USAGE` (exit 2) for requirements on the command line, for refused options with the reason, and for unknown
 * options with the nearest known one.
 */
export function splitInstallArguments(
  argv: readonly string[],
  {
    command,
    options: definitions,
  }: { readonly command: string; readonly options: readonly OptionDefinition[] } = {
    ...{ command: 'install', options: installOptions },
  },
): InstallArguments {
  const { given: options, operands } = readCommandLine(command, definitions, argv);
  const [operand] = operands;
  if (operand !== undefined) throw positional(operand, command);
  const given: { readonly name: string; readonly value: string }[] = [];
  const passed: PassedOption[] = [];
  for (const { definition, written, value } of options) {
    const [name] = definition.names;
    if (definition.kind === 'refused') throw usage(`${written} ${definition.why ?? 'is refused'}`);
    if (definition.kind === 'peep' || definition.kind === 'both') {
      given.push({ name, value: value ?? '' });
    }
    // Some values become part of a line in the file for pip, so they must not contain a line end.
    const argument = lineOption(name, value);
    if (argument === undefined) throw usage(`the value of ${written} contains a line break`);
    if (definition.kind === 'pass' || definition.kind === 'both') passed.push({ definition, argument });
  }
  refuseTargetWithoutDirectory(given, passed);
  return { ...commandOptions(given), passed };
}

/**
 * pip's arguments for the options that are passed to it; relative paths are resolved against `cwd`. Throws `USAGE`
 * for an option that this pip does not have, before anything is fetched.
 */
export function passThroughArguments(
  passed: readonly PassedOption[],
  pip: PipVersion,
  cwd: string,
): readonly LineOption[] {
  return passed.map(({ definition, argument }) => {
    const { names, since, until, path } = definition;
    if (since !== undefined && !pipAtLeast(pip, since)) {
      throw usage(`${names[0]} needs pip ${since} or newer; this run uses pip ${pip.join('.')}`);
    }
    if (until !== undefined && pipAtLeast(pip, until)) {
      throw usage(`pip ${until} and newer have no ${names[0]}; this run uses pip ${pip.join('.')}`);
    }
    return path === true ? absolute(definition, argument, cwd) : argument;
  });
}

/** `--target=lib` → `--target=/home/me/lib`; pip itself knows what `~` means. */
function absolute({ names: [name] }: OptionDefinition, argument: LineOption, cwd: string): LineOption {
  const path = argument.slice(name.length + 1);
  if (path.startsWith('~')) return argument;
  const found = lineOption(name, resolve(cwd, path));
  if (found === undefined) throw usage(`the working directory of ${name} has a line break in its name`);
  return found;
}

/**
 * Checks that pip supports options in a line of a requirements file, which it does since 23.1. Throws
 * `PIP_OPTION_UNKNOWN` with `place`.
 */
export function checkLineOptions(
  pipOptions: readonly LineOption[],
  pip: PipVersion,
  place: SourceLocation,
): void {
  const [first] = pipOptions;
  if (first === undefined || pipAtLeast(pip, '23.1')) return;
  throw new PeepError(
    'PIP_OPTION_UNKNOWN',
    `'${printable(first)}' on a requirement's line needs pip 23.1 or newer; this run uses pip ${pip.join('.')}`,
    { place, hint: 'Give the option on the command line of `peep install`, or upgrade pip.' },
  );
}

/**
 * Refuses options such as --platform without --target before anything is fetched; pip would refuse them only at the
 * end.
 */
function refuseTargetWithoutDirectory(given: CommandOptions['given'], passed: readonly PassedOption[]): void {
  const chosen = given.find(({ name }) => explicitTarget.has(name));
  if (chosen === undefined || passed.some(({ definition }) => definition.names[0] === '--target')) return;
  if (given.some(({ name }) => name === '--dry-run')) return;
  throw usage(
    `${chosen.name} selects a different Python from the one that peep installs for`,
    'Name a directory with --target, or use `peep fetch`.',
  );
}

const explicitTarget: ReadonlySet<string> = new Set([
  '--python-version',
  '--implementation',
  '--abi',
  '--platform',
]);

function positional(argument: string, command: string): PeepError {
  return usage(
    `'${printable(argument)}' is a requirement on the command line; peep installs only from requirements files`,
    looksLikeRequirements(argument)
      ? `Did you mean \`peep ${command} -r ${printable(argument)}\`?`
      : `Write it into requirements.in; then \`peep compile requirements.in -o requirements.txt\` pins it, and \`peep ${command} -r requirements.txt\` installs it.`,
  );
}

function usage(message: string, hint = '`peep help install` lists the options.'): PeepError {
  return new PeepError('USAGE', message, { hint });
}
