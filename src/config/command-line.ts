import { Command, CommanderError, Option } from 'commander';
import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

/** How peep handles an option of `pip install` or of peep. */
export type OptionKind =
  /** Passed to pip as the user wrote it. */
  | 'pass'
  /** peep acts on it; pip does not get it. */
  | 'peep'
  /** peep acts on it and passes it to pip. */
  | 'both'
  /** Accepted without effect: already the default, or meaningless for a verified install. */
  | 'implied'
  /** Refused: it would fetch, change what is pinned, or weaken the check. */
  | 'refused';

export interface OptionDefinition<Name extends string = string> {
  /** The long name first; reports and messages use it. */
  readonly names: readonly [Name, ...string[]];
  readonly kind: OptionKind;
  /** True if a value follows. `optional`: the next word, unless it is an option. */
  readonly value?: true | 'optional';
  /** True if the value is a path. It is made absolute, because pip does not run in the user's directory. */
  readonly path?: true;
  /** The first pip that has the option, if not every pip since 19 does. */
  readonly since?: string;
  /** The first pip without the option. */
  readonly until?: string;
  /** Why it is refused and what to do instead: the rest of a sentence that begins with the option. */
  readonly why?: string;
}

/** One occurrence of an option. */
export interface GivenOption {
  readonly definition: OptionDefinition;
  /** The name as the user wrote it. */
  readonly written: string;
  /** Undefined for an option without a value. */
  readonly value: string | undefined;
}

export interface CommandLine {
  /** In the order of the command line. */
  readonly given: readonly GivenOption[];
  /** Arguments that are not options, and all arguments after `--`. */
  readonly operands: readonly string[];
}

/**
 * Parses the arguments of a command as pip does: `--option value`, `--option=value`, `-rFILE`, `-Uqq`. Throws
 * `USAGE` for an unknown option and suggests the nearest one that is allowed.
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
    // commander allows one short and one long name per option, so an alias is an option of its own.
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
