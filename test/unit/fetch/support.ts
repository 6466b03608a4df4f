import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, onTestFinished, vi } from 'vitest';
import type { Environment } from '../../../src/config/environment.js';
import type { NetworkSettings } from '../../../src/config/settings.js';
import type { DownloadDeps } from '../../../src/fetch/download/download.js';
import { type Clock, systemClock } from '../../../src/fetch/http/clock.js';
import { type CredentialsDeps, createCredentials } from '../../../src/fetch/http/credentials.js';
import { createTransport } from '../../../src/fetch/http/http.js';
import type { Transport, TransportResponse } from '../../../src/fetch/http/transport.js';
import type { Digests, Sha256 } from '../../../src/hash/digest.js';
import { ArchiveMemory } from '../../../src/hash/spool/memory-spool.js';
import type { ArchiveLink } from '../../../src/resolver/link.js';
import { PeepError } from '../../../src/text/errors.js';

const cleanups: (() => unknown)[] = [];

export function onCleanup(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** One object for each connection. */
  readonly socket: Socket;
}

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  readonly server: Server;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A real server on a free port of the loopback; `count` is that of the requests before this one. */
export async function serve(handler: Handler, options: { readonly tls?: object } = {}): Promise<TestServer> {
  const seen: Seen[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    seen.push({ path: request.url ?? '', headers: request.headers, socket: request.socket });
    handler(request, response, seen.length - 1);
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, seen, server };
}

export function certificate(name: 'authority' | 'server' | 'client' | 'expired' | 'other-name'): string {
  return fileURLToPath(new URL(`./certificates/${name}.pem`, import.meta.url));
}

export function serverTls(name: 'server' | 'expired' | 'other-name' = 'server'): {
  readonly cert: string;
  readonly key: string;
} {
  const pem = readFileSync(certificate(name), 'utf8');
  return { cert: pem, key: pem };
}

export const defaults: NetworkSettings = {
  jobs: 4,
  timeout: 5,
  retries: 0,
  proxy: undefined,
  cert: undefined,
  clientCert: undefined,
  trustedHosts: [],
  keyringProvider: 'disabled',
  offline: false,
};

export interface TransportOptions extends Partial<NetworkSettings> {
  readonly env?: Environment;
  readonly credentials?: Partial<CredentialsDeps>;
  readonly clock?: Clock;
}

export function transport({
  env = {},
  credentials = {},
  clock = systemClock,
  ...settings
}: TransportOptions = {}): Transport {
  const result = createTransport(
    { ...defaults, ...settings },
    {
      env,
      clock,
      credentials: createCredentials({
        env,
        home: undefined,
        platform: 'linux',
        urls: [],
        keyringProvider: settings.keyringProvider ?? 'disabled',
        ...credentials,
      }),
    },
  );
  onCleanup(() => result.close());
  return result;
}

/** Sleeps end at once, and are written down. */
export function fakeClock(random = 0.5): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => Date.UTC(2026, 0, 1),
    random: () => random,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      slept.push(milliseconds);
    },
  };
}

export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'peep-fetch-'));
  onCleanup(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function downloadDeps(
  options: TransportOptions & { readonly budget?: number; readonly spillDirectory?: string } = {},
): DownloadDeps & {
  readonly clock: ReturnType<typeof fakeClock>;
} {
  const { budget = 8 << 20, spillDirectory = join(directory(), 'tmp'), ...rest } = options;
  return {
    transport: transport(rest),
    retries: rest.retries ?? 0,
    clock: fakeClock(),
    memory: new ArchiveMemory(budget),
    spillDirectory,
  };
}

export function link(url: string, size?: number): ArchiveLink {
  return {
    filename: 'a-1-py3-none-any.whl',
    url,
    advertised: [],
    size,
    requiresPython: undefined,
    yanked: false,
    uploadTime: undefined,
    index: undefined,
    source: 'url',
    order: 0,
  };
}

export function digestsOf(bytes: Uint8Array): Digests {
  return [{ algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') as Sha256 }];
}

export async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** The whole body of a response. */
export async function bodyOf(response: TransportResponse): Promise<Buffer> {
  const parts: Buffer[] = [];
  await response.read((chunk) => void parts.push(Buffer.from(chunk)));
  return Buffer.concat(parts);
}

/**
 * Lets idle time-outs come without waiting for them: what `begin` starts goes on as usual until `silent` settles, and then
 * all time that anybody waits for passes at once.
 */
export async function withoutWaiting<T>(begin: () => Promise<T>, silent: () => Promise<unknown>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let isOver = false;
  const result = begin().finally(() => {
    isOver = true;
  });
  result.catch(() => undefined);
  await Promise.race([silent(), result.catch(() => undefined)]);
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(100);
  }
  vi.useRealTimers();
  return result;
}

/** The `PeepError` that `promise` rejects with. */
export async function failure(promise: Promise<unknown>): Promise<PeepError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PeepError);
  return error as PeepError;
}
