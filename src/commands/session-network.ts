import { type ConfiguredContext, resolveNetworkSettings } from '../config/resolve.js';
import type { NetworkSettings } from '../config/settings.js';
import { createCredentials } from '../fetch/http/credentials.js';
import { createTransport } from '../fetch/http/http.js';
import { fetchPage } from '../fetch/http/page.js';
import type { Transport } from '../fetch/http/transport.js';
import type { Requirements } from '../requirements/read/read-requirements.js';
import { PeepError } from '../text/errors.js';
import { redactUrl } from '../text/redact.js';
import type { CommandContext } from './host.js';

/** The way to the network for a run. `urls`: what the user named, whose credentials count. */
export function networkTransport(
  settings: NetworkSettings,
  urls: readonly string[],
  { host }: CommandContext,
  named: readonly string[] = [],
): Transport {
  const { keyringProvider } = settings;
  const credentials = createCredentials({
    env: host.env,
    home: host.home,
    platform: host.platform,
    urls,
    named,
    keyringProvider,
  });
  return createTransport(settings, { env: host.env, credentials });
}

/** The URLs of archives that requirements, constraints and lock files name. */
export function namedUrls({ written, constraints }: Requirements): readonly string[] {
  const archives = [
    ...written.flatMap((entry) => (entry.kind === 'pin' ? [entry.pin.source] : [])),
    ...constraints.flatMap(({ archive }) => archive ?? []),
  ];
  const links = written.flatMap((entry) => (entry.kind === 'pin' ? (entry.pin.links ?? []) : []));
  return [
    ...archives.flatMap((source) => (source.kind === 'url' ? [source.url] : [])),
    ...links.map(({ url }) => url),
  ];
}

/** A requirements file at a URL: fetched before any setting in it can count. */
export async function fetchRequirements(
  url: string,
  commandLine: Parameters<typeof resolveNetworkSettings>[0],
  configured: ConfiguredContext,
  context: CommandContext,
): Promise<Uint8Array> {
  const network = resolveNetworkSettings(commandLine, undefined, configured);
  const transport = networkTransport(network, [url], context);
  try {
    const page = await fetchPage(
      { transport, retries: network.retries },
      { url, accept: 'text/plain, */*;q=0.5', signal: context.host.signal },
    );
    if (page.status === 200) return page.bytes;
    throw new PeepError(
      'REQUIREMENTS_UNREADABLE',
      `cannot read the requirements file '${redactUrl(url)}': the server has none there`,
      {
        hint: 'Check the address.',
      },
    );
  } finally {
    await transport.close();
  }
}
