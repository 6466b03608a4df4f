import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credentials } from '../../src/fetch/http/credentials.js';
import { createTransport } from '../../src/fetch/http/http.js';
import { dockerLogins } from '../../src/store/oci/find-login.js';
import { findArchive } from '../../src/store/oci/pull.js';
import { parseReference } from '../../src/store/oci/reference.js';
import { openRegistry } from '../../src/store/oci/registry.js';
import { defaults } from '../unit/fetch/support.js';
import type { Case, Shown, World } from './world.js';

const digest = { algorithm: 'sha256', hex: '0'.repeat(64) } as const;
const nothing: Credentials = { upFront: async () => undefined, afterChallenge: async () => undefined };

/** Asks a registry that answers everything so. */
async function asked(world: World, status: number, body: string, headers = {}): Promise<Shown> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const transport = createTransport(defaults, { env: {}, credentials: nothing });
  try {
    const { port } = server.address() as AddressInfo;
    const findLogin = dockerLogins({ env: {}, home: undefined, platform: 'linux' });
    const deps = { transport, retries: 0, findLogin };
    const reference = parseReference(`oci://127.0.0.1:${port}/team/python`);
    return await world.thrown(() => findArchive(openRegistry(deps, reference, { write: false }), digest));
  } finally {
    await transport.close();
    server.close();
    server.closeAllConnections();
  }
}

export const registryCases: readonly Case[] = [
  {
    code: 'STORE_ADDRESS',
    cause: 'The address of a store is not a repository of a registry.',
    run: ({ peep }) => peep(['fetch', '--store', 'oci://registry.example/team/python:1.0', '-r', 'x.txt']),
  },
  {
    code: 'REGISTRY_REFUSED',
    cause: 'A registry refuses a request; what it says itself is shown.',
    run: (world) =>
      asked(world, 403, '{"errors":[{"code":"DENIED","message":"requested access is denied"}]}'),
  },
  {
    code: 'REGISTRY_ANSWER',
    cause: 'Under the tag of a pinned digest lies something else.',
    run: (world) => asked(world, 200, '{"schemaVersion":2}'),
  },
  {
    code: 'REGISTRY_LOGIN',
    cause: 'A file with logins names a credential helper that is not there.',
    run: (world) => {
      const home = world.work;
      world.write('.docker/config.json', '{"credsStore":"lost"}');
      const find = dockerLogins({ env: {}, home, platform: 'linux' });
      return world.thrown(() => find(parseReference('oci://registry.example/team/python')));
    },
  },
];
