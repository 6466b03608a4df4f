import {
  type Completable,
  type CompletableOption,
  completables,
  type Expected,
  globalOptions,
} from './completable.js';

/** Completion for zsh 5: a file for a directory of `fpath`. */
export function zshCompletion(): string {
  const commands = completables();
  return `#compdef peep
# zsh completion for peep. Written by scripts/manual.mjs from the option tables; changes are lost.

_peep() {
  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  _arguments -C \\
${globalOptions()
  .flatMap(specs)
  .map((spec) => `    ${spec} \\\n`)
  .join('')}    '(-V --version)'{-V,--version}'[the versions of peep and pip]' \\
    '1: :->command' \\
    '*:: :->arguments' && ret=0

  case $state in
    command)
      local -a commands
      commands=(
${commands.map(({ name, summary }) => `        '${name}:${quoted(summary).replaceAll(':', '\\:')}'`).join('\n')}
        'help:the options of a command'
      )
      _describe -t commands 'command of peep (others are of pip)' commands && ret=0 ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join('\n')}
        help)
          _values command ${commands.map(({ name }) => name).join(' ')} && ret=0 ;;
        *)
          _files && ret=0 ;;
      esac ;;
  esac
  return ret
}

_peep "$@"
`;
}

function commandCase({ name, options, operands }: Completable): string {
  const rest = operandSpec(operands);
  return `        ${name})
          _arguments \\
${options
  .flatMap(specs)
  .map((spec) => `            ${spec} \\\n`)
  .join('')}            ${rest} && ret=0 ;;`;
}

/** `'*--requirement=[text]:value:_files'`: each may stand more than once, as in pip. */
function specs({ names, value, text }: CompletableOption): string[] {
  const action = value === undefined ? '' : `:value:${actionOf(value)}`;
  const words = text === '' ? '' : `[${quoted(text).replace(/[[\]\\]/g, '\\$&')}]`;
  return names.map((name) => {
    const equals = value === undefined ? '' : name.startsWith('--') ? '=' : '+';
    return `'*${name}${equals}${words}${action}'`;
  });
}

function actionOf(expected: Expected): string {
  if (expected === 'files') return '_files';
  if (expected === 'directories') return '_files -/';
  if (expected === 'anything') return ' ';
  return `(${expected.words.map((word) => word.replaceAll(':', '\\:')).join(' ')})`;
}

function operandSpec(operands: Expected): string {
  if (typeof operands === 'object' && operands.words.length > 0)
    return `'1:action:(${operands.words.join(' ')})'`;
  return operands === 'files' ? `'*:file:_files'` : `'*: :'`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
