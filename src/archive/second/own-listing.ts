import type { TarEntry } from '../tar/reader.js';
import type { ZipEntry } from '../zip/central.js';
import { type ListedEntry, noZipFields } from './listing.js';

/** An entry as peep's own ZIP reader lists it. */
export function listZipEntry(entry: ZipEntry): ListedEntry {
  return {
    name: entry.name,
    type: entry.directory ? 'directory' : 'file',
    size: entry.size,
    mode: entry.mode & 0o7777,
    target: '',
    offset: entry.offset,
    dataOffset: entry.dataOffset,
    packed: entry.compressed,
    crc: entry.crc,
    method: entry.method,
    flags: entry.flags,
  };
}

/** An entry as peep's own tar reader lists it. */
export function listTarEntry(entry: Omit<TarEntry, 'content'>): ListedEntry {
  return {
    name: entry.name,
    type: entry.type,
    size: entry.size,
    mode: entry.mode & 0o7777,
    target: entry.target ?? '',
    ...noZipFields,
  };
}
