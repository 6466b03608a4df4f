import { readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { SecureContext } from 'node:tls';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from '../../config/environment.js';
import type { NetworkSettings } from '../../config/settings.js';
import { readRegular } from '../../files/regular-file.js';
import { PeepError, systemReason } from '../../text/errors.js';

/** Options for `tls.connect`. */
export interface TlsSettings {
  /** All connections of a run share one context, because parsing a CA bundle takes 40 ms of CPU time. */
  readonly secureContext: SecureContext;
}

/**
 * Reads the certificate files of the run: `--cert`, else `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`, `SSL_CERT_FILE`,
 * `SSL_CERT_DIR`. These authorities replace the built-in ones, as in pip. `--client-cert` is a PEM file with
 * certificate and key. Throws `NETWORK_SETTINGS`.
 */
export async function readTlsSettings(settings: NetworkSettings, env: Environment): Promise<TlsSettings> {
  const authorities = firstSet([
    ['--cert', settings.cert],
    ['REQUESTS_CA_BUNDLE', env.REQUESTS_CA_BUNDLE],
    ['CURL_CA_BUNDLE', env.CURL_CA_BUNDLE],
    ['SSL_CERT_FILE', env.SSL_CERT_FILE],
    ['SSL_CERT_DIR', env.SSL_CERT_DIR],
  ]);
  const client = firstSet([['--client-cert', settings.clientCert]]);
  const ca = authorities && (await readAuthorities(authorities.path, authorities.from));
  const own = client && (await readPem(client.path, client.from));
  if (client !== undefined && own !== undefined && isEncrypted(own)) throw encryptedKey(client);
  const { createSecureContext } = await import('node:tls');
  try {
    const secureContext = createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(own === undefined ? {} : { cert: own, key: own }),
    });
    return { secureContext };
  } catch (cause) {
    const { path, from } = client ?? authorities ?? { path: '', from: 'this system' };
    throw unreadable(path, from, cause);
  }
}

/** Encrypted PKCS #8 keys, and OpenSSL's older form. */
function isEncrypted(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || pem.includes('Proc-Type: 4,ENCRYPTED');
}

function encryptedKey({ path, from }: { readonly path: string; readonly from: string }): PeepError {
  return new PeepError('NETWORK_SETTINGS', `the key of ${from} in '${path}' is encrypted`, {
    hint: 'peep cannot ask for a passphrase; name a copy with the key decrypted (`openssl pkey -in FILE`), readable only by this user.',
  });
}

function firstSet(
  choices: readonly (readonly [from: string, path: string | undefined])[],
): { readonly from: string; readonly path: string } | undefined {
  for (const [from, path] of choices) if (path !== undefined && path !== '') return { from, path };
  return undefined;
}

/** Reads a PEM file, or a directory of such files as made by OpenSSL's `c_rehash`. */
async function readAuthorities(path: string, from: string): Promise<string> {
  try {
    if (from === 'SSL_CERT_DIR') {
      const directories = path.split(delimiter).filter((directory) => directory !== '');
      return (await Promise.all(directories.map(readDirectory))).join('\n');
    }
    return (await stat(path)).isDirectory() ? await readDirectory(path) : await readPem(path, from);
  } catch (error) {
    throw error instanceof PeepError ? error : unreadable(path, from, error);
  }
}

async function readDirectory(path: string): Promise<string> {
  const names = (await readdir(path)).filter((name) => /\.(?:pem|crt|\d+)$/.test(name)).sort();
  const files = await Promise.all(
    names.map((name) => readRegular(join(path, name), { maxBytes: ceilings.certificates })),
  );
  const texts = files.map((bytes) => bytes.toString('latin1'));
  return texts.filter((text) => text.includes('-----BEGIN ')).join('\n');
}

async function readPem(path: string, from: string): Promise<string> {
  let text: string;
  try {
    if ((await stat(path)).size > ceilings.certificates) throw new RangeError('the file is too large');
    text = await readFile(path, 'latin1');
  } catch (error) {
    throw unreadable(path, from, error);
  }
  // Without this check, Node would trust no authority, and each connection would fail.
  if (!text.includes('-----BEGIN ')) throw unreadable(path, from, new Error('it holds no PEM certificate'));
  return text;
}

function unreadable(path: string, from: string, cause: unknown): PeepError {
  return new PeepError(
    'NETWORK_SETTINGS',
    `cannot read the certificates of ${from} from '${path}': ${systemReason(cause)}`,
    {
      cause,
      hint: 'Name a PEM file that this user can read.',
    },
  );
}
