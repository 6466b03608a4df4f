import type { ByteSource } from '../../hash/spool/spool.js';
import { type Disagreement, firstDisagreement, type Listing, type SecondReader } from './listing.js';

/** Reads an archive with yauzl or tar-stream in this thread. */
export const readAgain: SecondReader = async (source, listing) => {
  const reader = listing.kind === 'zip' ? 'yauzl' : 'tar-stream';
  const tracked = new Tracked(source);
  try {
    return firstDisagreement(listing.entries, await list(tracked, listing.kind), reader);
  } catch (error) {
    if (tracked.failure !== undefined) throw tracked.failure.error;
    return refusedBy(reader, error);
  }
};

async function list(source: ByteSource, kind: Listing['kind']) {
  if (kind === 'zip') return (await import('./zip.js')).listWithYauzl(source);
  return (await import('./tar.js')).listWithTarStream(source, kind);
}

function refusedBy(reader: string, error: unknown): Disagreement {
  const why = error instanceof Error ? error.message : String(error);
  return { entry: undefined, message: `${reader} cannot read the archive: ${why}` };
}

/** Distinguishes read errors from invalid content. */
class Tracked implements ByteSource {
  readonly size: number;
  readonly #source: ByteSource;
  failure: { readonly error: unknown } | undefined;

  constructor(source: ByteSource) {
    this.size = source.size;
    this.#source = source;
  }

  async read(position: number, length: number): Promise<Buffer> {
    try {
      return await this.#source.read(position, length);
    } catch (error) {
      this.failure ??= { error };
      throw error;
    }
  }
}
