import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { sdist } from '../mock-index/sdist.js';
import { startMockIndex } from '../mock-index/server.js';
import { type BuiltArchive, wheel } from '../mock-index/wheel.js';
import { hasRegistry, startRegistry, user, whyNoRegistry } from '../registry/docker-registry.js';
import { type Answer, startMockRegistry } from '../registry/mock-registry.js';
import { bytesOnDisk, needlesOf } from '../support/disk-bytes.js';
import { type RunOptions, runPeep, startPeep } from '../support/run-peep.js';
import { tempDirectory } from '../support/temp-directory.js';

const linux = wheel({
  name: 'quill',
  version: '1.0',
  tag: 'cp311-cp311-manylinux_2_17_x86_64',
  files: { 'quill.py': `linux = ${JSON.stringify('x'.repeat(5000))}\n` },
});
const windows = wheel({ name: 'quill', version: '1.0', tag: 'cp311-cp311-win_amd64' });
const source = sdist({ name: 'quill', version: '1.0' });
const pure = wheel({ name: 'inkpot', version: '2.0' });
const index = await startMockIndex({ projects: { quill: [linux, windows, source], inkpot: [pure] } });
afterAll(() => index.close());

const pip = (...archives: { readonly sha256: string }[]) =>
  archives.map(({ sha256 }) => ` --hash=sha256:${sha256}`).join('');
