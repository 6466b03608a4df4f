import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type Machine, makeMachine, peepHash } from '../cli/machine.js';
import { sdist } from '../mock-index/sdist.js';
import { type MockIndex, startMockIndex } from '../mock-index/server.js';
import { wheel } from '../mock-index/wheel.js';
import {
  type Devpi,
  type IndexServer,
  indexServers,
  startDevpi,
  startGroups,
  startProxpi,
  startPypiserver,
  startSimpleindex,
  writeArchives,
} from './servers.js';

const quill = wheel({ name: 'quill', version: '1.0', requiresPython: '>=3' });
const inkpot = sdist({ name: 'inkpot', version: '2.0' });
const evil = wheel({ name: 'quill', version: '1.0', files: { 'quill/__init__.py': 'evil = 1\n' } });
const nib = wheel({ name: 'nib', version: '1.0' });
const blotter = wheel({ name: 'blotter', version: '1.0' });
const archives = [quill, inkpot];
const bare = 'quill==1.0\ninkpot==2.0\n';
const pinned = `${peepHash(quill)}\nquill==1.0\n${peepHash(inkpot)}\ninkpot==2.0\n`;
const login = { user: 'ci', password: 'sword/fish@1' };
const withLogin = (url: string) => url.replace('//', `//ci:${encodeURIComponent(login.password)}@`);

interface World {
  readonly mock: MockIndex;
  readonly devpi: Devpi;
  readonly pypiserver: IndexServer;
  readonly locked: IndexServer;
  readonly weak: IndexServer;
  readonly proxpi: IndexServer;
  readonly redirecting: IndexServer;
  readonly simpleindex: IndexServer;
  readonly groups: IndexServer;
  /** Serves what is written to `out` in its directory, and `lies`: pages with the right digests over other bytes. */
  readonly pages: IndexServer;
}

const resources: (AsyncDisposable | Disposable)[] = [];
let world: World | string;
let machine: Machine;

async function startAll(): Promise<World | string> {
  const programs = await indexServers();
  if (typeof programs === 'string') return programs;
  const keep = async <T extends AsyncDisposable>(started: Promise<T>): Promise<T> => {
    const resource = await started;
    resources.push(resource);
    return resource;
  };
  const mock = await keep(
    startMockIndex({
      projects: {
        ...{ quill: [quill], inkpot: [inkpot], blotter: [blotter] },
        nib: [{ ...nib, yanked: 'bad ink', requiresPython: '>=3.9' }],
      },
      faults: [{ path: /blotter.*whl$/, contentType: 'text/html', body: '<!DOCTYPE html><p>Log in' }],
    }),
  );
  const perProject = (directory: string) => {
    writeArchives(join(directory, 'quill'), [quill]);
    writeArchives(join(directory, 'inkpot'), [inkpot]);
  };
  const lies = (directory: string) => {
    writeArchives(join(directory, 'false'), [{ ...evil, filename: quill.filename }]);
    const page = `<!DOCTYPE html><a href="/false/${quill.filename}#sha256=${quill.sha256}">${quill.filename}</a>\n`;
    writeFileSync(join(directory, 'lies.html'), page);
  };
  const [devpi, pypiserver, locked, weak, proxpi, redirecting, simpleindex, groups, pages] =
    await Promise.all([
      keep(startDevpi(programs)),
      keep(startPypiserver(programs, { archives })),
      keep(startPypiserver(programs, { archives, login })),
      keep(startPypiserver(programs, { archives, hashes: 'md5' })),
      keep(startProxpi(programs, mock.url)),
      keep(startProxpi(programs, mock.url, true)),
      keep(startSimpleindex(programs, perProject, { 'simple/{project}': '{project}' })),
      keep(
        startGroups(programs, {
          one: { archives: [quill], login: { user: 'one', password: 'first' } },
          two: { archives: [inkpot], login: { user: 'two', password: 'second' } },
        }),
      ),
      keep(
        startSimpleindex(programs, lies, {
          'out/simple/{project}': 'out/simple/{project}/index.html',
          'out/files': 'out/files',
          'lies/{project}': 'lies.html',
          false: 'false',
        }),
      ),
    ]);
  await devpi.addIndex('root/dev', { type: 'stage', bases: [] });
  await devpi.addIndex('root/empty', { type: 'stage', bases: [] });
  await devpi.addIndex('root/mirror', { type: 'mirror', mirror_url: mock.url });
  await devpi.addIndex('root/heir', { type: 'stage', bases: ['root/mirror'] });
  const common = { metadata_version: '2.1', requires_python: '>=3' };
  await devpi.upload('root/dev', quill, {
    ...common,
    name: 'quill',
    version: '1.0',
    filetype: 'bdist_wheel',
  });
  await devpi.upload('root/dev', inkpot, { ...common, name: 'inkpot', version: '2.0', filetype: 'sdist' });
  return { mock, devpi, pypiserver, locked, weak, proxpi, redirecting, simpleindex, groups, pages };
}

