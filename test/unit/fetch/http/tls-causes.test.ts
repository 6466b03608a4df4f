import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PeepError } from '../../../../src/text/errors.js';
import {
  certificate,
  directory,
  failure,
  onCleanup,
  serve,
  serverTls,
  type TransportOptions,
  transport,
} from '../support.js';

const answer = (_: unknown, response: import('node:http').ServerResponse) => void response.end('ok');
const asHttps = (url: string) => url.replace('http:', 'https:');
const asHttp = (url: string) => url.replace('https:', 'http:');

function get(url: string, options: TransportOptions = {}): Promise<PeepError> {
  return failure(transport(options).get({ url }));
}

/** A port that closes each connection at once. */
async function closingPort(): Promise<string> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What goes wrong, against real TLS servers; each cause has words and a way out of its own. */
const causes: readonly [string, () => Promise<PeepError>, code: string, why: string, hint: string][] = [
  [
    'an expired certificate',
    async () => {
      const { url } = await serve(answer, { tls: serverTls('expired') });
      return get(url, { cert: certificate('expired') });
    },
    'NETWORK_TLS',
    'the certificate of the server has expired',
    "Check this machine's clock",
  ],
  [
    'a certificate for another name',
    async () => {
      const { url } = await serve(answer, { tls: serverTls('other-name') });
      return get(url, { cert: certificate('other-name') });
    },
    'NETWORK_TLS',
    'the certificate of the server is for a different name',
    'Check the host name in the address',
  ],
  [
    'an unknown issuer',
    async () => get((await serve(answer, { tls: serverTls() })).url),
    'NETWORK_TLS',
    'the certificate of the server is signed by an authority that is not known here',
    'name its PEM file with --cert or SSL_CERT_FILE',
  ],
  [
    'TLS on a port of plain HTTP',
    async () => get(asHttps((await serve(answer)).url)),
    'NETWORK_TLS',
    'the server does not answer in TLS',
    'write http:// in its address',
  ],
  [
    'plain HTTP on a port of TLS',
    async () => get(asHttp((await serve(answer, { tls: serverTls() })).url)),
    'NETWORK_BROKEN',
    'the connection was closed without an answer',
    'write https:// in its address',
  ],
  [
    'plain HTTP on a port that closes',
    async () => get(await closingPort()),
    'NETWORK_BROKEN',
    'the connection was closed without an answer',
    'write https:// in its address',
  ],
  [
    'https:// before the address of a plain proxy',
    async () => get('https://index.test/', { proxy: asHttps((await serve(answer)).url) }),
    'NETWORK_PROXY',
    'it does not answer in TLS',
    'write http:// in the address of the proxy',
  ],
  [
    'http:// before the address of a proxy with TLS',
    async () =>
      get('https://index.test/', { proxy: asHttp((await serve(answer, { tls: serverTls() })).url) }),
    'NETWORK_PROXY',
    'it closed the connection',
    'write https:// in the address of the proxy',
  ],
  [
    'a proxy with a certificate of an unknown issuer',
    async () => get('https://index.test/', { proxy: (await serve(answer, { tls: serverTls() })).url }),
    'NETWORK_PROXY',
    'its certificate is signed by an authority that is not known here',
    'name its PEM file with --cert or SSL_CERT_FILE',
  ],
  [
    'a client certificate whose key has a passphrase',
    async () => {
      const path = join(directory(), 'client.pem');
      writeFileSync(path, '-----BEGIN CERTIFICATE-----\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n');
      return get('https://127.0.0.1:1/', { clientCert: path });
    },
    'NETWORK_SETTINGS',
    'is encrypted',
    'openssl pkey',
  ],
];

describe('what is wrong with TLS is said as what it is', () => {
  it.each(causes)('%s', async (_, cause, code, why, hint) => {
    const error = await cause();
    expect(error.code).toBe(code);
    expect(error.message).toContain(why);
    expect(error.hint).toContain(hint);
  });
});

it('SSL_CERT_DIR names directories of authorities, separated as in PATH', async () => {
  const path = directory();
  const { url } = await serve(answer, { tls: serverTls('other-name') });
  writeFileSync(join(path, 'readme.txt'), 'no certificate');
  expect((await get(url, { env: { SSL_CERT_DIR: path } })).message).toContain('not known here');
  writeFileSync(join(path, '0a0b0c0d.0'), serverTls('other-name').cert);
  // Known from then on: only the name is another one.
  const known = await get(url, {
    env: { SSL_CERT_DIR: [directory(), path].join(delimiter) },
  });
  expect(known.message).toContain('for a different name');
});
