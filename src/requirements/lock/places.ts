import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceLocation } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import { invalidLock } from './fields.js';

/** A URL that a lock file names, without its fragment. Throws `LOCK_INVALID` for one that is none to fetch. */
export function lockedUrl(text: string, location: string, place: SourceLocation): string {
  const url = text.replace(/#.*$/s, '');
  // A lock file from the web names no file of this machine.
  if (/^(https?|file):/i.test(url) && URL.canParse(url) && !(isRemote(location) && /^file:/i.test(url))) {
    return url;
  }
  throw invalidLock(`'${printable(redactUrl(url))}' is not a usable archive URL`, place);
}

/** A path that a lock file names, from the folder of the lock file or from `folder` in it, as a URL. */
export function lockedPath(path: string, location: string, place: SourceLocation, folder = ''): string {
  if (!isRemote(location)) return pathToFileURL(resolve(dirname(location), folder, path)).href;
  const base = new URL(folder === '' ? '.' : `${folder}/`, location);
  const joined = !isAbsolute(path) && URL.canParse(path, base.href) ? new URL(path, base) : undefined;
  if (joined === undefined || joined.origin !== new URL(location).origin) {
    throw invalidLock(`the path '${printable(path)}' leaves the place of the lock file`, place);
  }
  return joined.href;
}

/** An index URL that a lock file names; undefined for a folder or what is not an http(s) URL. */
export function lockedIndex(text: string | undefined): string | undefined {
  return text !== undefined && /^https?:/i.test(text) && URL.canParse(text) ? text : undefined;
}

function isRemote(location: string): boolean {
  return /^https?:/i.test(location);
}
