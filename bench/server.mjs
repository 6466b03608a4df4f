// Serves a directory over HTTP/1.1 with added latency: node bench/server.mjs FOLDER MILLISECONDS. Prints its port.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, , directory, latency] = process.argv;

// From memory, so that a server on the same few cores takes as little as it can from those who are measured.
const largestKept = 16 << 20;
const contents = new Map();

function kept(file) {
  const bytes = contents.get(file) ?? readFileSync(file);
  contents.set(file, bytes);
  return bytes;
}

const server = createServer((request, response) => {
  setTimeout(() => answer(request, response), Number(latency));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const file = join(directory, path.endsWith('/') ? `${path}index.html` : path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || path.includes('..')) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': file.endsWith('.html') ? 'text/html' : 'application/octet-stream',
    'content-length': found.size,
  });
  if (found.size > largestKept) createReadStream(file, { highWaterMark: 1 << 20 }).pipe(response);
  else response.end(kept(file));
}
