import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import tarStream from 'tar-stream';
import yauzl from 'yauzl';

/** Name (directories without slash) and content in base64 of each entry, sorted by name. */
type Listing = [string, string][];

/** A ZIP as yauzl reads it: by its central directory. */
export function readYauzl(bytes: Buffer): Promise<Listing> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(bytes, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const list: Listing = [];
      zip.on('error', reject);
      zip.on('end', () => resolve(sorted(list)));
      zip.on('entry', (entry: yauzl.Entry) => {
        zip.openReadStream(entry, (openError, stream) => {
          if (openError) return reject(openError);
          collect(stream).then((content) => {
            list.push([entry.fileName.replace(/\/$/, ''), content]);
            zip.readEntry();
          }, reject);
        });
      });
      zip.readEntry();
    });
  });
}

/** A tar.gz as tar-stream reads it. */
export async function readTarStream(bytes: Buffer): Promise<Listing> {
  const extract = Readable.from([bytes]).pipe(createGunzip()).pipe(tarStream.extract());
  const list: Listing = [];
  for await (const entry of extract) {
    list.push([entry.header.name.replace(/\/$/, ''), await collect(entry)]);
  }
  return sorted(list);
}

async function collect(stream: AsyncIterable<unknown>): Promise<string> {
  const blocks: Buffer[] = [];
  for await (const block of stream) blocks.push(Buffer.from(block as Uint8Array));
  return Buffer.concat(blocks).toString('base64');
}

function sorted(list: Listing): Listing {
  return list.sort(([a], [b]) => (a < b ? -1 : 1));
}
