import { Command, CommanderError, Option } from 'commander';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

/** What peep does with an option of `pip install`, or one of its own. */
export type OptionKind =
  /** pip gets it as the user wrote it. */
  | 'pass'
  /** peep acts on it; pip never sees it. */
  | 'peep'
  /** peep acts on it, and pip must know as well. */
  | 'both'
  /** Accepted without effect: already the default, or meaningless for a verified install. */
  | 'implied'
  /** It would fetch, change what is pinned, or weaken the check. */
  | 'refused';

export interface OptionDefinition<Name extends string = string> {
  /** The long name first; reports and messages use it. */
  readonly names: readonly [Name, ...string[]];
  readonly kind: OptionKind;
  /** Does a value follow? `optional`: the next word, unless it is an option. */
  readonly value?: true | 'optional';
  /** Is the value a path? pip gets it absolute, for it does not run in the user's directory. */
  readonly path?: true;
  /** First pip that knows it, when that is not every pip since 19. */
  readonly since?: string;
  /** First pip that does not know it any more. */
  readonly until?: string;
  /** Why it is refused and what to do instead: the rest of a sentence that begins with the option. */
  readonly why?: string;
}

/** One occurrence of an option. */
export interface GivenOption {
  readonly definition: OptionDefinition;
  /** The name that the user wrote. */
  readonly written: string;
  /** Undefined for an option without a value. */
  readonly value: string | undefined;
}

export interface CommandLine {
  /** In the order of the command line. */
  readonly given: readonly GivenOption[];
  /** What is not an option, and all behind `--`. */
  readonly operands: readonly string[];
}

/**
 * Reads the arguments of a command as pip's own parser does: `--option value`, `--option=value`, `-rFILE`, `-Uqq`. Throws
 * `USAGE` for what is not defined, with the nearest option that is not refused.
 */
export function readCommandLine(
  command: string,
  definitions: readonly OptionDefinition[],
  argv: readonly string[],
): CommandLine {
  const parser = new Command(command)
    .exitOverride()
    .helpOption(false)
    .allowExcessArguments()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  const given: GivenOption[] = [];
  for (const definition of definitions) {
    // commander takes one short and one long name an option, so that an alias is an option of its own.
    for (const written of definition.names) {
      const form = { true: ' <value>', optional: ' [value]', undefined: '' }[`${definition.value}`];
      const option = new Option(`${written}${form}`);
      parser.addOption(option.hideHelp(definition.kind === 'refused'));
      parser.on(`option:${option.name()}`, (value: unknown) => {
        given.push({ definition, written, value: typeof value === 'string' ? value : undefined });
      });
    }
  }
  try {
    parser.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw usage(command, error.message);
  }
  return { given, operands: parser.args };
}

function usage(command: string, text: string): PeepError {
  const [message = '', suggestion] = text.replace(/^error: /, '').split('\n');
  return new PeepError('USAGE', `peep ${command}: ${printable(message)}`, {
    hint: suggestion?.replace(/^\(|\)$/g, '') ?? `\`peep help ${command}\` lists the options.`,
  });
}
