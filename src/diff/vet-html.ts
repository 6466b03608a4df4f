import { formatSize } from '../text/format.js';
import { createStyle } from '../text/style.js';
import { escaped, htmlPage } from './html.js';
import type { ArchiveTree, TreeFile } from './tree.js';
import type { ArchiveFacts } from './vet.js';
import { type IndexWord, vetText } from './vet-text.js';

/**
 * One self-contained page with the facts about an archive and all its text files: no script, no external resources,
 * all text escaped.
 */
export function vetHtml(tree: ArchiveTree, facts: ArchiveFacts, said: IndexWord): string {
  const files = [...tree.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = vetText(facts, said, createStyle(false)).split('\n').map(escaped).join('\n');
  return htmlPage(
    tree.filename,
    `<pre>${lines}</pre>
<h2>Files</h2>
${files.map(fileSection).join('\n')}`,
  );
}

function fileSection({ path, size, sha256, text, type }: TreeFile): string {
  const body =
    text === undefined
      ? `<p><code>not text; sha256:${sha256}</code></p>`
      : `<pre>${text.split('\n').map(escaped).join('\n')}</pre>`;
  const what = type === 'file' ? formatSize(size) : type;
  return `<details><summary>${escaped(path)} <span>(${what})</span></summary>${body}</details>`;
}
