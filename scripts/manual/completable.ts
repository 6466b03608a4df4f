import { type CommandName, commandNames } from '../../src/commands/arguments.js';
import { optionsOf } from '../../src/commands/options.js';
import { commandHelp, wordsOf } from './help-words.js';

/** What may follow an option or stand as an argument: words of a list, or paths. */
export type Expected = { readonly words: readonly string[] } | 'files' | 'directories' | 'anything';

export interface CompletableOption {
  /** Long and short names. */
  readonly names: readonly string[];
  /** Undefined for one without a value. */
  readonly value: Expected | undefined;
  /** '' where the help has none. */
  readonly text: string;
}

export interface Completable {
  readonly name: CommandName;
  readonly summary: string;
  readonly options: readonly CompletableOption[];
  readonly operands: Expected;
}

const files = [
  '--requirement',
  '--constraint',
  '--build-requirements',
  '--report',
  '--cert',
  '--client-cert',
];
const values: Readonly<Record<string, Expected>> = {
  ...Object.fromEntries(
    [...files, '--html', '--sbom', '--trusted-root', '--python', '--log', '--find-links'].map((name) => [
      name,
      'files',
    ]),
  ),
  ...Object.fromEntries(
    ['--cache-dir', '--dest', '--target', '--prefix', '--root', '--src'].map((name) => [name, 'directories']),
  ),
  '--progress-bar': { words: ['auto', 'on', 'off'] },
  '--installer': { words: ['pip', 'uv'] },
  '--layout': { words: ['flat', 'simple'] },
  '--style': { words: ['peep', 'pip'] },
  '--keyring-provider': { words: ['auto', 'disabled', 'import', 'subprocess'] },
  '--implementation': { words: ['cp', 'pp', 'py'] },
};
const operands: Partial<Record<CommandName, Expected>> = {
  hash: 'files',
  port: 'files',
  diff: 'files',
  vet: 'files',
  store: { words: ['path', 'list', 'verify', 'prune', 'import', 'push'] },
};

/** Every command with its options, from the tables that the program itself reads. */
export function completables(): readonly Completable[] {
  return commandNames.map((name) => {
    const words = wordsOf(name);
    const text = (option: readonly string[]) =>
      option.map((each) => words.get(each)).find((each) => each) ?? '';
    const options = optionsOf(name).map(
      ({ names, value }): CompletableOption => ({
        names,
        value: value === true ? (values[names[0]] ?? 'anything') : undefined,
        text: text(names),
      }),
    );
    if (!options.some(({ names }) => names.includes('--help')))
      options.push({ names: ['--help', '-h'], value: undefined, text: 'this help' });
    return {
      name,
      summary: commandHelp(name).summary,
      options,
      operands: operands[name] ?? { words: [] },
    };
  });
}

/** The options that may stand before the command as well. */
export function globalOptions(): readonly CompletableOption[] {
  const [first, ...rest] = completables();
  return (first?.options ?? [])
    .filter(({ names: [name = ''] }) =>
      rest.every(({ options }) => options.some(({ names }) => names.includes(name))),
    )
    .filter(({ names }) => !names.includes('--report'));
}
