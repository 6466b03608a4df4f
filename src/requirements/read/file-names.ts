import { dirname, isAbsolute, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeepError, type SourceLocation } from '../../text/errors.js';
import { redactUrl } from '../../text/redact.js';
import { isPylockName } from '../lock/formats.js';

export function isUrl(location: string): boolean {
  return /^(https?|file):/i.test(location);
}

/** An absolute path, or the http(s) URL of a file. Throws `REQUIREMENTS_UNREADABLE`. */
export function locate(file: string, cwd: string): string {
  if (!/^file:/i.test(file)) return isUrl(file) ? file : resolve(cwd, file);
  try {
    return fileURLToPath(file);
  } catch (cause) {
    throw new PeepError('REQUIREMENTS_UNREADABLE', `'${shownFile(file)}' is not a usable file URL`, {
      cause,
      hint: 'Name the file by its path.',
    });
  }
}

/** The path or URL of an included file. Throws `REQUIREMENTS_UNREADABLE`. */
export function includedFile(includer: string, target: string, place: SourceLocation): string {
  if (isUrl(includer)) {
    const url = URL.canParse(target, includer) ? new URL(target, includer) : undefined;
    // Use the parsed URL: a URL parser drops blanks, tabs and line ends that the text still has.
    if (url !== undefined && (!/^https?:/i.test(includer) || /^https?:$/.test(url.protocol))) return url.href;
    const why =
      url?.protocol === 'file:'
        ? 'a requirements file from the web names a file of this machine'
        : `'${redactUrl(target)}' is not a usable URL`;
    throw new PeepError('REQUIREMENTS_UNREADABLE', why, {
      place,
      hint: 'Put the included file beside the one that includes it, or write its full http(s) URL.',
    });
  }
  if (isUrl(target)) return target;
  return isAbsolute(target) ? normalize(target) : join(dirname(includer), target);
}

/** pip 26.3: `pylock.toml[extra]` selects extras of a lock file. */
export function lockExtras(named: string): { readonly file: string; readonly extras: readonly string[] } {
  const [, file = '', list = ''] = /^(.*)\[([^[\]]*)\]$/s.exec(named) ?? [];
  if (!isPylockName(file)) return { file: named, extras: [] };
  return {
    file,
    extras: list
      .split(',')
      .map((extra) => extra.trim())
      .filter((extra) => extra !== ''),
  };
}

/** The name of a file for messages (P7). */
export function shownFile(file: string): string {
  return isUrl(file) ? redactUrl(file) : file;
}

/** The name of a missing file for messages: it may have been meant as a URL. */
export function shownMissing(file: string): string {
  return /:.*@/s.test(file) ? redactUrl(file) : shownFile(file);
}
