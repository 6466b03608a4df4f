import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProxy } from '../mock-index/proxy.js';
import type { Fault, FileSpec, Scenario } from '../mock-index/scenario.js';
import { wheel } from '../mock-index/wheel.js';
import { hash, newer, quill } from './archives.js';
import type { Case, Shown, World } from './world.js';

const pinned = `quill==1.0 ${hash}`;
const archivePath = /\.whl$/;

/** `peep fetch` of quill from an index that does this. */
async function from(
  world: World,
  scenario: Scenario,
  lines = [pinned],
  args: readonly string[] = [],
): Promise<Shown> {
  const index = await world.serve({ projects: { quill: [quill] }, ...scenario });
  return world.fetch(lines, ['-i', index.url, ...args]);
}

function faulty(fault: Fault, ...args: readonly string[]): Case['run'] {
  return (world) => from(world, { faults: [fault] }, [pinned], args);
}

function file(spec: Partial<FileSpec>): Scenario {
  return { projects: { quill: [{ ...quill, ...spec }] } };
}

/** `peep pin --all` of quill from an index that lists these files. */
async function pinAll(
  { serve, write, peep }: World,
  files: readonly FileSpec[],
  args: readonly string[] = [],
) {
  const index = await serve({ projects: { quill: files } });
  write('requirements.txt', 'quill==1.0\n');
  return peep(['pin', '-r', 'requirements.txt', '--all', '-i', index.url, ...args]);
}

