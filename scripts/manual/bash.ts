import { type Completable, completables, type Expected, globalOptions } from './completable.js';

/** Completion for bash 3.2 and newer, without other packages. */
export function bashCompletion(): string {
  const commands = completables();
  const global = globalOptions();
  const valued = new Map(
    [...commands.flatMap(({ options }) => options), ...global].flatMap(({ names, value }) =>
      value === undefined ? [] : names.map((name) => [name, value] as const),
    ),
  );
  const before = global.filter(({ value }) => value !== undefined).flatMap(({ names }) => names);
  return `# bash completion for peep. Written by scripts/manual.mjs from the option tables; changes are lost.
_peep() {
    local cur prev command i options words
    COMPREPLY=()
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD-1]}
    # \`--option=value\` comes as three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = && $COMP_CWORD -gt 2 ]]; then
        prev=\${COMP_WORDS[COMP_CWORD-2]}
    fi

    command=
    for ((i = 1; i < COMP_CWORD; i++)); do
        case \${COMP_WORDS[i]} in
            ${before.join('|')})
                [[ \${COMP_WORDS[i+1]} == = ]] && i=$((i + 1))
                i=$((i + 1)) ;;
            -*|=) ;;
            *)
                command=\${COMP_WORDS[i]}
                break ;;
        esac
    done

    words=
    case $prev in
${valueCases(valued)}
    esac

    case $command in
        '')
            options='${namesOf({ options: global })} --version'
            words='${commands.map(({ name }) => name).join(' ')} help' ;;
        help)
            options=
            words='${commands.map(({ name }) => name).join(' ')}' ;;
${commands.map(commandCase).join('\n')}
        *)
            # A command of pip: files, as nothing else is known of it.
            return ;;
    esac
    if [[ $cur == -* ]]; then
        words=$options
    fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
# Where nothing is offered, bash completes the names of files.
complete -o bashdefault -o default -F _peep peep
`;
}

/** Options with a value of the same kind stand together. */
function valueCases(valued: ReadonlyMap<string, Expected>): string {
  const groups = new Map<string, string[]>();
  for (const [name, expected] of valued) {
    const action = actionOf(expected);
    groups.set(action, [...(groups.get(action) ?? []), name]);
  }
  return [...groups]
    .map(([action, names]) => `        ${names.join('|')})\n            ${action}\n            return ;;`)
    .join('\n');
}

function actionOf(expected: Expected): string {
  if (expected === 'directories')
    return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur"))';
  if (typeof expected === 'string') return ':';
  return `COMPREPLY=($(compgen -W '${expected.words.join(' ')}' -- "$cur"))`;
}

function commandCase({ name, options, operands }: Completable): string {
  const words = typeof operands === 'object' ? operands.words.join(' ') : '';
  return `        ${name})
            options='${namesOf({ options })}'
            words='${words}' ;;`;
}

function namesOf({ options }: Pick<Completable, 'options'>): string {
  return options.flatMap(({ names }) => names.filter((name) => name.startsWith('--'))).join(' ');
}
