import { PeepError } from '../text/errors.js';

/** peep's own commands; everything else is pip's (contract section 2). */
export const commandNames = [
  ...(['install', 'fetch', 'hash', 'pin', 'outdated', 'port', 'verify', 'vet', 'diff', 'store'] as const),
] as const;
export type CommandName = (typeof commandNames)[number];

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'help'; readonly command: CommandName | undefined }
  | { readonly kind: 'version'; readonly python: string | undefined }
  | { readonly kind: 'command'; readonly command: CommandName; readonly argv: readonly string[] }
  /** `python -m pip argv`; `python` is what a leading `--python` named. */
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
 * Finds the command among global options that may stand before it. Those options go on to the command of
 * peep; the arguments of pip's commands stay untouched but for a leading `--python PATH`, which says whose
 * pip is meant.
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
    } else if (argument === 'audit') throw notAudit();
    else return { kind: 'pip', argv: withoutPython(argv, i), python };
  }
  return { kind: 'help', command: undefined };
}

export function isCommandName(text: string): text is CommandName {
  return (commandNames as readonly string[]).includes(text);
}

/** The neighbouring tools mean known vulnerabilities by the word. */
function notAudit(): PeepError {
  return new PeepError('USAGE', 'peep has no command audit', {
    hint: '`peep verify -r FILE` proves an environment against its pins; pip-audit and `uv audit` look known vulnerabilities up.',
  });
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
