import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('ARCHITECTURE.md', root), 'utf8');
const source = (file: string): string => readFileSync(new URL(`src/${file}`, root), 'utf8');
/** A path of the table is below src/, unless it begins with another directory. */
const pathInTable = (file: string): URL => new URL(file.startsWith('scripts/') ? file : `src/${file}`, root);

const hasWord = (text: string, word: string): boolean => new RegExp(`\\b${word}\\b`).test(text);

/** What a row says of files: `FILE.ts`, or `FILE.ts`: `name`, `name`, up to the next semicolon. */
function namedIn(row: string): { file: string; names: string[] }[] {
  const mentions = row.matchAll(/`([\w./-]+\.ts)`(:[^;|]*)?/g);
  return [...mentions].map(([, file = '', behind = '']) => ({
    file,
    names: [...behind.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  }));
}

describe('ARCHITECTURE.md', () => {
  it('names, where to change what, files that are there and have the names', () => {
    const table = page.split('## Where to change what')[1]?.split('\n## ')[0] ?? '';
    const named = table
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .flatMap(namedIn);
    expect(named.flatMap(({ names }) => names).length).toBeGreaterThan(25);
    const wrong = named.flatMap(({ file, names }) =>
      existsSync(pathInTable(file))
        ? names
            .filter((name) => !hasWord(readFileSync(pathInTable(file), 'utf8'), name))
            .map((name) => `${file}: ${name}`)
        : [file],
    );
    expect(wrong).toEqual([]);
  });

  it('follows a run through functions that are there', () => {
    const walks = page.split('## How a run goes')[1]?.split('\n## ')[0] ?? '';
    const names = new Set([...walks.matchAll(/`(?:\w+\.)?([a-z]+[A-Z]\w+)`/g)].map(([, name = '']) => name));
    expect(names.size).toBeGreaterThan(20);
    const files = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map(source);
    expect([...names].filter((name) => !files.some((text) => hasWord(text, name)))).toEqual([]);
  });
});
