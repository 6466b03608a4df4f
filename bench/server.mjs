// Serves the indexes of `writeIndex` over HTTPS: node bench/server.mjs FOLDER CERT KEY MILLISECONDS BYTES-A-SECOND. Prints its port.
// Paths are /SET/simple/PROJECT/ and /SET/files/…/NAME. All answers share the bytes a second; 0 is no limit.
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , directory, cert, key, latency, rate] = process.argv;
const bytesPerSecond = Number(rate);

// From memory, so that a server on the same few cores takes as little as it can from those who are measured.
const largestKept = 16 << 20;
const contents = new Map();

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  setTimeout(() => void answer(request, response), Number(latency));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

async function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'https://localhost').pathname);
  const [, set, kind, ...rest] = path.split('/').filter((part, i) => part !== '' || i === 0);
  const isPage = kind === 'simple';
  const zipped = isPage && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const name = isPage ? `${rest[0]}.json${zipped ? '.gz' : ''}` : rest.at(-1);
  const file = join(directory, set ?? '', isPage ? 'simple' : 'files', name ?? '');
  const found = path.includes('..') ? undefined : statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true || (!isPage && kind !== 'files')) return response.writeHead(404).end();
  const etag = `"${createHash('sha1').update(file).digest('hex')}"`;
  // As the public index has it.
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end();
  response.writeHead(200, {
    'content-type': isPage ? 'application/vnd.pypi.simple.v1+json' : 'application/octet-stream',
    'cache-control': isPage ? 'max-age=600, public' : 'max-age=365000000, immutable, public',
    'content-length': found.size,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    etag,
  });
  if (request.method === 'HEAD') return response.end();
  if (bytesPerSecond > 0) return throttled(file, response);
  if (found.size > largestKept) return createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
  return response.end(kept(file));
}

function kept(file) {
  const bytes = contents.get(file) ?? readFileSync(file);
  contents.set(file, bytes);
  return bytes;
}

let lineIsFreeAt = 0;

async function throttled(file, response) {
  for await (const chunk of createReadStream(file, { highWaterMark: 32 << 10 })) {
    const now = performance.now();
    lineIsFreeAt = Math.max(now, lineIsFreeAt) + (chunk.length / bytesPerSecond) * 1000;
    if (lineIsFreeAt - now > 2) await sleep(lineIsFreeAt - now);
    if (response.destroyed) return;
    if (!response.write(chunk))
      await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}