beforeAll(async () => {
  world = await startAll();
  if (typeof world === 'string') console.warn(`skipped: ${world}`);
  else machine = await makeMachine();
});
afterAll(async () => {
  for (const resource of resources.reverse())
    if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
  machine?.[Symbol.dispose]();
});

function running(context: TestContext): World {
  if (typeof world === 'string') return context.skip(world);
  machine.reset();
  return world;
}

const peep = (command: string, url: string, ...args: readonly string[]) =>
  machine.peep([command, '-r', 'requirements.txt', '-i', url, '--retries', '0', ...args]);

/** Where each server has its index, as a user would name it. */
const places: readonly (readonly [string, (world: World) => string])[] = [
  ['devpi', ({ devpi }) => `${devpi.origin}/root/dev/+simple/`],
  ['devpi by the address without +simple', ({ devpi }) => `${devpi.origin}/root/dev`],
  ['a mirror of devpi', ({ devpi }) => `${devpi.origin}/root/mirror/+simple/`],
  ['an index of devpi that inherits from a mirror', ({ devpi }) => `${devpi.origin}/root/heir/+simple`],
  ['pypiserver', ({ pypiserver }) => `${pypiserver.origin}/simple/`],
  ['pypiserver with a password', ({ locked }) => withLogin(`${locked.origin}/simple/`)],
  ['pypiserver with md5 alone', ({ weak }) => `${weak.origin}/simple/`],
  ['proxpi', ({ proxpi }) => `${proxpi.origin}/index/`],
  ['proxpi that redirects to its index', ({ redirecting }) => `${redirecting.origin}/index/`],
  ['simpleindex over directories', ({ simpleindex }) => `${simpleindex.origin}/simple/`],
];

describe('archives are pinned and fetched', () => {
  it.for(places)('from %s', async ([, place], context) => {
    const url = place(running(context));
    machine.write('requirements.txt', bare);
    expect(await peep('pin', url, '--write', '--style', 'peep', '--for', '3.11:any')).toMatchObject({
      status: 0,
    });
    expect(machine.read('requirements.txt')).toBe(pinned);
    machine.reset();
    machine.write('requirements.txt', pinned);
    const fetched = await peep('fetch', url, '--dest', 'out', '--for', '3.11:any');
    expect(fetched).toMatchObject({ status: 0 });
    expect(fetched.stdout + fetched.stderr).not.toContain(login.password);
    for (const { filename, bytes } of archives)
      expect(readFileSync(join(machine.work, 'out', filename)).equals(bytes)).toBe(true);
  });
});

it('what was fetched from a real server is installed', async (context) => {
  const { devpi } = running(context);
  machine.write('requirements.txt', `${peepHash(quill)}\nquill==1.0\n`);
  expect(await peep('install', `${devpi.origin}/root/dev/+simple/`)).toMatchObject({ status: 0 });
  expect(machine.installed()).toEqual(['quill==1.0']);
});

it('--layout simple is an index behind a static server, and says what the first one said', async (context) => {
  const { devpi, pages } = running(context);
  machine.write('requirements.txt', pinned);
  const out = join(pages.directory, 'out');
  const url = `${devpi.origin}/root/dev/+simple/`;
  expect(await peep('fetch', url, '--dest', out, '--layout', 'simple')).toMatchObject({ status: 0 });
  expect(readFileSync(join(out, 'simple/quill/index.html'), 'utf8')).toContain('data-requires-python=');
  machine.reset();
  machine.write('requirements.txt', pinned);
  expect(await peep('fetch', `${pages.origin}/out/simple/`, '--dest', 'again')).toMatchObject({ status: 0 });
  const pip = ['-I', '-m', 'pip', 'download', '--no-deps', '-q', '-d', join(machine.work, 'by-pip')];
  await machine.venv.run(...pip, '-i', `${pages.origin}/out/simple/`, 'quill==1.0');
  expect(readFileSync(join(machine.work, 'by-pip', quill.filename)).equals(quill.bytes)).toBe(true);
});

