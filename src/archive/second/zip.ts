import yauzl from 'yauzl';
import type { ByteSource } from '../../hash/spool/spool.js';
import { WindowReader } from '../window.js';
import type { ListedEntry } from './listing.js';

/** Bytes per read. The central directory is read in order; local headers are read one at a time, far apart. */
const directoryBlock = 256 * 1024;
const headerBlock = 16 * 1024;

/** Lists a ZIP as yauzl reads it: the central directory, and each local header. Throws yauzl's errors. */
export async function listWithYauzl(source: ByteSource): Promise<ListedEntry[]> {
  const zip = await openZip(new WindowSource(source));
  const list: ListedEntry[] = [];
  try {
    for (let entry = await nextEntry(zip); entry !== undefined; entry = await nextEntry(zip)) {
      list.push(listed(entry, await localHeader(zip, entry)));
    }
  } finally {
    zip.close();
  }
  return list.sort((a, b) => a.offset - b.offset);
}

function listed(entry: yauzl.Entry, local: yauzl.LocalFileHeader): ListedEntry {
  const { fileName, generalPurposeBitFlag: flags, compressionMethod: method } = entry;
  const differs =
    local.generalPurposeBitFlag !== flags ||
    local.compressionMethod !== method ||
    !local.fileName.equals(entry.fileNameRaw);
  const mode = entry.externalFileAttributes >>> 16;
  return {
    name: fileName.replace(/\/$/, ''),
    type: fileName.endsWith('/') ? 'directory' : 'file',
    size: entry.uncompressedSize,
    mode: mode & 0o7777,
    target: '',
    offset: entry.relativeOffsetOfLocalHeader,
    dataOffset: local.fileDataStart,
    packed: entry.compressedSize,
    crc: entry.crc32 | 0,
    // -1 equals no method: the comparison then reports that the two headers differ.
    method: differs ? -1 : method,
    flags,
  };
}

function openZip(source: WindowSource): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true };
    yauzl.fromRandomAccessReader(source, source.size, options, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function nextEntry(zip: yauzl.ZipFile): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (entry?: yauzl.Entry, error?: Error) => {
      zip.removeAllListeners();
      if (error === undefined) resolve(entry);
      else reject(error);
    };
    zip.once('entry', (entry) => settle(entry));
    zip.once('end', () => settle());
    zip.once('error', (error) => settle(undefined, error));
    zip.readEntry();
  });
}

function localHeader(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<yauzl.LocalFileHeader> {
  return new Promise((resolve, reject) => {
    zip.readLocalFileHeader(entry, (error, header) => (error ? reject(error) : resolve(header)));
  });
}

/** Bytes for yauzl, read in blocks. */
class WindowSource extends yauzl.RandomAccessReader {
  readonly size: number;
  readonly #end: WindowReader;
  readonly #headers: WindowReader;

  constructor(source: ByteSource) {
    super();
    this.size = source.size;
    this.#end = new WindowReader(source, directoryBlock);
    this.#headers = new WindowReader(source, headerBlock);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (position + length > this.size) {
      callback(new Error('a read past the end of the file'));
      return;
    }
    const isHeader = length === 30 || this.#headers.locate(position, length) >= 0;
    const reader = isHeader ? this.#headers : this.#end;
    reader.read(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null, length);
      },
      (error: Error) => callback(error),
    );
  }
}
