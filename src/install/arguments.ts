import { resolve } from 'node:path';
import { PeepError, type SourceLocation } from '../text/errors.js';
import { printable } from '../text/redact.js';
import { installOptions, type OptionDefinition, type PeepOption } from './options.js';
import { type PipVersion, pipAtLeast } from './pip-version.js';

/** One occurrence of an option that peep acts on, in the order of the command line. */
export interface CommandOption {
  readonly name: PeepOption;
  /** Empty for an option without a value. */
  readonly value: string;
}

export interface PassedOption {
  readonly definition: OptionDefinition;
  /** Ready for pip's command line: `--target=lib`, `--user`. */
  readonly argument: string;
}

/** The command line of `peep install`, split between peep and pip. */
export interface InstallArguments {
  readonly given: readonly CommandOption[];
  readonly passed: readonly PassedOption[];
  /** How often an option was given; for `-v` and the like. */
  count(name: PeepOption): number;
  has(name: PeepOption): boolean;
  /** All values of an option, in order. */
  values(name: PeepOption): readonly string[];
  /** The last value of an option: it wins, as in pip. */
  value(name: PeepOption): string | undefined;
}

/** Whatever ends a line for Python's `str.splitlines`. */
const lineEnd = /[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

const definitions: readonly OptionDefinition[] = installOptions;
const byName = new Map(
  definitions.flatMap((definition) => definition.names.map((name) => [name, definition])),
);

/**
 * Splits the arguments after `install` as pip's own parser reads them: `--option value`, `--option=value`,
 * `-rFILE`, `-Uqq`. Throws `USAGE` (exit 2) for requirements on the command line, refused options with the
 * reason, and unknown ones with the nearest known one.
 */
export function splitInstallArguments(argv: readonly string[]): InstallArguments {
  const given: CommandOption[] = [];
  const passed: PassedOption[] = [];
  for (const { definition, written, value } of readOptions(argv)) {
    const [name] = definition.names;
    if (definition.kind === 'refused') throw usage(`${written} ${definition.why ?? 'is refused'}`);
    if (definition.kind === 'peep' || definition.kind === 'both') {
      given.push({ name: name as PeepOption, value: value ?? '' });
    }
    // Some end up in a line of the file that pip gets, where they must not begin another.
    if (value !== undefined && lineEnd.test(value))
      throw usage(`the value of ${written} has a line end in it`);
    if (definition.kind === 'pass' || definition.kind === 'both') {
      passed.push({ definition, argument: value === undefined ? name : `${name}=${value}` });
    }
  }
  refuseTargetWithoutDirectory(given, passed);
  const values = (name: PeepOption): string[] =>
    given.filter((option) => option.name === name).map((option) => option.value);
  return {
    given,
    passed,
    count: (name) => values(name).length,
    has: (name) => values(name).length > 0,
    values,
    value: (name) => values(name).at(-1),
  };
}

/**
 * pip's arguments for the options that go to it; relative paths are below `cwd`. Throws `USAGE` for one that this pip does not know: before
 * anything is fetched, rather than by pip at the end.
 */
export function passThroughArguments(
  passed: readonly PassedOption[],
  pip: PipVersion,
  cwd: string,
): readonly string[] {
  return passed.map(({ definition, argument }) => {
    const { names, since, until, path } = definition;
    if (since !== undefined && !pipAtLeast(pip, since)) {
      throw usage(`${names[0]} needs pip ${since} or newer; the pip to hand over to is ${pip.join('.')}`);
    }
    if (until !== undefined && pipAtLeast(pip, until)) {
      throw usage(`pip ${until} and newer have no ${names[0]}; the pip to hand over to is ${pip.join('.')}`);
    }
    return path === true ? absolute(argument, cwd) : argument;
  });
}

/** `--target=lib` → `--target=/home/me/lib`; pip itself knows what `~` means. */
function absolute(argument: string, cwd: string): string {
  const equals = argument.indexOf('=') + 1;
  const path = argument.slice(equals);
  return path.startsWith('~') ? argument : argument.slice(0, equals) + resolve(cwd, path);
}

/**
 * The same for options of a requirement's own line, which pip takes since 23.1. Throws `PIP_OPTION_UNKNOWN`
 * with `place`.
 */
export function checkLineOptions(
  pipOptions: readonly string[],
  pip: PipVersion,
  place: SourceLocation,
): void {
  const [first] = pipOptions;
  if (first === undefined || pipAtLeast(pip, '23.1')) return;
  throw new PeepError(
    'PIP_OPTION_UNKNOWN',
    `'${printable(first)}' on a requirement's line needs pip 23.1 or newer; the pip to hand over to is ${pip.join('.')}`,
    { place, hint: 'Give the option on the command line of `peep install`, or bring pip up to date.' },
  );
}

/** pip says so too, but at the end. */
function refuseTargetWithoutDirectory(
  given: readonly CommandOption[],
  passed: readonly PassedOption[],
): void {
  const chosen = given.find(({ name }) => explicitTarget.has(name));
  if (chosen === undefined || passed.some(({ definition }) => definition.names[0] === '--target')) return;
  if (given.some(({ name }) => name === '--dry-run')) return;
  throw usage(
    `${chosen.name} is for another Python than the one installed into`,
    'Name a directory with --target, or use `peep fetch`.',
  );
}

const explicitTarget: ReadonlySet<PeepOption> = new Set([
  '--python-version',
  '--implementation',
  '--abi',
  '--platform',
]);

interface ReadOption {
  readonly definition: OptionDefinition;
  /** As the user wrote it, less a value. */
  readonly written: string;
  readonly value: string | undefined;
}

function* readOptions(argv: readonly string[]): Generator<ReadOption> {
  const rest = argv.values();
  for (const argument of rest) {
    if (argument === '--') {
      const first = rest.next();
      if (first.done !== true) throw positional(first.value);
    } else if (argument.startsWith('--')) {
      yield longOption(argument, rest);
    } else if (argument.startsWith('-') && argument !== '-') {
      yield* shortOptions(argument, rest);
    } else {
      throw positional(argument);
    }
  }
}

function longOption(argument: string, rest: Iterator<string>): ReadOption {
  const equals = argument.indexOf('=');
  const written = equals === -1 ? argument : argument.slice(0, equals);
  const definition = byName.get(written) ?? unknown(written);
  const inline = equals === -1 ? undefined : argument.slice(equals + 1);
  if (definition.value !== true && inline !== undefined) throw usage(`${written} takes no value`);
  return {
    definition,
    written,
    value: definition.value === true ? (inline ?? next(written, rest)) : undefined,
  };
}

/** `-Uqr FILE`: letters in a row, of which the first that takes a value takes the rest of the word. */
function* shortOptions(argument: string, rest: Iterator<string>): Generator<ReadOption> {
  for (let i = 1; i < argument.length; i += 1) {
    const written = `-${argument.charAt(i)}`;
    const definition = byName.get(written) ?? unknown(written, argument);
    if (definition.value === true) {
      const glued = argument.slice(i + 1);
      yield { definition, written, value: glued === '' ? next(written, rest) : glued };
      return;
    }
    yield { definition, written, value: undefined };
  }
}

function next(written: string, rest: Iterator<string>): string {
  const value = rest.next();
  if (value.done === true) throw usage(`${written} needs a value`);
  return value.value;
}

function positional(argument: string): PeepError {
  return usage(
    `'${printable(argument)}' stands on the command line; peep installs what a requirements file pins`,
    'Put it into a file with its hash and use `peep install -r FILE`; `peep hash ARCHIVE` prints the hash line.',
  );
}

function unknown(written: string, within: string = written): never {
  const nearest = nearestName(within);
  const shown =
    within === written ? `'${printable(written)}'` : `'${printable(written)}' in '${printable(within)}'`;
  throw usage(
    `peep install does not know the option ${shown}`,
    nearest === undefined ? '`peep help install` lists the options.' : `Did you mean ${nearest}?`,
  );
}

/** The known option that is the fewest edits away, when that is near enough to be meant. */
function nearestName(written: string): string | undefined {
  const known = [...byName.keys()].filter((name) => name.startsWith('--'));
  const start = known.find((name) => written.length >= 5 && name.startsWith(written));
  if (start !== undefined) return start;
  const ranked = known
    .map((name) => ({ name, edits: editDistance(written, name) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best !== undefined && best.edits <= Math.max(2, Math.floor(best.name.length / 4))
    ? best.name
    : undefined;
}

/** Levenshtein's distance, two neighbours swapped counting as one edit. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(change, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

function usage(message: string, hint = '`peep help install` lists the options.'): PeepError {
  return new PeepError('USAGE', message, { hint });
}
