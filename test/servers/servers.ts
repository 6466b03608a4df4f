import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BuiltArchive } from '../mock-index/wheel.js';
import { pythons } from '../support/pythons.js';
import { tempDirectory } from '../support/temp-directory.js';

const wheels = fileURLToPath(new URL('../../../shared/wheels', import.meta.url));
const caches = fileURLToPath(new URL('../../node_modules/.cache/peep-test-servers', import.meta.url));
const script = fileURLToPath(new URL('serve.py', import.meta.url));
const run = promisify(execFile);

/** What the servers need: their libraries, and the Python that these are for. */
interface Programs {
  readonly python: string;
  readonly libraries: string;
}

/** The real index servers of ../shared/wheels, or why there are none. */
export async function indexServers(): Promise<Programs | string> {
  const sums = join(wheels, 'SHA256SUMS');
  if (!existsSync(sums)) return 'there is no ../shared/wheels with index servers';
  const python = (await pythons()).find(
    ({ series, pip }) => series.join('.') === '3.11' && pip !== undefined,
  );
  if (python === undefined || process.platform !== 'linux' || process.arch !== 'x64')
    return 'the index servers of ../shared/wheels need CPython 3.11 on Linux x86-64';
  const key = createHash('sha256').update(readFileSync(sums)).digest('hex').slice(0, 16);
  const libraries = join(caches, key);
  if (!existsSync(libraries)) await installInto(libraries, python.path);
  return { python: python.path, libraries };
}

/** Once for all runs; of several that do it at once, the first counts. */
async function installInto(libraries: string, python: string): Promise<void> {
  const fresh = `${libraries}.${process.pid}`;
  mkdirSync(caches, { recursive: true });
  const names = ['devpi-server', 'pypiserver', 'proxpi', 'simpleindex'];
  const from = ['--no-index', '--find-links', wheels];
  const pip = ['-I', '-m', 'pip', 'install', '--quiet', '--target', fresh, ...from, ...names];
  await run(python, pip);
  try {
    renameSync(fresh, libraries);
  } catch (error) {
    rmSync(fresh, { recursive: true });
    if (!existsSync(libraries)) throw error;
  }
}

export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface IndexServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** What it serves, if it serves files. */
  readonly directory: string;
  /** Of its answers so far, in order. */
  readonly requests: ServedRequest[];
  /** From now on it accepts connections, and answers nothing. */
  hang(): void;
}

export type ServerKind = 'devpi' | 'pypiserver' | 'pypiservers' | 'proxpi' | 'simpleindex';

