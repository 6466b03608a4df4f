import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../config/environment.js';
import { findNetrc, type NetrcEntry, parseNetrc } from '../config/netrc.js';
import { originOf } from '../config/origin.js';
import type { IndexSettings } from '../config/settings.js';

/**
 * The entries of the user's netrc. A resolver must not read that file itself: it would send a password to every
 * port and scheme of a host.
 */
export async function readUserNetrc(env: Environment): Promise<readonly NetrcEntry[]> {
  const home = env.HOME ?? env.USERPROFILE;
  const own = home === undefined ? [] : [join(home, '.netrc'), join(home, '_netrc')];
  for (const path of env.NETRC ? [env.NETRC] : own) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return parseNetrc(text) ?? [];
  }
  return [];
}

/**
 * The index URLs with users and passwords from netrc (P7). Only https URLs on the usual port get them, and the
 * entry `default` is ignored.
 */
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
