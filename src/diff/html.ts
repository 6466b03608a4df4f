import { formatSize } from '../text/format.js';
import { printable } from '../text/redact.js';
import { Turns } from '../text/turns.js';
import type { Comparison } from './compare.js';
import { highlights } from './highlights.js';
import { hunksOf } from './hunks.js';
import type { TreeFile } from './tree.js';

const pageStyle = `
:root { color-scheme: light dark; --add: #d7f5dd; --del: #fbdcdc; --line: #8885; --dim: #777; }
@media (prefers-color-scheme: dark) { :root { --add: #123d1c; --del: #4a1518; --dim: #999; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 100rem; padding: 0 1rem; }
pre { overflow-x: auto; padding: 0 .8rem; }
code, table, summary { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 13px; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; overflow: hidden; }
summary { cursor: pointer; padding: .4rem .8rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; }
td { padding: 0 .5rem; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere; }
td.n { color: var(--dim); text-align: right; user-select: none; width: 3.5rem; }
tr.hunk td { color: var(--dim); background: #8882; }
.add { background: var(--add); } .del { background: var(--del); }
ul { margin: .2rem 0 1rem; } .alert { border-left: 4px solid #d90; padding-left: 1rem; }
`;

/** One self-contained page for a side-by-side review: no script, no external resources, all text escaped. */
export async function diffHtml(comparison: Comparison, context: number): Promise<string> {
  const { old, new: fresh, added, removed, changed } = comparison;
  const notes = (await highlights(comparison)).map(
    ({ what, items }) =>
      `<h2>${escaped(what)}</h2><ul>${items.map((item) => `<li><code>${escaped(item)}</code></li>`).join('')}</ul>`,
  );
  // Changed files come first; added and removed files follow, collapsed.
  const pairs = [
    ...changed.map((file): Pair => ({ what: 'changed', old: file.old, fresh: file.new })),
    ...added.map((file): Pair => ({ what: 'added', old: undefined, fresh: file })),
    ...removed.map((file): Pair => ({ what: 'removed', old: file, fresh: undefined })),
  ];
  const isShort = pairs.length <= maxOpen;
  const turns = new Turns();
  const sections: string[] = [];
  for (const [i, pair] of pairs.entries()) {
    sections.push(fileSection(pair, `f${i}`, isShort, context));
    await turns.next();
  }
  return htmlPage(
    `${old.filename} → ${fresh.filename}`,
    `<p><code>old ${formatSize(old.size)} sha256:${old.sha256}</code><br><code>new ${formatSize(fresh.size)} sha256:${fresh.sha256}</code></p>
<p>${added.length} added, ${removed.length} removed, ${changed.length} changed</p>
<div class="alert">${notes.join('\n')}</div>
<h2>Files</h2>
<ul>${pairs.map((pair, i) => `<li><a href="#f${i}">${titleOf(pair)}</a></li>`).join('\n')}</ul>
${sections.join('\n')}`,
  );
}

/** A page without scripts and external resources; `body` is already HTML. */
export function htmlPage(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
</body>
</html>
`;
}

/** Maximum number of sections that are open at first: a browser lays out all open sections. */
const maxOpen = 50;

interface Pair {
  readonly what: 'changed' | 'added' | 'removed';
  readonly old: TreeFile | undefined;
  readonly fresh: TreeFile | undefined;
}

function titleOf({ what, old, fresh }: Pair): string {
  const path = (fresh ?? old)?.path ?? '';
  return `${what}: ${escaped(path)} <span>(${sizeNote(old)} → ${sizeNote(fresh)})</span>`;
}

function fileSection(pair: Pair, id: string, isShort: boolean, context: number): string {
  const { old, fresh } = pair;
  const hunks = hunksOf(old, fresh, context);
  const body =
    hunks === undefined
      ? '<p>Not text, or too different to show.</p>'
      : `<table>${hunks.map((hunk) => hunkRows(hunk.lines, hunk.oldStart, hunk.newStart)).join('')}</table>`;
  const isOpen = isShort && pair.what === 'changed';
  return `<details id="${id}"${isOpen ? ' open' : ''}><summary>${titleOf(pair)}</summary>${body}</details>`;
}

/** Removed and added lines of one change are shown side by side. */
function hunkRows(lines: readonly string[], oldStart: number, newStart: number): string {
  const rows = [
    `<tr class="hunk"><td class="n"></td><td>line ${oldStart}</td><td class="n"></td><td>line ${newStart}</td></tr>`,
  ];
  let [oldLine, newLine] = [oldStart, newStart];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = (): void => {
    for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
      rows.push(
        `<tr>${cell(removed[i], 'del', removed[i] === undefined ? 0 : oldLine++)}${cell(added[i], 'add', added[i] === undefined ? 0 : newLine++)}</tr>`,
      );
    }
    [removed, added] = [[], []];
  };
  for (const line of lines) {
    const text = line.slice(1);
    if (line.startsWith('-')) removed.push(text);
    else if (line.startsWith('+')) added.push(text);
    else if (line.startsWith(' ')) {
      flush();
      rows.push(`<tr>${cell(text, '', oldLine++)}${cell(text, '', newLine++)}</tr>`);
    }
  }
  flush();
  return rows.join('');
}

function cell(text: string | undefined, kind: string, line: number): string {
  if (text === undefined) return '<td class="n"></td><td></td>';
  return `<td class="n">${line}</td><td class="${kind}">${escaped(text)}</td>`;
}

function sizeNote(file: TreeFile | undefined): string {
  return file === undefined ? 'nothing' : formatSize(file.size);
}

export function escaped(text: string): string {
  return text
    .split('\t')
    .map(printable)
    .join('\t')
    .replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
