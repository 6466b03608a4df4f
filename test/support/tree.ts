import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What lies in directories and below: path, mode, size and bytes of each file, the target of each link. */
export type Tree = ReadonlyMap<string, string>;

/** `skip`: what is left out, by its path. Links are not followed. */
export function treeOf(roots: readonly string[], skip: (path: string) => boolean = () => false): Tree {
  const found = new Map<string, string>();
  const look = (path: string): void => {
    if (skip(path)) return;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) found.set(path, `link ${readlinkSync(path)}`);
    else if (stat.isDirectory()) {
      found.set(path, `directory ${mode}`);
      for (const name of readdirSync(path)) look(join(path, name));
    } else if (stat.isFile()) {
      const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
      found.set(path, `file ${mode} ${stat.size} ${sha256}`);
    } else found.set(path, 'other');
  };
  for (const root of roots) look(root);
  return found;
}

/** What differs, as `+ path`, `- path` and `* path`; sorted. */
export function treeChanges(before: Tree, after: Tree): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [one, two] = [before.get(path), after.get(path)];
    if (one === two) return [];
    return [`${one === undefined ? '+' : two === undefined ? '-' : '*'} ${path}`];
  });
}
