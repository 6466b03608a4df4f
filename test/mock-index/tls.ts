import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM texts, and where they lie in the directory that `makeCertificates` was given. */
export interface Certificates {
  /** The authority that signed the others. */
  readonly ca: string;
  readonly caPath: string;
  /** Of a server at `127.0.0.1`, `localhost` and the names that were asked for. */
  readonly key: string;
  readonly cert: string;
  /** One file with certificate and key of a client, as `--client-cert` wants it. */
  readonly clientPath: string;
}

const run = promisify(execFile);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority and certificates of a server and a client; undefined where there is no openssl. */
export async function makeCertificates(
  directory: string,
  names: readonly string[] = [],
): Promise<Certificates | undefined> {
  try {
    await run('openssl', ['version']);
  } catch {
    return undefined;
  }
  const path = (name: string) => join(directory, name);
  await writeFile(
    path('openssl.cnf'),
    `[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
subjectAltName = ${['IP:127.0.0.1', ...['localhost', ...names].map((name) => `DNS:${name}`)].join(', ')}
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
`,
  );
  const config = ['-config', path('openssl.cnf')];
  const days = ['-days', '30'];
  const authority = ['-subj', '/CN=mock authority', '-extensions', 'authority', ...days];
  const files = ['-keyout', path('ca.key'), '-out', path('ca.pem')];
  await run('openssl', ['req', '-x509', ...newKey, ...config, ...authority, ...files]);
  for (const [serial, who] of ['server', 'client'].entries()) {
    const request = ['-keyout', path(`${who}.key`), '-out', path(`${who}.csr`)];
    await run('openssl', ['req', '-new', ...newKey, ...config, '-subj', `/CN=${who}`, ...request]);
    const signer = [
      '-CA',
      path('ca.pem'),
      '-CAkey',
      path('ca.key'),
      '-set_serial',
      String(serial + 2),
      ...days,
    ];
    const extensions = ['-extfile', path('openssl.cnf'), '-extensions', who];
    const signed = ['-in', path(`${who}.csr`), '-out', path(`${who}.pem`)];
    await run('openssl', ['x509', '-req', ...signed, ...signer, ...extensions]);
  }
  const pem = (name: string) => readFile(path(name), 'utf8');
  await writeFile(path('client-both.pem'), (await pem('client.pem')) + (await pem('client.key')), {
    mode: 0o600,
  });
  return {
    ca: await pem('ca.pem'),
    caPath: path('ca.pem'),
    key: await pem('server.key'),
    cert: await pem('server.pem'),
    clientPath: path('client-both.pem'),
  };
}