/** Starts a server on a free port of the loopback; `fill` writes what it serves. */
async function start(
  { python, libraries }: Programs,
  kind: ServerKind,
  options: Readonly<Record<string, unknown>>,
  fill: (directory: string) => void = () => undefined,
): Promise<IndexServer> {
  const directory = tempDirectory();
  fill(directory.path);
  const settings = JSON.stringify({ directory: directory.join('data'), ...options });
  mkdirSync(directory.join('data'), { recursive: true });
  const child = spawn(python, ['-I', '-S', script, libraries, kind, settings], {
    cwd: directory.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const requests: ServedRequest[] = [];
  const dispose = async () => {
    await ended(child);
    directory[Symbol.dispose]();
  };
  try {
    const port = await listening(child, requests);
    return {
      origin: `http://127.0.0.1:${port}`,
      directory: directory.join('data'),
      requests,
      hang: () => void child.kill('SIGSTOP'),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function listening(child: ChildProcess, requests: ServedRequest[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const complaints: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [first = '', path = '', last = ''] = line.split(' ');
        if (first === 'listening') resolve(last);
        else if (/^[A-Z]+$/.test(first)) requests.push({ method: first, path, status: Number(last) });
      });
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${complaints.join('')}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface PypiserverOptions {
  readonly archives: readonly BuiltArchive[];
  /** Of the digests on its pages; null for none. */
  readonly hashes?: 'sha256' | 'md5' | null;
  /** For pages and archives. */
  readonly login?: Login;
}

/** pypiserver: HTML pages of a directory of archives, at `/simple/`. */
export function startPypiserver(programs: Programs, options: PypiserverOptions): Promise<IndexServer> {
  const { archives, hashes = 'sha256', login } = options;
  return start(
    programs,
    'pypiserver',
    {
      hash_algo: hashes,
      ...(login !== undefined && { password_file: 'htpasswd', authenticate: ['list', 'download', 'update'] }),
    },
    (directory) => {
      writeArchives(join(directory, 'data'), archives);
      if (login !== undefined) writeFileSync(join(directory, 'htpasswd'), htpasswd(login));
    },
  );
}

/** Two of them behind one address, each below its own path and with its own login, as groups of GitLab are. */
export function startGroups(
  programs: Programs,
  groups: Readonly<Record<string, { readonly archives: readonly BuiltArchive[]; readonly login: Login }>>,
): Promise<IndexServer> {
  return start(programs, 'pypiservers', { groups: Object.keys(groups) }, (directory) => {
    for (const [name, { archives, login }] of Object.entries(groups)) {
      writeArchives(join(directory, 'data', name), archives);
      writeFileSync(join(directory, `${name}.htpasswd`), htpasswd(login));
    }
  });
}

function htpasswd({ user, password }: Login): string {
  return `${user}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;
}

/** simpleindex over a directory: pages without digests, or whatever pages are there. `routes`: path → directory or page. */
export function startSimpleindex(
  programs: Programs,
  fill: (directory: string) => void,
  routes: Readonly<Record<string, string>>,
): Promise<IndexServer> {
  return start(programs, 'simpleindex', { routes }, (directory) => fill(join(directory, 'data')));
}

/** proxpi: a cache in front of `index`, at `/index/`; with `redirects`, archives stay where they are. */
export function startProxpi(programs: Programs, index: string, redirects = false): Promise<IndexServer> {
  return start(programs, 'proxpi', { index, redirects });
}

export interface Devpi extends IndexServer {
  addUser(login: Login): Promise<void>;
  /** Makes an index `root/NAME`, or another user's; answers the address of its pages. */
  addIndex(name: string, settings: Readonly<Record<string, unknown>>): Promise<string>;
  upload(index: string, archive: BuiltArchive, fields: Readonly<Record<string, string>>): Promise<void>;
}

/** devpi-server without the mirror of PyPI that it has by default. */
export async function startDevpi(programs: Programs): Promise<Devpi> {
  const password = 'root-of-tests';
  const server = await start(programs, 'devpi', { password });
  const headers: Record<string, string> = {};
  const ask = async (method: string, path: string, body: unknown): Promise<{ result?: unknown }> => {
    const isForm = body instanceof FormData;
    const answer = await fetch(server.origin + path, {
      method,
      headers: { ...headers, ...(isForm ? {} : { 'content-type': 'application/json' }) },
      body: isForm ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`devpi: ${method} ${path}: ${answer.status} ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : {};
  };
  const { result } = await ask('POST', '/+login', { user: 'root', password });
  const token = (result as { readonly password: string }).password;
  headers['x-devpi-auth'] = Buffer.from(`root:${token}`).toString('base64');
  return {
    ...server,
    async addUser({ user, password: secret }) {
      await ask('PUT', `/${user}`, { password: secret });
    },
    async addIndex(name, settings) {
      await ask('PUT', `/${name}`, settings);
      return `${server.origin}/${name}/+simple/`;
    },
    async upload(index, { filename, bytes }, fields) {
      const form = new FormData();
      for (const [key, value] of Object.entries({ ':action': 'file_upload', ...fields }))
        form.set(key, value);
      form.set('content', new Blob([Uint8Array.from(bytes)]), filename);
      await ask('POST', `/${index}/`, form);
    },
  };
}

export function writeArchives(directory: string, archives: readonly BuiltArchive[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { filename, bytes } of archives) writeFileSync(join(directory, filename), bytes);
}
