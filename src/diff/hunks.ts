import { type StructuredPatchHunk, structuredPatch } from 'diff';
import type { TreeFile } from './tree.js';

/** The lines of a text difference; undefined where there is none to show: no text, or too far apart. */
export function hunksOf(
  old: TreeFile | undefined,
  fresh: TreeFile | undefined,
  context: number,
): readonly StructuredPatchHunk[] | undefined {
  const [before, after] = [old === undefined ? '' : old.text, fresh === undefined ? '' : fresh.text];
  if (before === undefined || after === undefined) return undefined;
  // Two texts made to differ everywhere must not take the time of their product.
  return structuredPatch('', '', before, after, '', '', { context, maxEditLength: 20_000, timeout: 2_000 })
    ?.hunks;
}
