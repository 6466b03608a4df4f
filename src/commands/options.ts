import { type OptionDefinition, readCommandLine } from '../config/command-line.js';
import { type CommandOptions, commandOptions } from '../config/command-options.js';
import { installOptions } from '../install/options.js';
import { syncOptions } from '../install/sync-options.js';
import type { CommandName } from './arguments.js';

/** The arguments of a command: options in order, then operands. */
export interface ParsedCommand {
  readonly options: CommandOptions;
  readonly operands: readonly string[];
}

/** Options that `peep install` has too, by their long names. */
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
    '--index',
    '--from',
    '--missing-status',
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
const provenanceOptions = shared('--require-provenance', '--provenance-index', '--trusted-root');

const lockOptions = shared(
  ...([
    '--package',
    '--extra',
    '--all-extras',
    '--group',
    '--all-groups',
    '--no-dev',
    '--skip-local',
    '--relocate',
  ] as const),
);

/** Options of `pip download` that have an equivalent here, or that describe the default. */
const downloadOptions = shared(
  ...(['--ignore-requires-python', '--no-deps', '--require-hashes', '--isolated', '--no-input'] as const),
  ...(['--disable-pip-version-check', '--no-python-version-warning', '--use-pep517'] as const),
  ...(['--no-cache-dir', '--exists-action', '--src', '--resume-retries'] as const),
);

const reportOption = shared('--report');
const sbomOption = shared('--sbom');

const flag = (...names: [string, ...string[]]): OptionDefinition => ({ names, kind: 'peep' });
const valued = (...names: [string, ...string[]]): OptionDefinition => ({ names, kind: 'peep', value: true });

const optional = (...names: [string, ...string[]]): OptionDefinition => ({
  ...{ names, kind: 'peep', value: 'optional' },
});

/** The options of each command except `install` and `sync`, whose tables are in src/install/. */
const definitions = {
  fetch: [
    ...requirementOptions,
    ...lockOptions,
    ...indexOptions,
    ...targetOptions,
    ...provenanceOptions,
    ...shared('--dry-run'),
    ...[valued('--dest', '-d', '--destination-dir', '--destination-directory'), valued('--layout')],
    ...[flag('--mirror'), flag('--all'), valued('--for'), valued('--push')],
    ...sbomOption,
    ...downloadOptions,
  ],
  hash: [...reportOption],
  pin: [
    ...requirementOptions,
    ...lockOptions,
    ...provenanceOptions,
    ...indexOptions,
    ...targetOptions,
    ...[
      flag('--write'),
      flag('--check'),
      ...shared('--check-needs'),
      flag('--all'),
      valued('--for'),
      valued('--style'),
      optional('--upgrade'),
      valued('--accept-publisher'),
      flag('--record-publishers'),
      valued('--min-age'),
      valued('--accept-status'),
    ],
  ],
  compile: [
    valued('--output-file', '-o'),
    ...shared('--constraint', '--report', '--strict', '--dry-run'),
    ...shared('--extra', '--all-extras', '--group', '--all-groups'),
    ...provenanceOptions,
    ...indexOptions,
    ...[flag('--upgrade', '-U'), valued('--upgrade-package', '-P'), flag('--check'), flag('--all')],
    ...[valued('--for'), valued('--style'), valued('--resolver'), flag('--allow-builds')],
    ...[valued('--accept-publisher'), valued('--min-age'), valued('--accept-status')],
  ],
  outdated: [
    ...shared('--requirement', '--constraint', '--report'),
    ...[...lockOptions, ...provenanceOptions, ...indexOptions, ...targetOptions],
    ...[valued('--for'), valued('--min-age'), flag('--check')],
  ],
  vet: [
    ...[...indexOptions, ...targetOptions, ...shared('--provenance-index', '--trusted-root')],
    ...[valued('--for'), flag('--list'), valued('--show'), valued('--html'), ...reportOption],
  ],
  port: [flag('--reverse'), ...reportOption],
  verify: [
    ...[...requirementOptions, ...lockOptions, ...indexOptions, flag('--fix'), flag('--yes', '-y')],
    ...[flag('--allow-editable'), valued('--target', '-t'), valued('--path'), ...sbomOption],
  ],
  diff: [
    ...[...shared('--requirement', '--constraint'), ...lockOptions, ...indexOptions, ...targetOptions],
    ...shared('--provenance-index', '--trusted-root'),
    ...[valued('--for'), flag('--all')],
    ...[flag('--stat'), flag('--name-only'), valued('--context'), valued('--path'), valued('--html')],
    ...reportOption,
  ],
  store: [
    ...[valued('--keep-days'), valued('--max-size')],
    ...[...requirementOptions, ...lockOptions, ...provenanceOptions],
    ...indexOptions,
    ...targetOptions,
    ...[flag('--all'), valued('--for'), flag('--trust-sums')],
  ],
} as const satisfies Record<Exclude<CommandName, 'install' | 'sync'>, readonly OptionDefinition[]>;

/** Every option that a command accepts, for completions and the manual; refused options are omitted. */
export function optionsOf(name: CommandName): readonly OptionDefinition[] {
  if (name !== 'install' && name !== 'sync') return [...globalOptions, ...definitions[name]];
  const table: readonly OptionDefinition[] = name === 'sync' ? syncOptions : installOptions;
  return table.filter(({ kind }) => kind !== 'refused');
}

/** Parses the arguments of one command. Throws `USAGE` for unknown options. */
export function parseCommand(name: keyof typeof definitions, argv: readonly string[]): ParsedCommand {
  const { given, operands } = readCommandLine(name, [...globalOptions, ...definitions[name]], argv);
  const options = given.map(({ definition, value = '' }) => ({ name: definition.names[0], value }));
  return { options: commandOptions(options), operands };
}