it('a server that asks for a password gets it from netrc or by the name of the index, and no other one gets it', async (context) => {
  const { locked, pypiserver } = running(context);
  const url = `${locked.origin}/simple/`;
  const fetch = (args: readonly string[], env: Readonly<Record<string, string>>) => {
    machine.reset();
    machine.write('requirements.txt', pinned);
    machine.write('netrc', `machine 127.0.0.1 login ${login.user} password ${login.password}\n`);
    return machine.peep(['fetch', '-r', 'requirements.txt', '--retries', '0', ...args], { env });
  };
  const none = await fetch(['-i', url], {});
  expect(none.status).toBe(1);
  expect(none.stdout).toContain('status 401');
  expect(none.stdout).toContain('hint: Check the user and password');
  expect(await fetch(['-i', url], { NETRC: 'netrc' })).toMatchObject({ status: 0 });
  const secrets = { PEEP_INDEX_OURS_USERNAME: login.user, PEEP_INDEX_OURS_PASSWORD: login.password };
  const bound = ['--index', `ours=${url}`, '--from', 'ours:*'];
  expect(await fetch(['-i', `${pypiserver.origin}/simple/`, ...bound], secrets)).toMatchObject({ status: 0 });
  const wrong = await fetch(['-i', url.replace('//', '//ci:no@')], {});
  expect(wrong.status).toBe(1);
  expect(wrong.stdout).not.toContain('ci:no@');
});

/** How often each server was asked for quill's archive since `mark`. */
function counter(servers: readonly { readonly requests: readonly { readonly path: string }[] }[]) {
  const before = servers.map(({ requests }) => requests.length);
  return () =>
    servers.map(
      ({ requests }, i) =>
        requests.slice(before[i]).filter(({ path }) => path.includes(quill.filename)).length,
    );
}

describe('mirrors: one is down, one lacks the file, one lies about it', () => {
  const orders = [
    ['down', 'lacking', 'lying', 'right'],
    ['lying', 'right', 'down', 'lacking'],
    ['right', 'lying', 'lacking', 'down'],
  ] as const;
  it.for(orders)('%s, %s, %s, %s: the pinned archive comes from the right one', async (order, context) => {
    const { devpi, pypiserver, pages } = running(context);
    const closed = await startMockIndex();
    await closed.close();
    const urls = {
      down: closed.url,
      lacking: `${devpi.origin}/root/empty/+simple/`,
      lying: `${pages.origin}/lies/`,
      right: `${pypiserver.origin}/simple/`,
    };
    machine.write('requirements.txt', `${peepHash(quill)}\nquill==1.0\n`);
    const [first, ...rest] = order.map((name) => urls[name]);
    const count = counter([devpi, pages, pypiserver]);
    const ran = await peep(
      'fetch',
      first ?? '',
      ...rest.flatMap((url) => ['--extra-index-url', url]),
      '--dest',
      'out',
    );
    expect(ran).toMatchObject({ status: 0 });
    expect(readFileSync(join(machine.work, 'out', quill.filename)).equals(quill.bytes)).toBe(true);
    expect(count()).toEqual([0, order.indexOf('lying') < order.indexOf('right') ? 1 : 0, 1]);
  });

  it('a lock file that names the archive at a mirror that lies is met by the configured index', async (context) => {
    const { pages, pypiserver } = running(context);
    machine.write(
      'pylock.toml',
      `lock-version = "1.0"
created-by = "tests"
[[packages]]
name = "quill"
version = "1.0"
wheels = [{ name = "${quill.filename}", url = "${pages.origin}/false/${quill.filename}", hashes = { sha256 = "${quill.sha256}" } }]
`,
    );
    const count = counter([pages, pypiserver]);
    const env = { PIP_EXTRA_INDEX_URL: `${pypiserver.origin}/simple/`, PIP_CONFIG_FILE: 'pip.conf' };
    machine.write('pip.conf', `[global]\nindex-url = ${pypiserver.origin}/simple/\n`);
    const ran = await machine.peep(['fetch', '-r', 'pylock.toml', '--retries', '0'], { env });
    expect(ran).toMatchObject({ status: 0 });
    expect(count()).toEqual([1, 1]);
  });
});

