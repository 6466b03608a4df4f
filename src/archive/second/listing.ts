import type { ByteSource } from '../../hash/spool/spool.js';
import type { TarPacking } from '../tar/packing.js';

/** The fields of an entry that two readers must agree on. Numbers that a format does not have are 0. */
export interface ListedEntry {
  /** Without the trailing slash of a directory. */
  readonly name: string;
  readonly type: string;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Unix permission bits. */
  readonly mode: number;
  /** Target of a link, as written; empty otherwise. */
  readonly target: string;
  /** ZIP only: offsets of the local header and of the content, and the fields that both headers have. */
  readonly offset: number;
  readonly dataOffset: number;
  readonly packed: number;
  readonly crc: number;
  readonly method: number;
  readonly flags: number;
}

/** Values for the fields that a tar does not have. */
export const noZipFields = { offset: 0, dataOffset: 0, packed: 0, crc: 0, method: 0, flags: 0 } as const;

/** The entries of an archive as one reader lists them, in the order of the file. */
export interface Listing {
  readonly kind: 'zip' | TarPacking;
  readonly entries: readonly ListedEntry[];
}

/** A difference between two readers. */
export interface Disagreement {
  readonly entry: string | undefined;
  readonly message: string;
}

/** Reads an archive with another reader and compares its entries with `listing`. */
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

/** The first difference between two lists; `reader` is the name of the reader that made `theirs`. */
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
