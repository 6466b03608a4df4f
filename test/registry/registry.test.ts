import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { downloadVerified } from '../../src/fetch/download/download.js';
import { type Clock, systemClock } from '../../src/fetch/http/clock.js';
import { digestTag } from '../../src/store/oci/manifest.js';
import { findArchive, registryLink } from '../../src/store/oci/pull.js';
import { createPusher } from '../../src/store/oci/push.js';
import type { Registry } from '../../src/store/oci/registry.js';
import { uploadBlob } from '../../src/store/oci/upload.js';
import { downloadDeps, failure, onCleanup } from '../unit/fetch/support.js';
import { client, noise, sha256Of, verified } from './clients.js';
import { hasRegistry, type RegistryOptions, startRegistry, user, whyNoRegistry } from './docker-registry.js';
import { startTokenServer } from './token-server.js';

const password = { kind: 'password', ...user } as const;
const bytes = noise('demo', 300_000);
const filename = 'demo-1.0-py3-none-any.whl';

async function running(options?: RegistryOptions) {
  const registry = await startRegistry(options);
  onCleanup(() => registry[Symbol.asyncDispose]());
  return registry;
}

/** Pulls what should be there, and compares each byte. */
async function pulls(
  registry: Registry,
  wanted = bytes,
  retry: { readonly retries?: number; readonly clock?: Clock } = {},
): Promise<boolean> {
  const digest = sha256Of(wanted);
  const manifest = await findArchive(registry, digest);
  if (manifest === undefined) throw new Error('it is not there');
  const link = registryLink(registry, manifest);
  const deps = { ...downloadDeps(), ...retry, transport: registry.transport };
  const archive = await downloadVerified(deps, { link, digests: [digest], filename: link.filename });
  const chunks: Buffer[] = [];
  for await (const chunk of archive.chunks()) chunks.push(Buffer.from(chunk));
  await archive.release();
  return Buffer.concat(chunks).equals(wanted);
}

if (!hasRegistry) console.warn(whyNoRegistry);