it('pin takes no changed file of an index without digests while another one advertises the digest', async (context) => {
  const { pages, pypiserver } = running(context);
  machine.write('requirements.txt', 'quill==1.0\n');
  writeFileSync(
    join(pages.directory, 'lies.html'),
    `<a href="/false/${quill.filename}">${quill.filename}</a>\n`,
  );
  const urls = [`${pages.origin}/lies/`, `${pypiserver.origin}/simple/`] as const;
  const ran = await peep('pin', urls[0], '--extra-index-url', urls[1], '--write');
  expect(ran.status).toBe(1);
  expect(machine.read('requirements.txt')).toBe('quill==1.0\n');
  for (const url of urls) expect(ran.stdout.replace(/\s+/g, ' ')).toContain(`at '${url}'`);
});

it.skipIf(process.platform === 'win32')('keyring is asked by the address alone', async (context) => {
  const { locked } = running(context);
  const url = `${locked.origin}/simple/`;
  const creds = JSON.stringify({ username: login.user, password: login.password });
  const script = `[ "$*" = "--mode=creds --output=json get ${url}" ] && echo '${creds}'`;
  chmodSync(machine.write('bin/keyring', `#!/bin/sh\n${script}\n`), 0o755);
  machine.write('requirements.txt', pinned);
  const env = { PATH: [join(machine.work, 'bin'), process.env.PATH].join(delimiter) };
  const args = ['fetch', '-r', 'requirements.txt', '-i', url, '--keyring-provider', 'subprocess'];
  const ran = await machine.peep(args, { env });
  expect(ran).toMatchObject({ status: 0 });
  expect(ran.stdout + ran.stderr).not.toContain(login.password);
});

it('two indexes behind one address get a login each, for their archives too', async (context) => {
  const { groups } = running(context);
  machine.write('requirements.txt', pinned);
  const before = groups.requests.length;
  const url = (name: string, password: string) =>
    `${groups.origin.replace('//', `//${name}:${password}@`)}/${name}/simple/`;
  const ran = await peep('fetch', url('one', 'first'), '--extra-index-url', url('two', 'second'));
  expect(ran).toMatchObject({ status: 0 });
  const statuses = groups.requests.slice(before).filter(({ path }) => /packages/.test(path));
  expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
});

it('an index that hangs delays nobody who has the pinned bytes elsewhere', async (context) => {
  const { pypiserver, pages } = running(context);
  const programs = await indexServers();
  if (typeof programs === 'string') return context.skip(programs);
  await using hanging = await startPypiserver(programs, { archives });
  hanging.hang();
  machine.write('requirements.txt', pinned);
  const urls = [
    `${hanging.origin}/simple/`,
    `${pypiserver.origin}/simple/`,
    `${pages.origin}/simple/`,
  ] as const;
  const others = urls.slice(1).flatMap((url) => ['--extra-index-url', url]);
  const ran = await peep('fetch', urls[0], ...others, '--timeout', '1', '--retries', '5');
  expect(ran).toMatchObject({ status: 0 });
  expect(ran.stderr).not.toContain('trying again');
});

it('a page of find-links that is not there is said as that', async (context) => {
  const { pypiserver } = running(context);
  machine.write('requirements.txt', pinned);
  const args = [
    'fetch',
    '-r',
    'requirements.txt',
    '--no-index',
    '-f',
    `${pypiserver.origin}/nothing/links.html`,
  ];
  const ran = await machine.peep(args);
  expect(ran.status).toBe(1);
  expect(ran.stdout.replace(/\s+/g, ' ')).toContain('of the index settings: the server has no page there');
});

it('a page to log in at, to which a real proxy redirects for an archive, is trouble and not tampering', async (context) => {
  const { redirecting } = running(context);
  machine.write('requirements.txt', `${peepHash(blotter)}\nblotter==1.0\n`);
  const ran = await peep('fetch', `${redirecting.origin}/index/`);
  expect(ran.status).toBe(1);
  expect(ran.stdout.replace(/\s+/g, ' ')).toContain('a web page of 24 bytes (text/html) instead of');
  expect(ran.stdout).not.toContain('FREAK OUT');
});

it('--layout simple keeps what a mirror says of Python and of yanked files', async (context) => {
  const { devpi } = running(context);
  machine.write('requirements.txt', `${peepHash(nib)}\nnib==1.0\n`);
  const url = `${devpi.origin}/root/mirror/+simple/`;
  const ran = await peep('fetch', url, '--dest', 'out', '--layout', 'simple');
  expect(ran).toMatchObject({ status: 0 });
  expect(ran.stderr).toContain('bad ink');
  const page = readFileSync(join(machine.work, 'out/simple/nib/index.html'), 'utf8');
  expect(page).toContain('data-yanked="bad ink"');
  expect(page).toContain('data-requires-python="&#62;=3.9"');
});
