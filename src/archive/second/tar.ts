import { Readable } from 'node:stream';
import tarStream from 'tar-stream';
import type { ByteSource } from '../../hash/spool/spool.js';
import { Findings } from '../findings.js';
import type { TarPacking } from '../tar/packing.js';
import { tarBlocks } from '../tar/stream.js';
import { type ListedEntry, noZipFields } from './listing.js';

const types: Readonly<Record<string, string>> = { link: 'hardlink' };

/**
 * Lists a tar as tar-stream reads it. tar-stream allocates PAX headers at their stated size, so only archives that
 * peep's own reader has accepted are read this way.
 */
export async function listWithTarStream(source: ByteSource, packing: TarPacking): Promise<ListedEntry[]> {
  // Old tars have no magic; both readers accept them.
  const extract = tarStream.extract({ allowUnknownFormat: true } as object);
  const stream = Readable.from(tarBlocks(source, packing, new Findings()));
  stream.on('error', (error) => extract.destroy(error));
  stream.pipe(extract);
  const list: ListedEntry[] = [];
  for await (const entry of extract) {
    const { name, type, size, mode, linkname } = entry.header;
    list.push({
      name: name.replace(/\/$/, ''),
      // tar-stream applies its rule for old-style directories too late to change the type.
      type: type === 'file' && name.endsWith('/') ? 'directory' : (types[type ?? ''] ?? type ?? ''),
      size: size ?? 0,
      mode: (mode ?? 0) & 0o7777,
      // Some writers set a link name for plain files; no reader uses it.
      target: type === 'link' || type === 'symlink' ? (linkname ?? '') : '',
      ...noZipFields,
    });
    entry.resume();
  }
  return list;
}