const onLinux = ['--for', '3.11:manylinux_2_28_x86_64'];
const quill = `quill==1.0${pip(linux, windows, source)}\n`;
const both = `${quill}inkpot==2.0${pip(pure)}\n`;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A machine of the fleet: a store of its own, and what it was told to pin. */
function machine(lines = both) {
  const directory = tempDirectory();
  cleanups.push(() => directory[Symbol.dispose]());
  writeFileSync(directory.join('req.txt'), lines);
  const options: RunOptions = { cwd: directory.path, home: directory.path };
  return {
    directory,
    options,
    peep: (...args: string[]) => runPeep(args, options),
    async fetch(...args: string[]) {
      const ran = await runPeep(
        ['fetch', '-r', 'req.txt', ...onLinux, '--report', 'report.json', '--retries', '0', ...args],
        options,
      );
      const report = JSON.parse(readFileSync(directory.join('report.json'), 'utf8'));
      const archives = report.requirements.map(
        (entry: { status: string; archive: { source: string; filename: string } | null }) =>
          `${entry.status} ${entry.archive?.filename} ${entry.archive?.source}`,
      );
      return { ...ran, archives, report };
    },
    stored: () =>
      readdirSync(directory.path, { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.(whl|tar\.gz)$/.test(path))
        .map((path) => path.slice(path.lastIndexOf('/') + 1))
        .sort(),
  };
}

async function registry(options?: Parameters<typeof startRegistry>[0]) {
  const running = await startRegistry(options);
  cleanups.push(() => running[Symbol.asyncDispose]());
  return { ...running, store: `oci://${running.host}/team/python` };
}

async function mockRegistry(archives: readonly BuiltArchive[], releases = true) {
  const running = await startMockRegistry({
    archives,
    releases: releases ? [{ project: 'quill', version: '1.0', files: [linux, windows, source] }] : [],
  });
  cleanups.push(() => running[Symbol.asyncDispose]());
  return { ...running, store: `oci://${running.host}/team/python` };
}

const entriesIn = (path: string) => (existsSync(path) ? readdirSync(path).length : 0);
const fromIndex = (requests: number) => index.requests.slice(requests).map(({ path }) => path);

if (!hasRegistry) console.warn(whyNoRegistry);

describe.skipIf(!hasRegistry)('a fleet and its registry', { timeout: 120_000 }, () => {
  it('one machine pushes, the others need no index', async () => {
    const { store } = await registry();
    const builder = machine();
    const pushed = await builder.fetch('-i', index.url, '--push', store);
    expect(pushed).toMatchObject({ status: 0 });
    expect(pushed.stderr).toContain(`pushed 2 archives to ${store}`);
    const again = await builder.fetch('-i', index.url, '--push', store);
    expect(again.stderr).toContain(`pushed 0 archives to ${store}, 2 were already there`);

    const before = index.requests.length;
    const worker = machine();
    const ran = await worker.fetch('-i', index.url, '--store', store);
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('2 from a registry') });
    expect(ran.archives).toEqual([`verified ${linux.filename} store`, `verified ${pure.filename} store`]);
    expect(ran.report.requirements[0].archive).toMatchObject({ index: store });
    expect(fromIndex(before)).toEqual([]);
    expect(worker.stored()).toEqual([pure.filename, linux.filename].sort());
  });

  it('`store push` fetches what is missing, and mounts from another repository', async () => {
    const { host, store } = await registry();
    const builder = machine();
    const ran = await builder.peep('store', 'push', '-r', 'req.txt', '--all', '-i', index.url, store);
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining('pushed 4 archives') });
    const other = `oci://${host}/team/other`;
    const more = machine();
    const mounted = await more.peep(
      ...['store', 'push', '-r', 'req.txt', ...onLinux, '--no-index', '--store', store, other],
    );
    expect(mounted).toMatchObject({ status: 0, stderr: expect.stringContaining('pushed 2 archives') });
    const worker = await machine().fetch('--no-index', '--store', other);
    // Without a listing it is chosen among what is there, and that is said.
    expect(worker).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('chosen from the stores'),
    });
    expect(worker.archives).toContain(`verified ${linux.filename} store`);
  });

  it('logs in by docker’s config, to push and to pull', async () => {
    const { host, store } = await registry({ auth: { kind: 'htpasswd' } });
    const logged = (lines?: string) => {
      const made = machine(lines);
      const auth = Buffer.from(`${user.username}:${user.password}`).toString('base64');
      mkdirSync(made.directory.join('home/.docker'), { recursive: true });
      writeFileSync(
        made.directory.join('home/.docker/config.json'),
        JSON.stringify({ auths: { [host]: { auth } } }),
      );
      return made;
    };
    expect(await logged().fetch('-i', index.url, '--push', store)).toMatchObject({ status: 0 });
    expect(await logged().fetch('--no-index', '--store', store)).toMatchObject({ status: 0 });
    const without = await machine().fetch('--no-index', '--store', store);
    expect(without).toMatchObject({ status: 1, stderr: expect.stringContaining(`docker login ${host}`) });
    const refused = await machine().peep(
      'store',
      'push',
      '-r',
      'req.txt',
      ...onLinux,
      '-i',
      index.url,
      store,
    );
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('status 401') });
  });

  it('outlives pushers that are killed: an archive is there whole, or not at all', async () => {
    const { store, directory } = await registry();
    const large = wheel({
      name: 'large',
      version: '1.0',
      method: 'stored',
      files: { 'large.bin': randomBytes(24 << 20) },
    });
    await using big = await startMockIndex({ projects: { large: [large] } });
    const builder = machine(`large==1.0${pip(large)}\n`);
    await builder.fetch('-i', big.url);
    const uploads = `${directory}/docker/registry/v2/repositories/team/python/_uploads`;
    const push = ['store', 'push', '-r', 'req.txt', ...onLinux, '--no-index', store];
    for (let killed = 0; killed < 3; killed += 1) {
      const { process: child, finished } = startPeep(push, builder.options);
      const before = entriesIn(uploads);
      let isOver = false;
      void finished.then(() => {
        isOver = true;
      });
      while (!isOver && entriesIn(uploads) === before) await new Promise(setImmediate);
      child.kill('SIGKILL');
      await finished;
      const ran = await machine(`large==1.0${pip(large)}\n`).fetch('--no-index', '--store', store);
      expect(ran.archives[0]).toMatch(/^(?:unavailable|verified)/);
    }
    expect(await builder.peep(...push)).toMatchObject({ status: 0 });
    const ran = await machine(`large==1.0${pip(large)}\n`).fetch('--no-index', '--store', store);
    expect(ran.archives).toEqual([`verified ${large.filename} store`]);
  });

  it('a registry that is down costs nothing but a warning', async () => {
    const { store } = await registry();
    for (const cleanup of cleanups.splice(-1)) await cleanup();
    const ran = await machine().fetch('-i', index.url, '--store', store);
    expect(ran).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('is skipped for the rest of the run'),
    });
    expect(ran.stderr.match(/is skipped for the rest of the run/g)).toHaveLength(1);
    expect(ran.archives).toEqual([`verified ${linux.filename} index`, `verified ${pure.filename} index`]);
  });
});

