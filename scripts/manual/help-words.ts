import { type CommandName, commandNames } from '../../src/commands/arguments.js';
import { helpText } from '../../src/commands/help.js';

/** What `peep help COMMAND` says, in parts. */
export interface CommandHelp {
  readonly name: CommandName;
  /** `peep install -r FILE... [OPTIONS]` */
  readonly usage: string;
  /** One line, from the overview. */
  readonly summary: string;
  readonly paragraphs: readonly string[];
  /** The command's own options, then sections that it shares with others, without those of every command. */
  readonly sections: readonly HelpSection[];
}

export interface HelpSection {
  /** '' for the command's own. */
  readonly title: string;
  readonly items: readonly HelpItem[];
}

export interface HelpItem {
  /** `-r, --requirement FILE`; of the store, an action. */
  readonly term: string;
  /** '' where options are listed without words. */
  readonly text: string;
}

export const globalTitle = 'Options of every command';

/** Throws for help that is not in the form that all of it has: two spaces before a term, two behind it. */
export function commandHelp(name: CommandName): CommandHelp {
  const blocks = helpText(name).trim().split(/\n\n+/);
  const [usage = '', ...rest] = blocks;
  const paragraphs: string[] = [];
  const sections: HelpSection[] = [];
  for (const block of rest) {
    if (/^Options of every command:/.test(block)) continue;
    const title = /^(\S[^\n]*):\n {2}/.exec(block)?.[1];
    if (title !== undefined) sections.push({ title, items: itemsOf(block.slice(block.indexOf('\n') + 1)) });
    else if (/^ {2,}\S/.test(block)) sections.push({ title: '', items: itemsOf(block) });
    else paragraphs.push(joined(block));
  }
  return { name, usage: usage.replace(/^Usage: /, ''), summary: summaryOf(name), paragraphs, sections };
}

export function globalHelp(): readonly HelpItem[] {
  const text = helpText(undefined);
  return itemsOf(text.slice(text.indexOf(`${globalTitle}:\n`) + globalTitle.length + 2).trimEnd());
}

/** Every option with the words that tell of it, by its long name. */
export function wordsOf(name: CommandName): ReadonlyMap<string, string> {
  const items = [...commandHelp(name).sections.flatMap(({ items }) => items), ...globalHelp()];
  const words = new Map<string, string>();
  for (const { term, text } of items) {
    const names = term.match(/--[a-z][a-z-]*|(?<![\w-])-[A-Za-z](?=[, ]|$)/g) ?? [];
    // Words that follow several options are about none of them alone.
    const alone = names.filter((each) => each.startsWith('--')).length <= 1;
    for (const each of names) words.set(each, alone ? text : (words.get(each) ?? ''));
  }
  return words;
}

/** All of them, in the order of the overview. */
export function allCommands(): readonly CommandHelp[] {
  return commandNames.map(commandHelp);
}

function itemsOf(block: string): HelpItem[] {
  const items: { term: string; text: string }[] = [];
  for (const line of block.split('\n')) {
    const last = items.at(-1);
    // A description goes on far to the right; deeper terms are parts of the one above.
    if (/^ {20,}\S/.test(line) && last !== undefined) last.text = joined(`${last.text} ${line}`);
    else {
      const [, term = '', text = ''] = /^ {2,4}(\S.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
      if (term === '') throw new Error(`the help has a line in another form: '${line}'`);
      items.push({ term, text: text.trim() });
    }
  }
  return items;
}

function summaryOf(name: CommandName): string {
  const lines = helpText(undefined).split('\n');
  const at = lines.findIndex((line) => line.startsWith(`  peep ${name} `));
  const [, first = ''] = /^ {2}peep \S+ +\S.*? {2,}(\S.*)$/.exec(lines[at] ?? '') ?? [];
  const more: string[] = [];
  for (let i = at + 1; /^ {20,}\S/.test(lines[i] ?? ''); i++) more.push(lines[i] ?? '');
  return joined([first, ...more].join(' '));
}

function joined(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
