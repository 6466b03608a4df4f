import type { ArchiveTree, TreeFile } from './tree.js';

/** A file that is in both archives but differs. */
export interface ChangedFile {
  readonly path: string;
  readonly old: TreeFile;
  readonly new: TreeFile;
}

export interface Comparison {
  readonly old: ArchiveTree;
  readonly new: ArchiveTree;
  readonly added: readonly TreeFile[];
  readonly removed: readonly TreeFile[];
  readonly changed: readonly ChangedFile[];
}

/** The differences between two archives; `wanted` limits the comparison to some paths. Lists are sorted by path. */
export function compareTrees(
  old: ArchiveTree,
  fresh: ArchiveTree,
  wanted: (path: string) => boolean = () => true,
): Comparison {
  const added: TreeFile[] = [];
  const removed: TreeFile[] = [];
  const changed: ChangedFile[] = [];
  const paths = [...new Set([...old.files.keys(), ...fresh.files.keys()])].filter(wanted).sort();
  for (const path of paths) {
    const [before, after] = [old.files.get(path), fresh.files.get(path)];
    if (before === undefined) {
      if (after !== undefined) added.push(after);
    } else if (after === undefined) removed.push(before);
    else if (differs(before, after)) changed.push({ path, old: before, new: after });
  }
  return { old, new: fresh, added, removed, changed };
}

export function isEqual({ added, removed, changed }: Comparison): boolean {
  return added.length + removed.length + changed.length === 0;
}

function differs(a: TreeFile, b: TreeFile): boolean {
  return a.sha256 !== b.sha256 || a.type !== b.type || modeChanged(a, b);
}

/** Only the executable bits count: the others depend on the packer's umask. */
export function modeChanged(a: TreeFile, b: TreeFile): boolean {
  return a.mode !== 0 && b.mode !== 0 && (a.mode & 0o111) !== (b.mode & 0o111);
}
