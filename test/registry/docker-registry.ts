import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type TempDirectory, tempDirectory } from '../support/temp-directory.js';

/** The registry program itself: Debian's `docker-registry`. */
const program = 'docker-registry';

export const hasRegistry = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
export const whyNoRegistry = `skipped: there is no ${program} on PATH`;

export const user = { username: 'peep', password: 'geheim:1' } as const;
/** bcrypt, with the least cost that there is. */
const htpasswdLine = 'peep:$2y$04$hQFKd0kFDXivbSzIBzga9O/IZVcW2NMHmOo0d6JAjtVFjgX0BsUu.\n';

export const authority = fileURLToPath(new URL('../unit/fetch/certificates/authority.pem', import.meta.url));
export const server = fileURLToPath(new URL('../unit/fetch/certificates/server.pem', import.meta.url));

export interface RegistryOptions {
  readonly auth?:
    | { readonly kind: 'htpasswd' }
    /** Tokens are signed by the key of `server`, whose certificate `authority` signed. */
    | { readonly kind: 'token'; readonly realm: string; readonly service: string; readonly issuer: string };
  /** https with the certificate of `server`. */
  readonly tls?: boolean;
  readonly readOnly?: boolean;
  /** A configuration as it stands in a guide; the port is chosen all the same. */
  readonly written?: string;
}

export interface RunningRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly url: string;
  /** Everything that it stores. */
  readonly directory: string;
  readonly log: () => string;
}

/** Starts a registry on a free port of the loopback. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RunningRegistry> {
  const directory = tempDirectory();
  const config = directory.join('config.yml');
  const data = directory.join('data');
  // JSON is YAML.
  const text = options.written ?? JSON.stringify(configuration(options, directory, data));
  writeFileSync(config, text.replace(/(?<=addr: 127\.0\.0\.1):\d+/, ':0'));
  const child = spawn(program, ['serve', config], {
    cwd: directory.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  try {
    const host = await listening(child, log);
    const scheme = options.tls === true ? 'https' : 'http';
    return {
      host,
      url: `${scheme}://${host}`,
      directory: data,
      log: () => log.join(''),
      async [Symbol.asyncDispose]() {
        await ended(child);
        directory[Symbol.dispose]();
      },
    };
  } catch (error) {
    await ended(child);
    directory[Symbol.dispose]();
    throw error;
  }
}

function configuration({ auth, tls, readOnly }: RegistryOptions, directory: TempDirectory, data: string) {
  const htpasswd = directory.join('htpasswd');
  writeFileSync(htpasswd, htpasswdLine);
  return {
    version: 0.1,
    log: { level: 'info', formatter: 'text', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      delete: { enabled: true },
      maintenance: { readonly: { enabled: readOnly === true } },
    },
    http: {
      addr: '127.0.0.1:0',
      secret: 'tests',
      ...(tls === true ? { tls: { certificate: server, key: server } } : {}),
    },
    ...(auth?.kind === 'htpasswd' ? { auth: { htpasswd: { realm: 'registry', path: htpasswd } } } : {}),
    ...(auth?.kind === 'token'
      ? {
          auth: {
            token: {
              realm: auth.realm,
              service: auth.service,
              issuer: auth.issuer,
              rootcertbundle: authority,
            },
          },
        }
      : {}),
  };
}

/** Resolves with what the registry says that it listens on. */
function listening(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      log.push(chunk.toString());
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(log.join(''))?.[1];
      if (host !== undefined) resolve(host);
    };
    child.stdout?.on('data', onData);
    child.stderr?.on('data', onData);
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${program} ended with ${status}: ${log.join('')}`)));
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
