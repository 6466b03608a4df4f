/** The options of a command line, in order. Names are the long ones; `InstallArguments` has this type too. */
export interface CommandOptions {
  readonly given: readonly { readonly name: string; readonly value: string }[];
  count(name: string): number;
  has(name: string): boolean;
  /** All values of an option, in order. */
  values(name: string): readonly string[];
  /** The last value of an option: it wins, as in pip. */
  value(name: string): string | undefined;
}

export function commandOptions(given: CommandOptions['given']): CommandOptions {
  const values = (name: string): string[] =>
    given.filter((option) => option.name === name).map((option) => option.value);
  return {
    given,
    count: (name) => values(name).length,
    has: (name) => values(name).length > 0,
    values,
    value: (name) => values(name).at(-1),
  };
}
