import { Readable } from 'node:stream';
import tarStream from 'tar-stream';
import type { ByteSource } from '../../hash/spool/spool.js';
import { Findings } from '../findings.js';
import type { TarPacking } from '../tar/packing.js';
import { tarBlocks } from '../tar/stream.js';
import { type ListedEntry, noZipFields } from './listing.js';

const types: Readonly<Record<string, string>> = { link: 'hardlink' };

/**
 * A tar as tar-stream reads it. It keeps PAX headers in memory at the size that they claim: only what peep's own reader
 * has passed is read so.
 */
export async function listWithTarStream(source: ByteSource, packing: TarPacking): Promise<ListedEntry[]> {
  // Old tars have no magic, and both readers take them.
  const extract = tarStream.extract({ allowUnknownFormat: true } as object);
  const stream = Readable.from(tarBlocks(source, packing, new Findings()));
  stream.on('error', (error) => extract.destroy(error));
  stream.pipe(extract);
  const list: ListedEntry[] = [];
  for await (const entry of extract) {
    const { name, type, size, mode, linkname } = entry.header;
    list.push({
      name: name.replace(/\/$/, ''),
      // Its rule for old-style folders comes too late for the type that it gives.
      type: type === 'file' && name.endsWith('/') ? 'directory' : (types[type ?? ''] ?? type ?? ''),
      size: size ?? 0,
      mode: (mode ?? 0) & 0o7777,
      // Some writers leave something there for files, and no reader looks at it.
      target: type === 'link' || type === 'symlink' ? (linkname ?? '') : '',
      ...noZipFields,
    });
    entry.resume();
  }
  return list;
}
