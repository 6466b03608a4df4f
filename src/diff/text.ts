import { formatSize } from '../text/format.js';
import { printable } from '../text/redact.js';
import type { Style } from '../text/style.js';
import { type Comparison, isEqual, modeChanged } from './compare.js';
import { highlights } from './highlights.js';
import { hunksOf } from './hunks.js';
import { originText } from './origin.js';
import type { ArchiveTree, TreeFile } from './tree.js';

export interface DiffTextOptions {
  readonly detail: 'full' | 'stat' | 'name-only';
  /** Lines around a change. */
  readonly context: number;
  readonly createStyle: Style;
}

/** The differences as text: highlights first, then every file. Each line has a line end. */
export async function* diffText(comparison: Comparison, options: DiffTextOptions): AsyncGenerator<string> {
  const { createStyle, detail } = options;
  if (detail === 'name-only') {
    for (const { sign, path } of listing(comparison)) yield `${sign} ${printable(path)}\n`;
    return;
  }
  yield `${createStyle.bold('old')} ${archiveLine(comparison.old)}\n${createStyle.bold('new')} ${archiveLine(comparison.new)}\n`;
  for (const { what, items } of await highlights(comparison)) {
    // Only a change of publisher is printed in capitals.
    yield `\n${/[a-z]/.test(what) ? createStyle.yellow(what) : createStyle.bold(createStyle.red(what))}\n`;
    for (const item of items) yield `    ${printable(item)}\n`;
  }
  if (isEqual(comparison)) {
    yield 'The contents are equal.\n';
    return;
  }
  const { added, removed, changed } = comparison;
  yield `\n${added.length} added, ${removed.length} removed, ${changed.length} changed\n`;
  for (const { sign, path, note } of listing(comparison))
    yield `${sign} ${printable(path)}${note === '' ? '' : `  (${note})`}\n`;
  if (detail === 'full') yield* fullText(comparison, options);
}

interface Listed {
  readonly sign: '+' | '-' | '*';
  readonly path: string;
  readonly note: string;
}

function listing({ added, removed, changed }: Comparison): Listed[] {
  const listed: Listed[] = [
    ...added.map((file) => ({ sign: '+' as const, path: file.path, note: formatSize(file.size) })),
    ...removed.map((file) => ({ sign: '-' as const, path: file.path, note: formatSize(file.size) })),
    ...changed.map(({ path, old, new: fresh }) => ({
      sign: '*' as const,
      path,
      note: changeNote(old, fresh),
    })),
  ];
  return listed.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function changeNote(old: TreeFile, fresh: TreeFile): string {
  const notes: string[] = [];
  if (old.type !== fresh.type) notes.push(`${old.type} → ${fresh.type}`);
  if (modeChanged(old, fresh)) notes.push(`mode ${octal(old.mode)} → ${octal(fresh.mode)}`);
  if (old.sha256 !== fresh.sha256) notes.push(`${formatSize(old.size)} → ${formatSize(fresh.size)}`);
  return notes.join(', ');
}

function* fullText({ added, removed, changed }: Comparison, options: DiffTextOptions): Generator<string> {
  const pairs: (readonly [TreeFile | undefined, TreeFile | undefined])[] = [
    ...added.map((file) => [undefined, file] as const),
    ...removed.map((file) => [file, undefined] as const),
    ...changed.map(({ old, new: fresh }) => [old, fresh] as const),
  ];
  pairs.sort(([a, b], [c, d]) => ((a ?? b)?.path ?? '').localeCompare((c ?? d)?.path ?? '', 'en'));
  for (const [old, fresh] of pairs) {
    if (old?.sha256 !== fresh?.sha256) yield* fileText(old, fresh, options);
  }
}

function* fileText(
  old: TreeFile | undefined,
  fresh: TreeFile | undefined,
  { context, createStyle }: DiffTextOptions,
): Generator<string> {
  const from = old === undefined ? '/dev/null' : `old/${printable(old.path)}`;
  const to = fresh === undefined ? '/dev/null' : `new/${printable(fresh.path)}`;
  yield `\n${createStyle.bold(`--- ${from}`)}\n${createStyle.bold(`+++ ${to}`)}\n`;
  const hunks = hunksOf(old, fresh, context);
  if (hunks === undefined) {
    yield `    not text, or too different to show: ${digestNote(old)} → ${digestNote(fresh)}\n`;
    return;
  }
  for (const hunk of hunks) {
    yield `${createStyle.dim(`@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`)}\n`;
    for (const line of hunk.lines) yield `${colored(line, createStyle)}\n`;
  }
}

function colored(line: string, createStyle: Style): string {
  // Keeps tabs and escapes all other control characters, so that a diff cannot hide a line.
  const shown = line.split('\t').map(printable).join('\t');
  if (line.startsWith('+')) return createStyle.green(shown);
  return line.startsWith('-') ? createStyle.red(shown) : shown;
}

function archiveLine({ filename, sha256, size, origin }: ArchiveTree): string {
  const by = origin?.kind === 'proven' ? `\n    published by ${printable(originText(origin))}` : '';
  return `${printable(filename)}  ${formatSize(size)}  sha256:${sha256}${by}`;
}

function digestNote(file: TreeFile | undefined): string {
  return file === undefined ? 'nothing' : `${formatSize(file.size)} sha256:${file.sha256}`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, '0');
}
