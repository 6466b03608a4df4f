import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, Client, ProxyAgent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { startProxy } from '../../mock-index/proxy.js';
import { startMockIndex } from '../../mock-index/server.js';
import { makeCertificates } from '../../mock-index/tls.js';

describe('proxy', () => {
  it('tunnels CONNECT to wherever it is told', async () => {
    await using index = await startMockIndex({ projects: { a: [] } });
    await using proxy = await startProxy({ forwardTo: new URL(index.url).host });
    const dispatcher = new ProxyAgent({ uri: proxy.url, proxyTunnel: true });
    expect((await request('http://index.test/simple/a/', { dispatcher })).statusCode).toBe(200);
    expect(proxy.requests).toMatchObject([{ method: 'CONNECT', target: 'index.test:80' }]);
    await dispatcher.close();
  });

  it('forwards the absolute form without what was meant for itself', async () => {
    await using index = await startMockIndex({ projects: { a: [] } });
    await using proxy = await startProxy({ auth: { user: 'u', password: 'p' } });
    const target = `${index.url}a/`;
    const headers = { 'proxy-authorization': `Basic ${Buffer.from('u:p').toString('base64')}` };
    const client = new Client(proxy.url);
    const open = await client.request({ method: 'GET', path: target, headers });
    expect(open.statusCode).toBe(200);
    expect(proxy.requests).toMatchObject([{ method: 'GET', target }]);
    expect(index.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect((await client.request({ method: 'GET', path: target })).statusCode).toBe(407);
    await client.close();
  });
});

describe('tls', () => {
  it('serves https under an authority of its own, and asks for client certificates', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
    const certificates = await makeCertificates(directory);
    await rm(directory, { recursive: true });
    if (certificates === undefined) return context.skip('there is no openssl');
    const { ca, key, cert } = certificates;
    await using index = await startMockIndex({ projects: { a: [] }, tls: { key, cert } });
    const trusting = new Agent({ connect: { ca } });
    expect((await request(`${index.url}a/`, { dispatcher: trusting })).statusCode).toBe(200);
    await expect(request(`${index.url}a/`)).rejects.toThrow();
    await using strict = await startMockIndex({ tls: { key, cert, ca, requestCert: true } });
    await expect(request(strict.url, { dispatcher: trusting })).rejects.toThrow();
    await trusting.close();
  });
});
