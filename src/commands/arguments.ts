import { PeepError } from '../text/errors.js';
import { printable } from '../text/redact.js';

/** peep's own commands; all other commands go to pip (contract section 2). */
export const commandNames = [
  ...([
    'install',
    'sync',
    'fetch',
    'hash',
    'pin',
    'compile',
    'outdated',
    'port',
    'verify',
    'vet',
    'diff',
    'store',
  ] as const),
] as const;
export type CommandName = (typeof commandNames)[number];

/** The parsed command line. */
export type Invocation =
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'version'; readonly python: string | undefined }
  | { readonly kind: 'command'; readonly command: CommandName; readonly argv: readonly string[] }
  /** `python -m pip argv`; `python` is the value of a leading `--python`. */
  | { readonly kind: 'pip'; readonly argv: readonly string[]; readonly python: string | undefined };

const withValue = new Set([
  '--python',
  '--cache-dir',
  '--progress-bar',
  '--jobs',
  '--memory-budget',
  '--store',
]);
const flags = /^(?:--offline|--no-color|--verbose|--quiet|-[vq]+)$/;

/**
 * Finds the command among global options that may precede it. For a peep command, those options are passed on to
 * it. The arguments of pip's commands stay unchanged, except for a leading `--python PATH`, which chooses the
 * Python whose pip runs.
 */
export function readInvocation(argv: readonly string[]): Invocation {
  const leading: string[] = [];
  let python: string | undefined;
  for (let i = 0; i < argv.length; i += 1) {
    const argument = argv[i] ?? '';
    const [name, inlineValue] = splitOption(argument);
    if (withValue.has(name)) {
      if (inlineValue === undefined) i += 1;
      const value = inlineValue ?? argv[i];
      if (value === undefined)
        throw new PeepError('USAGE', `${name} needs a value`, {
          hint: '`peep help` shows what each option takes.',
        });
      if (name === '--python') python = value;
      leading.push(name, value);
    } else if (flags.test(argument)) leading.push(argument);
    else if (argument === '--help' || argument === '-h') return { kind: 'help', command: undefined };
    else if (argument === '--version' || argument === '-V') return { kind: 'version', python };
    else if (argument === 'help') return helpOrPip(argv, i, python);
    else if (isCommandName(argument)) {
      const rest = argv.slice(i + 1);
      const end = rest.indexOf('--');
      const options = end === -1 ? rest : rest.slice(0, end);
      if (options.includes('--help') || options.includes('-h')) return { kind: 'help', command: argument };
      return { kind: 'command', command: argument, argv: [...leading, ...rest] };
    } else {
      refuseNearMiss(argument);
      return { kind: 'pip', argv: withoutPython(argv, i), python };
    }
  }
  return { kind: 'help', command: undefined };
}

export function isCommandName(text: string): text is CommandName {
  return (commandNames as readonly string[]).includes(text);
}

/** Commands of pip, which go to pip even if they resemble a command of peep. */
const pipCommands =
  'install lock download uninstall freeze inspect list show check config search cache index wheel hash completion debug help'.split(
    ' ',
  );

/** Command names of similar tools, with peep's equivalent. */
const neighbours: Readonly<Record<string, string>> = {
  audit:
    '`peep verify -r FILE` compares an environment with its pins; pip-audit and `uv audit` report known vulnerabilities.',
  add: 'Write the name into requirements.in; `peep compile requirements.in -o requirements.txt` pins it and what it needs.',
  remove:
    'Remove the line from requirements.in, and run `peep compile requirements.in -o requirements.txt`; `peep sync` uninstalls distributions without a pin.',
  update: '`peep outdated -r FILE` shows newer versions; `peep pin --upgrade NAME -r FILE` moves a pin.',
  upgrade: '`peep outdated -r FILE` shows newer versions; `peep pin --upgrade NAME -r FILE` moves a pin.',
};

/**
 * Refuses a word that is not a command of peep or pip but resembles one of peep's: pip would suggest its own
 * commands.
 */
function refuseNearMiss(word: string): void {
  if (word.startsWith('-') || pipCommands.includes(word)) return;
  const hint = neighbours[word];
  const known = [...commandNames, ...Object.keys(neighbours)];
  const near = hint === undefined ? known.find((name) => isNear(word, name)) : word;
  if (near === undefined) return;
  throw new PeepError('USAGE', `peep has no command ${printable(word)}`, {
    hint: hint ?? neighbours[near] ?? `Did you mean \`peep ${near}\`?`,
  });
}

/** True if the words differ by one inserted, removed or changed letter, or by two swapped ones. */
function isNear(a: string, b: string): boolean {
  if (a.length < 3 || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}

function helpOrPip(argv: readonly string[], i: number, python: string | undefined): Invocation {
  const topic = argv[i + 1];
  if (topic === undefined) return { kind: 'help', command: undefined };
  if (isCommandName(topic)) return { kind: 'help', command: topic };
  return { kind: 'pip', argv: withoutPython(argv, i), python };
}

function withoutPython(argv: readonly string[], before: number): string[] {
  const kept: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const argument = argv[i] ?? '';
    if (i < before && argument === '--python') i += 1;
    else if (i < before && argument.startsWith('--python=')) continue;
    else kept.push(argument);
  }
  return kept;
}

function splitOption(argument: string): [name: string, value: string | undefined] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return equals === -1 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}
