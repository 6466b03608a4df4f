import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config/environment.js';
import { findNetrc, type NetrcEntry, parseNetrc } from '../config/netrc.js';
import { originOf } from '../config/origin.js';
import type { IndexSettings } from '../config/settings.js';

/** The user's netrc, which a resolver is kept from: it would send an entry to every port and scheme of a host. */
export async function readUserNetrc(env: Environment): Promise<readonly NetrcEntry[]> {
  const home = env.HOME ?? env.USERPROFILE;
  const own = home === undefined ? [] : [join(home, '.netrc'), join(home, '_netrc')];
  for (const path of env.NETRC ? [env.NETRC] : own) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return parseNetrc(text) ?? [];
  }
  return [];
}

/** The index URLs with the users and passwords of netrc: for https on its usual port alone, and no `default` (P7). */
export function withNetrc(index: IndexSettings, entries: readonly NetrcEntry[]): IndexSettings {
  const withLogin = (location: string): string => {
    if (!/^https:/i.test(location) || !URL.canParse(location)) return location;
    const url = new URL(location);
    if (url.password !== '' || originOf(url) !== `https://${url.hostname}:443`) return location;
    const user = url.username === '' ? undefined : decodeURIComponent(url.username);
    const entry = findNetrc(entries, url.hostname.replace(/^\[|\]$/g, ''), user, false);
    if (entry === undefined) return location;
    url.username = encodeURIComponent(entry.login);
    url.password = encodeURIComponent(entry.password);
    return url.href;
  };
  return {
    ...index,
    indexUrls: index.indexUrls.map(withLogin),
    findLinks: index.findLinks.map(withLogin),
    ...(index.bindings && {
      bindings: index.bindings.map((each) => ({ ...each, url: withLogin(each.url) })),
    }),
  };
}
