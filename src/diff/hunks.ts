import { type StructuredPatchHunk, structuredPatch } from 'diff';
import type { TreeFile } from './tree.js';

/** The hunks of a text difference; undefined if a file is not text or the texts differ too much. */
export function hunksOf(
  old: TreeFile | undefined,
  fresh: TreeFile | undefined,
  context: number,
): readonly StructuredPatchHunk[] | undefined {
  const [before, after] = [old === undefined ? '' : old.text, fresh === undefined ? '' : fresh.text];
  if (before === undefined || after === undefined) return undefined;
  // Limits the time for two texts that differ everywhere, which would otherwise be quadratic.
  return structuredPatch('', '', before, after, '', '', { context, maxEditLength: 20_000, timeout: 500 })
    ?.hunks;
}