/** Indexes, archives, and the network on the way to them. */
export const networkCases: readonly Case[] = [
  {
    code: 'NOT_FOUND',
    cause:
      'The name or the version is misspelt, the index settings name another index, or the version has no archive for the target.',
    run: (world) => from(world, {}, [`quill==7.0 ${hash}`]),
  },
  {
    code: 'NOT_FOR_TARGET',
    cause: 'The archive that the line names is for another platform or another Python.',
    run: ({ fetch }) => fetch([`https://files.example/quill-1.0-cp311-cp311-win_amd64.whl ${hash}`]),
  },
  {
    code: 'OFFLINE_MISSING',
    cause: 'The run may not use the network, and the store does not have the archive yet.',
    run: ({ fetch }) => fetch([pinned], ['--offline']),
  },
  {
    code: 'PAGE_VERSION',
    cause: 'The index has moved on to a version of its protocol that came after this peep.',
    run: (world) => from(world, { apiVersion: '2.0' }),
  },
  {
    code: 'PAGE_MALFORMED',
    cause: 'The URL is not that of an index, or a log-in page or a proxy answered.',
    run: (world) =>
      from(world, {
        faults: [
          { path: '/simple/quill/', body: '{"files": ', contentType: 'application/vnd.pypi.simple.v1+json' },
        ],
      }),
  },
  {
    code: 'PLACE_UNREADABLE',
    cause: 'The directory or file of --find-links, or a local index, is not there or may not be read.',
    run: ({ fetch }) => fetch([pinned], ['--no-index', '--find-links', 'wheels']),
  },
  {
    code: 'DIGEST_DISPUTED',
    cause:
      'The index describes the archive otherwise than what it serves: `peep pin` proposes no hash for it.',
    run: (world) => pinAll(world, [{ ...quill, hashes: { sha256: 'ab'.repeat(32) } }]),
  },
  {
    code: 'ARCHIVE_AMBIGUOUS',
    cause: 'Two indexes, or one index twice, offer different archives under one name.',
    run: async (world) => {
      const other = await world.serve({ projects: { quill: [{ ...newer, filename: quill.filename }] } });
      return pinAll(world, [quill], ['--extra-index-url', other.url]);
    },
  },
  {
    code: 'REQUIREMENTS_UNWRITABLE',
    cause: 'The file is on the web, may not be written to, or was changed by somebody else meanwhile.',
    run: async ({ serve, peep }) => {
      const index = await serve({
        projects: { quill: [quill] },
        routes: { '/requirements.txt': { body: 'quill==1.0\n' } },
      });
      const url = new URL('/requirements.txt', index.url).href;
      return peep(['pin', '-r', url, '--for', '3.11:any', '-i', index.url]);
    },
  },
  {
    code: 'DIFF_UNAVAILABLE',
    cause: 'The index has no archive with a digest that the file of -r pins.',
    run: async ({ serve, peep, write }) => {
      const index = await serve({ projects: { quill: [quill] } });
      write('requirements.txt', `quill==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
      return peep([
        'diff',
        '-r',
        'requirements.txt',
        'quill',
        'quill==1.0',
        '--for',
        '3.11:any',
        '-i',
        index.url,
      ]);
    },
  },
  {
    code: 'ARCHIVE_REFUSED',
    cause:
      'The archive is the pinned one, and what is inside could be read in two ways, leaves its directory, or is not what its name says.',
    run: (world) => {
      const bad = wheel({ name: 'quill', version: '1.0', files: { '../quill.py': '' } });
      return from(world, { projects: { quill: [bad] } }, [`quill==1.0 --hash=sha256:${bad.sha256}`]);
    },
  },
  {
    code: 'NETWORK_UNREACHABLE',
    cause:
      'The address is wrong, the server is down, or a firewall or a missing proxy setting is in the way.',
    run: async ({ fetch, serve }) => {
      const index = await serve({});
      const { url } = index;
      await index.close();
      return fetch([pinned], ['-i', url]);
    },
  },
  {
    code: 'NETWORK_TLS',
    cause:
      'The certificate of the server is signed by an authority that this machine does not know (a private index, a proxy that inspects), or has run out.',
    run: (world) => {
      const pem = readFileSync(
        fileURLToPath(new URL('../unit/fetch/certificates/server.pem', import.meta.url)),
        'utf8',
      );
      return from(world, { tls: { key: pem, cert: pem } });
    },
  },
  {
    code: 'NETWORK_PROXY',
    cause: 'The proxy turns the request down, wants a password, or does not answer.',
    run: async ({ fetch, keep }) => {
      const proxy = keep(await startProxy({ status: 403 }));
      return fetch([pinned], ['-i', 'https://index.example/simple/', '--proxy', proxy.url]);
    },
  },
  {
    code: 'NETWORK_TIMEOUT',
    cause: 'The server or the network is slow or stuck.',
    run: faulty({ path: archivePath, silent: true }, '--timeout', '0.2'),
  },
  {
    code: 'NETWORK_BROKEN',
    cause: 'The connection ended early, and did so again each time that peep took the transfer up anew.',
    run: faulty({ path: archivePath, truncateAt: 100 }),
  },
  {
    code: 'NETWORK_PROTOCOL',
    cause: 'What answers is not an HTTP server, or something on the way breaks its answers.',
    run: faulty({ path: archivePath, raw: 'SSH-2.0-OpenSSH\r\n' }),
  },
  {
    code: 'NOT_THE_ARCHIVE',
    cause: 'A log-in page, a proxy or a server that compresses on the way answers in place of the file.',
    run: faulty({ path: archivePath, body: '<!DOCTYPE html><p>Log in', contentType: 'text/html' }),
  },
  {
    code: 'NETWORK_OFFLINE',
    cause: 'Something would have to be fetched that no store has: a requirements file at a URL.',
    run: ({ peep }) => peep(['fetch', '-r', 'https://files.example/requirements.txt', '--offline', '--all']),
  },
  {
    code: 'NETWORK_SETTINGS',
    cause: 'The address of the proxy, or a file of certificates, cannot be used.',
    run: ({ fetch }) => fetch([pinned], ['-i', 'https://index.example/simple/', '--cert', 'company.pem']),
  },
  {
    code: 'HTTP_STATUS',
    cause: 'The server wants credentials (401, 403), or is in trouble (5xx).',
    run: faulty({ path: archivePath, status: 403 }),
  },
  {
    code: 'HTTP_REDIRECT',
    cause: 'The server sends on in circles, to nothing that can be fetched, or from https down to http.',
    run: faulty({ path: archivePath, redirect: 'ftp://files.example/quill.whl' }),
  },
  {
    code: 'HTTP_INSECURE',
    cause:
      'The address begins with http:// and is not on this machine: anybody on the way could change the pages.',
    run: ({ fetch }) => fetch([pinned], ['-i', 'http://index.example/simple/']),
  },
  {
    code: 'URL_UNUSABLE',
    cause: 'An address is neither http, https nor file, or a file URL names another machine.',
    run: ({ fetch }) => fetch([`file://server/share/${quill.filename} ${hash}`]),
  },
  {
    code: 'TRANSFER_TOO_LARGE',
    cause: 'The server sends something else than what the index describes, or sends without end.',
    run: (world) => from(world, file({ size: 100 })),
  },
  {
    code: 'SPILL_FAILED',
    cause:
      'An archive is larger than --memory-budget, and the store, where peep keeps the rest encrypted meanwhile, has no room or cannot be written.',
    run: (world) => {
      const large = wheel({
        name: 'quill',
        version: '1.0',
        files: { 'quill.bin': noise(3 << 20) },
        method: 'stored',
      });
      world.write('cache/v1/tmp', 'a file');
      const args = ['--cache-dir', world.path('cache'), '--memory-budget', '1M'];
      return from(
        world,
        { projects: { quill: [large] } },
        [`quill==1.0 --hash=sha256:${large.sha256}`],
        args,
      );
    },
  },
];

/** The same bytes each time, which do not compress. */
function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let i = 0; i < size; i++) {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    bytes[i] = state >> 16;
  }
  return bytes;
}
