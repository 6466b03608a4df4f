import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ceilings } from '../../config/ceilings.js';
import type { Environment } from '../../config/environment.js';
import type { NetworkSettings } from '../../config/settings.js';
import { PeepError, systemReason } from '../../text/errors.js';

/** What `tls.connect` takes. Keys that are absent leave Node's own choice. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads the certificate files of the run: `--cert`, else `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`, `SSL_CERT_FILE`; these
 * authorities replace the built-in ones, as in pip. `--client-cert` is a PEM file with certificate and key.
 * Throws `NETWORK_SETTINGS`.
 */
export async function readTlsSettings(settings: NetworkSettings, env: Environment): Promise<TlsSettings> {
  const authorities = firstSet([
    ['--cert', settings.cert],
    ['REQUESTS_CA_BUNDLE', env.REQUESTS_CA_BUNDLE],
    ['CURL_CA_BUNDLE', env.CURL_CA_BUNDLE],
    ['SSL_CERT_FILE', env.SSL_CERT_FILE],
  ]);
  const client = firstSet([['--client-cert', settings.clientCert]]);
  const ca = authorities && (await readAuthorities(authorities.path, authorities.from));
  const own = client && (await readPem(client.path, client.from));
  return { ...(ca === undefined ? {} : { ca }), ...(own === undefined ? {} : { cert: own, key: own }) };
}

function firstSet(
  choices: readonly (readonly [from: string, path: string | undefined])[],
): { readonly from: string; readonly path: string } | undefined {
  for (const [from, path] of choices) if (path !== undefined && path !== '') return { from, path };
  return undefined;
}

/** A PEM file, or a directory of such files as OpenSSL's `c_rehash` makes it. */
async function readAuthorities(path: string, from: string): Promise<string> {
  try {
    if (!(await stat(path)).isDirectory()) return await readPem(path, from);
    const names = (await readdir(path)).filter((name) => /\.(?:pem|crt|\d+)$/.test(name)).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(path, name), 'latin1')));
    return texts.filter((text) => text.includes('-----BEGIN ')).join('\n');
  } catch (error) {
    throw error instanceof PeepError ? error : unreadable(path, from, error);
  }
}

async function readPem(path: string, from: string): Promise<string> {
  let text: string;
  try {
    if ((await stat(path)).size > ceilings.certificates) throw new RangeError('the file is too large');
    text = await readFile(path, 'latin1');
  } catch (error) {
    throw unreadable(path, from, error);
  }
  // Without a certificate in it, Node would trust nobody and say so at each connection only.
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
