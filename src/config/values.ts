import { posix, win32 } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PeepError } from '../text/errors.js';
import { printable, redactUrl } from '../text/redact.js';

/** The base of relative paths and `~` in settings. */
export interface PathContext {
  /** Absolute. */
  readonly cwd: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

/**
 * The URL of an index, ending in `/`, from a URL or the path of a directory. Throws `SETTING_INVALID` with the
 * origin of the value.
 */
export function indexUrl(text: string, from: string, context: PathContext): string {
  const url = isUrl(text) ? checkUrl(text, from) : directoryUrl(text, from, context);
  // Project names are appended to this URL.
  if (isUrl(text) && /[?#]/.test(text)) {
    throw invalidSetting(
      text.replace(/#.*$/s, '#****'),
      from,
      `it contains '${text.includes('?') ? '?' : '#'}', and peep appends /NAME/ to it for each project`,
      'Give a token as a password, as in https://USER:TOKEN@HOST/simple/, or in PEEP_INDEX_NAME_TOKEN.',
    );
  }
  return url.endsWith('/') ? url : `${url}/`;
}

/** A find-links location: an unchanged URL, or an absolute path. Throws `SETTING_INVALID`. */
export function findLinksLocation(text: string, from: string, context: PathContext): string {
  return isUrl(text) ? checkUrl(text, from) : absolutePath(text, from, context);
}

/** An absolute path, from one that may be relative or start with `~/`. Throws `SETTING_INVALID`. */
export function absolutePath(text: string, from: string, { cwd, home, platform }: PathContext): string {
  if (text === '' || text.includes('\0')) throw invalidSetting(text, from, 'it is not a path');
  const paths = platform === 'win32' ? win32 : posix;
  const expanded = /^~(?=$|[/\\])/.test(text) ? paths.join(home, text.slice(1)) : text;
  return paths.resolve(cwd, expanded);
}

/** Parses pip's words for yes and no. Throws `SETTING_INVALID`. */
export function flag(text: string, from: string): boolean {
  const word = text.toLowerCase();
  if (['y', 'yes', 't', 'true', 'on', '1'].includes(word)) return true;
  if (['n', 'no', 'f', 'false', 'off', '0'].includes(word)) return false;
  throw invalidSetting(text, from, 'it is neither yes nor no');
}

/** A host, or host and port. Throws `SETTING_INVALID`. */
export function trustedHost(text: string, from: string): string {
  if (/^(?:[^\s/@:[\]]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/.test(text)) return text;
  // An IPv6 address without brackets has no port.
  if (/^[0-9a-fA-F:.]+$/.test(text)) return text;
  throw invalidSetting(text, from, 'it is neither HOST nor HOST:PORT');
}

/** Seconds, greater than 0 and at most one day. Throws `SETTING_INVALID`. */
export function seconds(text: string, from: string): number {
  const value = /^\s*\d{1,9}(?:\.\d{0,9})?\s*$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 86_400) return value;
  throw invalidSetting(text, from, 'it is not a number of seconds between 0 and 86400');
}

/** A whole number from 0 to 100. Throws `SETTING_INVALID`. */
export function retryCount(text: string, from: string): number {
  const value = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (value <= 100) return value;
  throw invalidSetting(text, from, 'it is not a whole number from 0 to 100');
}

export function invalidSetting(
  text: string,
  from: string,
  why: string,
  hint = `Correct ${printable(from)}.`,
): PeepError {
  return new PeepError('SETTING_INVALID', `cannot use '${redactUrl(text)}' from ${printable(from)}: ${why}`, {
    hint,
  });
}

/**
 * The hint for a URL whose password contains an unescaped `/`, `?` or `#`. URL parsers end the host there, and read
 * the text before it as a port.
 */
function passwordHint(text: string): string | undefined {
  return /^[a-z]+:\/\/[^/?#@]*:[^@/?#]*[/?#].*@/is.test(text)
    ? 'Percent-encode the password: / is %2F, ? is %3F, # is %23, @ is %40 and % is %25.'
    : undefined;
}

/** True if `text` has a URL scheme. One letter and a colon are a Windows drive. */
function isUrl(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]+:/.test(text);
}

function checkUrl(text: string, from: string): string {
  // JavaScript's URL class silently removes line ends and tabs.
  if (/[\u0000-\u0020\u007f]/.test(text))
    throw invalidSetting(text, from, 'it contains blanks or control characters');
  if (!/^(?:https?:\/\/|file:)/i.test(text) || !URL.canParse(text)) {
    const hint = passwordHint(text);
    throw invalidSetting(text, from, 'it is not an http, https or file URL', hint);
  }
  return text;
}

function directoryUrl(text: string, from: string, context: PathContext): string {
  return pathToFileURL(absolutePath(text, from, context), { windows: context.platform === 'win32' }).href;
}
