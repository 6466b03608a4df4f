import { parseWheelFilename } from '../packaging/filename.js';

/** Archives of two releases for the same platform, and archives without a counterpart. */
export interface ArchivePairs<T> {
  readonly pairs: readonly (readonly [old: T, fresh: T])[];
  readonly onlyOld: readonly T[];
  readonly onlyNew: readonly T[];
}

/** Pairs wheels with the same tags, whatever their version and build, and source archives with each other. */
export function pairArchives<T extends { readonly filename: string }>(
  old: readonly T[],
  fresh: readonly T[],
): ArchivePairs<T> {
  const left = new Map(fresh.map((each) => [kindOf(each), each]));
  const pairs: (readonly [T, T])[] = [];
  const onlyOld: T[] = [];
  for (const each of old) {
    const other = left.get(kindOf(each));
    if (other === undefined) onlyOld.push(each);
    else {
      pairs.push([each, other]);
      left.delete(kindOf(each));
    }
  }
  return { pairs, onlyOld, onlyNew: fresh.filter((each) => left.get(kindOf(each)) === each) };
}

function kindOf({ filename }: { readonly filename: string }): string {
  return parseWheelFilename(filename)?.tags.join(' ') ?? 'source';
}
