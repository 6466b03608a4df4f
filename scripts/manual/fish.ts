import { type CompletableOption, completables, type Expected, globalOptions } from './completable.js';

/** Completion for fish 3. */
export function fishCompletion(): string {
  const commands = completables();
  const names = commands.map(({ name }) => name);
  const lines = [
    '# fish completion for peep. Written by scripts/manual.mjs from the option tables; changes are lost.',
    `set -l commands ${names.join(' ')} help`,
    '',
    'complete -c peep -n "not __fish_seen_subcommand_from $commands" -f',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c peep -n "not __fish_seen_subcommand_from $commands" -a ${name} -d ${quoted(summary)}`,
    ),
    'complete -c peep -n "not __fish_seen_subcommand_from $commands" -a help -d \'the options of a command\'',
    'complete -c peep -n "not __fish_seen_subcommand_from $commands" -l version -s V -d \'the versions of peep and pip\'',
    ...globalOptions().map((option) => line('not __fish_seen_subcommand_from $commands', option)),
    `complete -c peep -n "__fish_seen_subcommand_from help" -f -a '${names.join(' ')}'`,
  ];
  for (const { name, options, operands } of commands) {
    lines.push('');
    const seen = `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from help`;
    if (operands !== 'files') lines.push(`complete -c peep -n "${seen}" -f${wordsOf(operands)}`);
    for (const option of options) lines.push(line(seen, option));
  }
  return `${lines.join('\n')}\n`;
}

function line(condition: string, { names, value, text }: CompletableOption): string {
  const switches = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const words = text === '' ? '' : ` -d ${quoted(text)}`;
  return `complete -c peep -n "${condition}" ${switches.join(' ')}${argumentOf(value)}${words}`;
}

function argumentOf(value: Expected | undefined): string {
  if (value === undefined) return '';
  if (value === 'files') return ' -r -F';
  if (value === 'directories') return " -x -a '(__fish_complete_directories)'";
  return value === 'anything' ? ' -x' : ` -x${wordsOf(value)}`;
}

function wordsOf(expected: Expected): string {
  return typeof expected === 'object' && expected.words.length > 0 ? ` -a '${expected.words.join(' ')}'` : '';
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
