import { Command, CommanderError, Option } from 'commander';
import { installOptions, type OptionDefinition } from '../install/options.js';
import { PeepError } from '../text/errors.js';
import type { CommandName } from './arguments.js';
import { type CommandOptions, commandOptions } from './command-options.js';

/** What a command was given: options in order, then the other arguments. */
export interface ParsedCommand {
  readonly options: CommandOptions;
  readonly operands: readonly string[];
}

/** Options that `peep install` has as well, by their long names. */
function shared(...names: (typeof installOptions)[number]['names'][0][]): OptionDefinition[] {
  return installOptions.filter((definition) => names.includes(definition.names[0]));
}

const globalOptions = shared(
  ...(['--python', '--cache-dir', '--offline', '--verbose', '--quiet', '--no-color'] as const),
  ...(['--progress-bar', '--jobs', '--memory-budget', '--store'] as const),
);

const indexOptions = shared(
  ...([
    '--index-url',
    '--extra-index-url',
    '--no-index',
    '--find-links',
    '--no-binary',
    '--only-binary',
    '--refresh',
  ] as const),
  ...([
    '--prefer-binary',
    '--pre',
    '--trusted-host',
    '--cert',
    '--client-cert',
    '--proxy',
    '--timeout',
  ] as const),
  ...(['--retries', '--keyring-provider'] as const),
);

const targetOptions = shared('--python-version', '--implementation', '--abi', '--platform');
const requirementOptions = shared('--requirement', '--constraint', '--report', '--strict');

const lockOptions = shared(
  ...([
    '--package',
    '--extra',
    '--all-extras',
    '--group',
    '--all-groups',
    '--no-dev',
    '--skip-local',
  ] as const),
);

const reportOption = shared('--report');

const flag = (...names: [string, ...string[]]): OptionDefinition => ({ names, kind: 'peep' });
const valued = (...names: [string, ...string[]]): OptionDefinition => ({ names, kind: 'peep', value: true });

/** The options of each command but `install`, whose table is src/install/options.ts. */
const definitions = {
  fetch: [
    ...requirementOptions,
    ...lockOptions,
    ...indexOptions,
    ...targetOptions,
    ...shared('--dry-run'),
    ...[valued('--dest'), valued('--layout'), flag('--all'), valued('--for'), valued('--push')],
  ],
  hash: [...reportOption],
  pin: [
    ...requirementOptions,
    ...lockOptions,
    ...indexOptions,
    ...targetOptions,
    ...[
      flag('--write'),
      flag('--check'),
      flag('--all'),
      valued('--for'),
      valued('--style'),
      valued('--upgrade'),
    ],
  ],
  port: [flag('--reverse'), ...reportOption],
  verify: [...requirementOptions, ...lockOptions, ...indexOptions, flag('--fix')],
  diff: [
    ...indexOptions,
    ...[flag('--stat'), flag('--name-only'), valued('--context'), valued('--path'), valued('--html')],
    ...reportOption,
  ],
  store: [
    ...[valued('--keep-days'), valued('--max-size')],
    ...requirementOptions,
    ...indexOptions,
    ...targetOptions,
    ...[flag('--all'), valued('--for')],
  ],
} as const satisfies Record<Exclude<CommandName, 'install'>, readonly OptionDefinition[]>;

/** Every option that a command takes, for completions and the manual; those that are refused are left out. */
export function optionsOf(name: CommandName): readonly OptionDefinition[] {
  if (name !== 'install') return [...globalOptions, ...definitions[name]];
  const table: readonly OptionDefinition[] = installOptions;
  return table.filter(({ kind }) => kind !== 'refused');
}

/** Reads the arguments of one command. Throws `USAGE` for what it does not know. */
export function parseCommand(name: keyof typeof definitions, argv: readonly string[]): ParsedCommand {
  const command = new Command(name)
    .exitOverride()
    .helpOption(false)
    .allowExcessArguments()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  const given: { name: string; value: string }[] = [];
  for (const definition of [...globalOptions, ...definitions[name]]) addOption(command, definition, given);
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw usage(name, error.message);
  }
  return { options: commandOptions(given), operands: command.args };
}

/** commander takes one short and one long name an option, so that an alias is an option of its own. */
function addOption(
  command: Command,
  definition: OptionDefinition,
  given: { name: string; value: string }[],
): void {
  const [name] = definition.names;
  for (const written of definition.names) {
    const option = new Option(definition.value === true ? `${written} <value>` : written);
    command.addOption(option);
    command.on(`option:${option.name()}`, (value: unknown) => {
      given.push({ name, value: typeof value === 'string' ? value : '' });
    });
  }
}

function usage(name: string, text: string): PeepError {
  const [message = '', suggestion] = text.replace(/^error: /, '').split('\n');
  return new PeepError('USAGE', `peep ${name}: ${message}`, {
    hint: suggestion?.replace(/^\(|\)$/g, '') ?? `\`peep help ${name}\` lists the options.`,
  });
}
