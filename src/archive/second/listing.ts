import type { ByteSource } from '../../hash/spool/spool.js';
import type { TarPacking } from '../tar/packing.js';

/** One entry, as far as two readers of an archive have to agree on it. Numbers that a format does not have are 0. */
export interface ListedEntry {
  /** Without the trailing slash of a directory. */
  readonly name: string;
  readonly type: string;
  /** Bytes of content. */
  readonly size: number;
  /** Unix permission bits. */
  readonly mode: number;
  /** Of a link, as written; empty otherwise. */
  readonly target: string;
  /** Of a ZIP: of the local header, of the content, and what both headers say. */
  readonly offset: number;
  readonly dataOffset: number;
  readonly packed: number;
  readonly crc: number;
  readonly method: number;
  readonly flags: number;
}

/** What a tar does not say of an entry. */
export const noZipFields = { offset: 0, dataOffset: 0, packed: 0, crc: 0, method: 0, flags: 0 } as const;

/** An archive as one reader sees it, entries in the order of the file. */
export interface Listing {
  readonly kind: 'zip' | TarPacking;
  readonly entries: readonly ListedEntry[];
}

/** What two readers see differently. */
export interface Disagreement {
  readonly entry: string | undefined;
  readonly message: string;
}

/** Reads an archive with another reader, and compares what it sees with `listing`. */
export type SecondReader = (source: ByteSource, listing: Listing) => Promise<Disagreement | undefined>;

const fields = [
  'name',
  'type',
  'size',
  'mode',
  'target',
  'offset',
  'dataOffset',
  'packed',
  'crc',
  'method',
  'flags',
] as const satisfies readonly (keyof ListedEntry)[];

/** The first difference between two lists; `reader` is the name of the one that `theirs` is from. */
export function firstDisagreement(
  ours: readonly ListedEntry[],
  theirs: readonly ListedEntry[],
  reader: string,
): Disagreement | undefined {
  for (const [i, entry] of ours.entries()) {
    const other = theirs[i];
    if (other === undefined) return { entry: entry.name, message: `${reader} does not see the entry` };
    const field = fields.find((each) => entry[each] !== other[each]);
    if (field === undefined) continue;
    const [here, there] = [entry[field], other[field]].map((value) => String(value).slice(0, 200));
    return {
      entry: entry.name,
      message: `${reader} reads its ${field} as '${there}', but peep reads '${here}'`,
    };
  }
  const more = theirs[ours.length];
  return more === undefined ? undefined : { entry: more.name, message: `only ${reader} sees the entry` };
}
