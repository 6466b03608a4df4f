import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceLocation } from '../../text/errors.js';
import { printable, redactUrl } from '../../text/redact.js';
import { invalidLock } from './fields.js';

/** A URL in a lock file, without its fragment. Throws `LOCK_INVALID` if it cannot be fetched. */
export function lockedUrl(text: string, location: string, place: SourceLocation): string {
  const url = text.replace(/#.*$/s, '');
  // A lock file from the web must not name files of this machine.
  if (/^(https?|file):/i.test(url) && URL.canParse(url) && !(isRemote(location) && /^file:/i.test(url))) {
    return url;
  }
  throw invalidLock(`'${printable(redactUrl(url))}' is not a usable archive URL`, place);
}

/** A path in a lock file as a URL; relative to the directory of the lock file, or to `folder` in it. */
export function lockedPath(path: string, location: string, place: SourceLocation, folder = ''): string {
  if (!isRemote(location)) return pathToFileURL(resolve(dirname(location), folder, path)).href;
  const base = new URL(folder === '' ? '.' : `${folder}/`, location);
  const joined = !isAbsolute(path) && URL.canParse(path, base.href) ? new URL(path, base) : undefined;
  if (joined === undefined || joined.origin !== new URL(location).origin) {
    throw invalidLock(`the path '${printable(path)}' leaves the server of the lock file`, place);
  }
  return joined.href;
}

/** An index URL in a lock file; undefined for a directory or any other text that is not an http(s) URL. */
export function lockedIndex(text: string | undefined): string | undefined {
  return text !== undefined && /^https?:/i.test(text) && URL.canParse(text) ? text : undefined;
}

function isRemote(location: string): boolean {
  return /^https?:/i.test(location);
}
