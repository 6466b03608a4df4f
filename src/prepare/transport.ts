import type { Machine } from '../config/machine.js';
import type { NetworkSettings } from '../config/settings.js';
import { createCredentials } from '../fetch/http/credentials.js';
import { createTransport } from '../fetch/http/http.js';
import type { Transport } from '../fetch/http/transport.js';

/** URLs that the user wrote, whose credentials count. */
export interface UserUrls {
  /** Indexes, find-links, requirements files: credentials for all of their origin. */
  readonly locations: readonly string[];
  /** Single archives. */
  readonly archives: readonly string[];
}

/** The transport of a run, with the credentials that the user gave. */
export function openTransport(
  settings: NetworkSettings,
  { locations, archives }: UserUrls,
  { env, home, platform }: Pick<Machine, 'env' | 'home' | 'platform'>,
): Transport {
  const { keyringProvider } = settings;
  const credentials = createCredentials({
    ...{ env, home, platform, keyringProvider },
    urls: locations,
    named: archives,
  });
  return createTransport(settings, { env, credentials });
}