describe('a registry that lies', () => {
  const evil = Buffer.from(linux.bytes);
  evil[evil.length >> 1] = (evil[evil.length >> 1] ?? 0) ^ 1;
  const bytes =
    (body: Buffer, headers = {}): Answer =>
    (_, response) => {
      response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);
    };
  interface Lie {
    readonly path: RegExp;
    readonly answer: Answer;
    readonly says: RegExp;
    /** The index names the archive, and its bytes come from the registry all the same. */
    readonly stored?: true;
  }
  const blob = /blobs\/sha256:/;

  const lies: Readonly<Record<string, Lie>> = {
    'other bytes': { path: blob, answer: bytes(evil), says: /sent wrong bytes for/ },
    'more bytes than it listed': {
      path: blob,
      answer: bytes(Buffer.concat([linux.bytes, Buffer.alloc(100_000)])),
      says: /announced \d+ bytes, but the server sends/,
    },
    'fewer bytes': {
      path: blob,
      answer: bytes(linux.bytes.subarray(0, 2000)),
      says: /other bytes|ended after|instead of/,
    },
    'a page in place of bytes': {
      path: blob,
      answer: bytes(Buffer.from('<html>log in</html>'), { 'content-type': 'text/html' }),
      says: /other bytes|ended after|instead of/,
    },
    'a body without an end': {
      path: blob,
      answer: (_, response) => {
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      },
      says: /announced \d+ bytes, but the server sends/,
    },
    'a listing of something else': {
      path: /peep-release/,
      answer: bytes(Buffer.from('{"schemaVersion":2,"artifactType":"application/vnd.other"}')),
      says: /does not answer like a registry: its listing is not of type/,
      stored: true,
    },
    'a listing without an end': {
      path: /peep-release/,
      answer: bytes(Buffer.alloc(5 << 20, 0x20)),
      says: /larger than 4194304 bytes/,
      stored: true,
    },
    'a redirect to nowhere': {
      path: blob,
      answer: (_, response) => void response.writeHead(307, { location: 'ftp://x/' }).end(),
      says: /redirects to a 'ftp:' address/,
    },
    'a refusal': {
      path: /./,
      answer: (_, response) => void response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}'),
      says: /is skipped for the rest of the run: .*status 403: DENIED/,
    },
  };

  it.each(Object.entries(lies))(
    '%s: the index has the right ones',
    async (_, { path, answer, says, stored }) => {
      const running = await mockRegistry([linux]);
      running.lies.push([path, answer]);
      const ran = await machine(quill).fetch('-i', index.url, '--store', running.store);
      expect(ran.stderr.replaceAll(/\s+/g, ' ')).toMatch(says);
      expect(ran).toMatchObject({
        status: 0,
        archives: [`verified ${linux.filename} ${stored ? 'store' : 'index'}`],
      });
    },
  );

  it('and no index: a mismatch is told as one, and no byte of it stays', async () => {
    const running = await mockRegistry([linux]);
    running.lies.push([blob, bytes(evil)]);
    const worker = machine(quill);
    const ran = await worker.fetch('--no-index', '--store', running.store);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain('FREAK OUT');
    expect(ran.report.requirements[0]).toMatchObject({
      status: 'mismatched',
      archive: { index: running.store, source: 'store' },
    });
    expect(bytesOnDisk([worker.directory.path], needlesOf(evil))).toEqual([]);
    expect(worker.stored()).toEqual([]);
  });

  it('redirects to a storage get no credentials', async () => {
    const storage = await mockRegistry([linux]);
    const running = await mockRegistry([linux]);
    running.lies.push([
      blob,
      (request, response) =>
        void response
          .writeHead(307, {
            location: `${storage.origin}/v2/team/python${request.url?.slice('/v2/team/python'.length)}`,
          })
          .end(),
    ]);
    running.lies.unshift([
      /./,
      function challenge(request, response) {
        if (request.headers.authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
        else {
          const [, answer] = running.lies[1] ?? [];
          if (blob.test(request.url ?? '') && answer !== undefined) answer(request, response);
          else response.writeHead(404).end();
        }
      },
    ]);
    const worker = machine(`quill==1.0${pip(linux)}\n`);
    mkdirSync(worker.directory.join('home/.docker'), { recursive: true });
    const auth = Buffer.from('me:s3cret').toString('base64');
    writeFileSync(
      worker.directory.join('home/.docker/config.json'),
      JSON.stringify({ auths: { [running.host]: { auth } } }),
    );
    const ran = await worker.fetch('-i', index.url, '--store', running.store);
    expect(ran.archives).toEqual([`verified ${linux.filename} store`]);
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]?.authorization).toBeUndefined();
    expect(ran.stderr + ran.stdout).not.toContain('s3cret');
  });

  it('by a listing that names other files cannot choose what is not pinned', async () => {
    const running = await startMockRegistry({
      archives: [linux, windows],
      releases: [{ project: 'quill', version: '1.0', files: [{ ...linux, filename: '../../evil.whl' }] }],
    });
    cleanups.push(() => running[Symbol.asyncDispose]());
    const store = `oci://${running.host}/team/python`;
    const ran = await machine(quill).fetch('-i', index.url, '--store', store);
    expect(ran.archives).toEqual([`verified ${linux.filename} store`]);
  });

  it('is asked nothing with --offline', async () => {
    const running = await mockRegistry([linux]);
    const ran = await machine(quill).fetch('--offline', '--store', running.store);
    expect(ran.status).toBe(1);
    expect(running.seen).toEqual([]);
  });
});
