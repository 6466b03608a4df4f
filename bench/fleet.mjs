// A machine of a fleet, its own store empty: 130 archives from an OCI registry beside the same from an index that nginx
// serves, both over loopback and in turn.
//     node bench/fleet.mjs [--runs 5] [--files 40]
// Needs docker-registry and nginx on PATH. --files: how many files each page of the index lists.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeIndex } from './index-folder.mjs';
import { measure, median } from './measure.mjs';
import { sets } from './sets.mjs';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    files: { type: 'string', default: '40' },
  },
});

const peep = fileURLToPath(new URL('../dist/peep.mjs', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'peep-fleet-'));
const env = { PATH: process.env.PATH, HOME: work };
const servers = [];

try {
  const wide = writeIndex(join(work, 'set'), sets.wide.archives);
  writePages(wide, Number(options.files));
  const index = await startNginx(join(work, 'set'));
  const store = `oci://${await startRegistry()}/bench/python`;
  const cache = join(work, 'store');
  const run = (...args) => [
    ...[process.execPath, peep, 'fetch', '-q', '-r', wide.requirements, '--cache-dir', cache],
    ...['--for', '3.11:manylinux_2_36_x86_64', ...args],
  ];
  measure('python3', run('-i', `${index}/pages/`, '--push', store), env);
  const contenders = {
    registry: run('--no-index', '--store', store),
    nginx: run('-i', `${index}/pages/`),
  };
  const walls = { registry: [], nginx: [] };
  for (let i = -1; i < Number(options.runs); i += 1) {
    for (const [name, command] of Object.entries(contenders)) {
      rmSync(cache, { recursive: true, force: true });
      const { wall } = measure('python3', command, env);
      if (i >= 0) walls[name].push(wall);
    }
  }
  const [registry, nginx] = [median(walls.registry), median(walls.nginx)];
  console.log(`${wide.count} archives, ${Math.round(wide.bytes / 1e6)} MB, ${options.files} files a page`);
  console.log(
    `registry ${registry.toFixed(2)} s, nginx ${nginx.toFixed(2)} s: ${(nginx / registry).toFixed(2)} ×`,
  );
  console.log(JSON.stringify(walls));
} finally {
  for (const server of servers) server.kill();
  rmSync(work, { recursive: true, force: true });
}

/** A page of HTML for each project, with older releases as a real index has them. */
function writePages({ files }, count) {
  for (const { filename, project, sha256 } of files) {
    const older = Array.from({ length: count - 1 }, (_, i) => {
      const name = `${project}-0.${i}-py3-none-any.whl`;
      return link(name, createHash('sha256').update(name).digest('hex'));
    });
    const directory = join(work, 'set/pages', project);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'index.html'), [link(filename, sha256), ...older].join(''));
  }
}

function link(name, digest) {
  return `<a href="../../files/${name}#sha256=${digest}" data-requires-python="&gt;=3.8">${name}</a><br>\n`;
}

async function startNginx(root) {
  const port = await freePort();
  const config = join(work, 'nginx.conf');
  writeFileSync(
    config,
    `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; worker_processes 1; pid ${work}/nginx.pid; error_log ${work}/nginx.log;
events { worker_connections 256; }
http { access_log off; sendfile on; keepalive_requests 10000; types { text/html html; }
  default_type application/octet-stream; client_body_temp_path ${work}/b; proxy_temp_path ${work}/p;
  fastcgi_temp_path ${work}/f; uwsgi_temp_path ${work}/u; scgi_temp_path ${work}/s;
  server { listen 127.0.0.1:${port}; root ${root}; index index.html; } }`,
  );
  servers.push(spawn('nginx', ['-c', config, '-p', work], { stdio: 'ignore' }));
  await answers(port);
  return `http://127.0.0.1:${port}`;
}

async function startRegistry() {
  const port = await freePort();
  const config = join(work, 'registry.yml');
  const settings = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(work, 'registry') }, cache: { blobdescriptor: 'inmemory' } },
    http: { addr: `127.0.0.1:${port}`, secret: 'bench' },
  };
  writeFileSync(config, JSON.stringify(settings));
  servers.push(spawn('docker-registry', ['serve', config], { stdio: 'ignore' }));
  await answers(port);
  return `127.0.0.1:${port}`;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  for (let i = 0; i < 100; i += 1) {
    const { status } = spawnSync('curl', ['-s', '-o', '/dev/null', `http://127.0.0.1:${port}/`]);
    if (status === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('a server did not start');
}
