// Serves a folder over HTTP/1.1 with added latency: node bench/server.mjs FOLDER MILLISECONDS. Prints its port.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [, , folder, latency] = process.argv;

const server = createServer((request, response) => {
  setTimeout(() => answer(request, response), Number(latency));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || path.includes('..')) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'content-type': file.endsWith('.html') ? 'text/html' : 'application/octet-stream',
    'content-length': found.size,
  });
  createReadStream(file, { highWaterMark: 1 << 18 }).pipe(response);
}