describe.skipIf(!hasRegistry)('a real registry', () => {
  it('takes an archive and gives it back, to whoever asks by its digest', async () => {
    const { host } = await running();
    const archive = await verified(filename, bytes);
    const pusher = createPusher(client(host, 'team/python', { write: true }));
    expect(await findArchive(client(host, 'team/python'), sha256Of(bytes))).toBeUndefined();
    expect(await pusher.push(archive)).toBe('pushed');
    expect(await pusher.push(archive)).toBe('present');
    expect(await pulls(client(host, 'team/python'))).toBe(true);
    expect(await findArchive(client(host, 'team/python'), sha256Of(bytes))).toMatchObject({
      filename,
      blob: { sha256: sha256Of(bytes).hex, size: bytes.length },
    });
    // Nothing of it is in another repository.
    expect(await findArchive(client(host, 'team'), sha256Of(bytes))).toBeUndefined();
  });

  it('knows an archive by a longer digest that is pinned, too', async () => {
    const { host } = await running();
    const { createHash } = await import('node:crypto');
    const sha512 = {
      algorithm: 'sha512',
      hex: createHash('sha512').update(bytes).digest('hex'),
    } as const;
    await createPusher(client(host, 'p', { write: true })).push(await verified(filename, bytes, sha512));
    expect((await findArchive(client(host, 'p'), sha512))?.blob.sha256).toBe(sha256Of(bytes).hex);
    expect(digestTag(sha512).length).toBeLessThanOrEqual(128);
  });

  it.each([
    ['one request', 1 << 20],
    ['parts', 64 << 10],
    ['parts whose last is whole', 100_000],
    ['a part for each 7 bytes less', 299_993],
  ])('takes a blob in %s', async (_, partSize) => {
    const { host } = await running();
    const registry = client(host, 'parts', { write: true });
    await uploadBlob(registry, await verified(filename, bytes), { partSize });
    expect(await registry.hasBlob((await verified(filename, bytes)).sha256)).toBe(true);
  });

  it('mounts what another of its repositories has', async () => {
    const { host, log } = await running();
    const archive = await verified(filename, bytes);
    await createPusher(client(host, 'base', { write: true })).push(archive);
    const team = client(host, 'team', { write: true, mountFrom: ['nothing-here', 'base'] });
    const sent: string[] = [];
    const watched = {
      ...team,
      send: (request: Parameters<typeof team.send>[0]) => {
        sent.push(`${request.method} ${request.body === undefined ? '' : 'bytes'}`);
        return team.send(request);
      },
    };
    await uploadBlob(watched, archive, { mountFrom: ['nothing-here', 'base'] });
    expect(sent).toEqual(['POST ', 'POST ']);
    expect(await team.hasBlob(archive.sha256)).toBe(true);
    expect(log()).not.toContain('panic');
  });

  it('that is read-only says so', async () => {
    const { host } = await running({ readOnly: true });
    const error = await failure(
      createPusher(client(host, 'p', { write: true })).push(await verified(filename, bytes)),
    );
    expect(error.code).toBe('REGISTRY_REFUSED');
    expect(error.message).toMatch(/status 405/);
  });

  describe('with htpasswd', () => {
    const auth = { kind: 'htpasswd' } as const;

    it('takes the password of docker’s config', async () => {
      const { host } = await running({ auth });
      await createPusher(client(host, 'p', { write: true, login: password })).push(
        await verified(filename, bytes),
      );
      expect(await pulls(client(host, 'p', { login: password }))).toBe(true);
    });

    it('refuses others, and peep says how to log in', async () => {
      const { host } = await running({ auth });
      for (const login of [undefined, { ...password, password: 'wrong' }]) {
        const error = await failure(findArchive(client(host, 'p', { login }), sha256Of(bytes)));
        expect(error.code).toBe('REGISTRY_REFUSED');
        expect(error.facts.status).toBe(401);
        expect(error.facts.codes).toEqual(['UNAUTHORIZED']);
        expect(error.hint).toContain(`docker login ${host}`);
        expect(error.message).not.toContain('wrong');
      }
    });

    it('over TLS', async () => {
      const { host } = await running({ auth, tls: true });
      const { authority } = await import('./docker-registry.js');
      const options = { login: password, cert: authority, scheme: 'oci+https' } as const;
      await createPusher(client(host, 'p', { ...options, write: true })).push(
        await verified(filename, bytes),
      );
      expect(await pulls(client(host, 'p', options))).toBe(true);
    });
  });

  describe('with tokens', () => {
    async function withTokens(options?: Parameters<typeof startTokenServer>[0]) {
      const tokens = await startTokenServer(options);
      onCleanup(() => tokens[Symbol.asyncDispose]());
      const registry = await running({ auth: { kind: 'token', ...tokens } });
      return { ...registry, tokens };
    }

    it('gets one for all requests at once, of no more than it needs', async () => {
      const { host, tokens } = await withTokens();
      const push = client(host, 'team/python', { write: true, login: password });
      const archives = await Promise.all(
        Array.from({ length: 6 }, (_, i) => verified(`a${i}-1.tar.gz`, noise(`${i}`, 50_000))),
      );
      const pusher = createPusher(push);
      await Promise.all(archives.map((archive) => pusher.push(archive)));
      expect(tokens.seen.map(({ scopes }) => scopes)).toEqual([['repository:team/python:pull,push']]);
      const pull = client(host, 'team/python', { login: password });
      await Promise.all(
        archives.map(({ sha256 }) => findArchive(pull, { algorithm: 'sha256', hex: sha256 })),
      );
      expect(tokens.seen.slice(1).map(({ scopes }) => scopes)).toEqual([['repository:team/python:pull']]);
    });

    it('pulls without a login where that is allowed, and does not push', async () => {
      const { host, tokens } = await withTokens({ anonymousPull: true });
      const archive = await verified(filename, bytes);
      await createPusher(client(host, 'p', { write: true, login: password })).push(archive);
      expect(await pulls(client(host, 'p'))).toBe(true);
      const other = await verified(filename, noise('other', 1000));
      const error = await failure(createPusher(client(host, 'p', { write: true })).push(other));
      expect([error.code, error.facts.status]).toEqual(['REGISTRY_REFUSED', 401]);
      expect(tokens.seen.filter(({ authorization }) => authorization !== undefined)).toHaveLength(1);
    });

    it('trades a refresh token', async () => {
      const { host, tokens } = await withTokens({ refreshToken: 'r3fresh' });
      const login = { kind: 'refresh-token', token: 'r3fresh' } as const;
      await createPusher(client(host, 'p', { write: true, login })).push(await verified(filename, bytes));
      expect(tokens.seen).toMatchObject([
        {
          method: 'POST',
          grant: 'refresh_token',
          authorization: undefined,
          scopes: ['repository:p:pull,push'],
        },
      ]);
    });

    it('asks again for one that has ended', async () => {
      const { host, tokens } = await withTokens({ life: 1 });
      const registry = client(host, 'p', { login: password });
      // The registry takes a token for a minute longer than it lasts.
      await findArchive(registry, sha256Of(bytes));
      await findArchive(registry, sha256Of(bytes));
      expect(tokens.seen).toHaveLength(1);
    });

    it('refuses a wrong password, naming the token service and not the password', async () => {
      const { host } = await withTokens();
      const login = { ...password, password: 'falsch' };
      const error = await failure(findArchive(client(host, 'p', { login }), sha256Of(bytes)));
      expect(error.code).toBe('REGISTRY_LOGIN');
      expect(error.message).toMatch(/refuses the user 'peep': status 401/);
      expect(`${error.message} ${error.hint}`).not.toContain('falsch');
    });
  });

  it('serves 8 pushers and 32 readers at once', async () => {
    const { host, directory } = await running();
    const archives = await Promise.all(
      Array.from({ length: 12 }, (_, i) => verified(`a${i}-1.tar.gz`, noise(`many ${i}`, 20_000 + i))),
    );
    // The registry writes links in place, and answers 500 to whoever reads one that another request is writing: for
    // a moment, or for longer where the machine is busy. So each client waits between its retries, as peep does.
    const retry = { retries: 5, clock: systemClock };
    const pushers = Array.from({ length: 8 }, async () => {
      const pusher = createPusher(client(host, 'p', { ...retry, write: true }), { partSize: 8_000 });
      await Promise.all(archives.map((archive) => pusher.push(archive)));
    });
    const readers = Array.from({ length: 32 }, async (_, i) => {
      const registry = client(host, 'p', retry);
      const wanted = noise(`many ${i % 12}`, 20_000 + (i % 12));
      // Whole or not there: never something else.
      while ((await findArchive(registry, sha256Of(wanted))) === undefined);
      expect(await pulls(registry, wanted, retry)).toBe(true);
    });
    await Promise.all([...pushers, ...readers]);
    expect(readdirSync(`${directory}/docker/registry/v2/repositories/p/_manifests/tags`)).toHaveLength(12);
  });
});
