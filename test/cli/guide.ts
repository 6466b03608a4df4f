import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A fenced block of a guide. */
export interface Block {
  /** Path from the root of the project. */
  readonly guide: string;
  /** Of the opening fence. */
  readonly line: number;
  /** First word after the fence; empty when there is none. */
  readonly language: string;
  /** Second word: the machine that the block is for. */
  readonly machine: string;
  /** `<!-- KIND: TEXT -->` right above the fence. */
  readonly mark: { readonly kind: string; readonly text: string } | undefined;
  readonly body: string;
}

const root = new URL('../../', import.meta.url);

/** README.md and all of docs/*.md. */
export function guides(): string[] {
  const names = readdirSync(fileURLToPath(new URL('docs/', root))).filter((name) => name.endsWith('.md'));
  return ['README.md', ...names.sort().map((name) => `docs/${name}`)];
}

export function blocksOf(guide: string): Block[] {
  const lines = readFileSync(fileURLToPath(new URL(guide, root)), 'utf8').split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^( *)(`{3,}|~{3,})(.*)$/.exec(lines[i] ?? '');
    if (fence === null) continue;
    const [, indent = '', ticks = '', info = ''] = fence;
    const end = lines.findIndex((line, at) => at > i && line.trim() === ticks);
    if (end === -1) throw new Error(`${guide}, line ${i + 1}: the block has no end`);
    const [language = '', machine = ''] = info.trim().split(/\s+/);
    const above = lines.slice(0, i).findLast((line) => line.trim() !== '') ?? '';
    const [, kind, text] = /^\s*<!-- (\w+): (.+) -->$/.exec(above) ?? [];
    const mark = kind === undefined || text === undefined ? undefined : { kind, text };
    const body = lines.slice(i + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ guide, line: i + 1, language, machine, mark, body: body.join('\n') });
    i = end;
  }
  return blocks;
}

export const isShell = ({ language }: Block): boolean =>
  /^(sh|bash|zsh|shell|console|shell-session)$/.test(language);

/** Is the block one that cannot run here, and says so? */
export const isSpared = ({ mark }: Block): boolean => mark?.kind === 'needs' || mark?.kind === 'shown';

/**
 * The commands of a block as a shell script: all of `sh`, what follows `$ ` in `console`, and in `yaml` the steps that
 * call the peep of the repository.
 */
export function scriptOf({ language, body }: Block): string {
  const lines = body.split('\n');
  if (language === 'sh') return body;
  if (language === 'console') return lines.flatMap((line) => /^[$>] (.*)$/.exec(line)?.[1] ?? []).join('\n');
  if (language === 'yaml')
    return lines.flatMap((line) => /^\s+- (?:run: )?(.*\btools\b.*)$/.exec(line)?.[1] ?? []).join('\n');
  return '';
}

/** The arguments of each call of peep in a script, roughly: up to the end of the command. */
export function callsOf(script: string): string[][] {
  return [...script.matchAll(/(?:^|[\s(])(?:\S*\/)?peep(?:\.mjs)? ([^\n;|&()>#]*)/g)].map(([, args = '']) =>
    args.trim().split(/\s+/),
  );
}
