/**
 * The only way to print a URL (P7): replaces user and password, cuts query values that look like signatures, and
 * escapes control characters. Accepts any text that may be meant as one URL; never throws. An unencoded password
 * may contain `/`, `#`, `?`, `@` or a blank, and the slashes of the scheme may be missing: everything up to the
 * last `@` is hidden, unless it cannot be a password.
 */
export function redactUrl(url: string): string {
  return printable(redactOne(url));
}

/**
 * Applies `redactUrl` to all URLs in a text of several lines. User info that consists of variables
 * (`${USER}:${TOKEN}@`) stays: as written in a file, it is not a secret. Line feeds, tabs and carriage returns at
 * the ends of lines stay as well.
 */
export function redactText(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [, body = '', end = ''] = /^(.*?)(\r?)$/su.exec(line) ?? [];
      return redactLine(body).split('\t').map(printable).join('\t') + end;
    })
    .join('\n');
}

/**
 * The parts of a line that `redactText` hides: user info and queries, for callers that must not show parts of them
 * either.
 */
export function secretsIn(line: string): readonly string[] {
  const secrets: string[] = [];
  redactLine(line, (secret) => secrets.push(secret));
  return secrets;
}

/**
 * Escapes control and invisible characters, line separators and bidirectional overrides as `\u{…}`, so that `text`
 * cannot control a terminal.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const known = '(?:(?:git|hg|svn|bzr)\\+)?(?:https?|ftp|ssh|git|svn|file|socks[45][ah]?)';
/**
 * The scheme of a URL, which stays visible if the user info is hidden. A word before a single colon is not a scheme
 * here, because it may be a user or a token.
 */
const shownScheme = new RegExp(`^(?:${known}:[/\\\\]*|[a-z][a-z0-9+.-]*:[/\\\\]{2,})`, 'i');
/** The start of a URL in a line. */
const urlStart = new RegExp(`${known}:|[a-z][a-z0-9+.-]{0,30}:[/\\\\]{2}`, 'i');
/**
 * URLs and paths whose `@` does not end user info, because no colon precedes it: the revision in a repository URL,
 * an address in a comment after a URL, a local file, a Windows drive. The host must have a dot and no port. All
 * other cases are ambiguous and are hidden: what looks like a port may be the start of a password
 * (`https://me.you:443/…@host`).
 */
const noUserInfo = new RegExp(
  [
    `^(?:git|hg|svn|bzr)\\+[a-z]+://(?:git@)?[a-z0-9-]+(?:\\.[a-z0-9-]+)+[/?#][^:]*$`,
    `^https?://[a-z0-9-]+(?:\\.[a-z0-9-]+)+[/?#][^\\s:@]*\\s[^:]*$`,
    '^file:///(?:[a-z]:)?[^:]*$',
    '^[a-z]:[/\\\\](?![/\\\\])[^:]*$',
  ].join('|'),
  'i',
);
/** User info that consists only of variables, in the form that is expanded. */
const variables = /^([a-z][a-z0-9+.-]*:\/\/\$\{[A-Z0-9_]+\}(?::\$\{[A-Z0-9_]+\})?@)(.*)$/su;
const query = /^([^?]*)\?([^#]*)/;
/** The query of a line's first word; a `?` in a comment is usually not a query. */
const firstQuery = /^([^?\s]*)\?([^#\s]*)/;

type Hidden = (secret: string) => void;

function redactOne(url: string, hidden?: Hidden, asked = query): string {
  const withoutQuery = (text: string) =>
    text.replace(asked, (_, before: string, secret: string) => {
      hidden?.(secret);
      return `${before}?****`;
    });
  const at = url.lastIndexOf('@');
  if (at === -1 || noUserInfo.test(url.replace(asked, '$1?****'))) return withoutQuery(url);
  const scheme = shownScheme.exec(url)?.[0] ?? '';
  const userInfo = url.slice(scheme.length, at);
  // A relative path, because nothing separates a user from a password.
  if (scheme === '' && !/^[/\\]{2}/.test(url) && !userInfo.includes(':')) return withoutQuery(url);
  // The `?` may begin a query, and the `@` may be part of a signature in it.
  if (userInfo.includes('?')) {
    hidden?.(url.slice(scheme.length));
    return `${scheme}****`;
  }
  hidden?.(userInfo);
  return `${scheme}****@${withoutQuery(url.slice(at + 1))}`;
}

/**
 * Redacts each URL in a line. A URL extends to the next word that starts a URL, because a password may contain
 * blanks.
 */
function redactLine(line: string, hidden?: Hidden): string {
  const parts = [''];
  for (const word of line.split(/(?<=\s)(?=\S)/)) {
    const start = urlStart.exec(word)?.index ?? word.length;
    parts[parts.length - 1] += word.slice(0, start);
    if (start < word.length) parts.push(word.slice(start));
  }
  const [before = '', ...urls] = parts;
  const words = before.replace(/\S+/g, (word) => redactWord(word, hidden));
  return words + urls.map((part) => redactPart(part, hidden)).join('');
}

/** Redacts a word that no URL scheme precedes, such as `user:password@host`. */
function redactWord(word: string, hidden?: Hidden): string {
  if (!word.includes('@')) return word;
  const option = /^(?:--?[\w-]+=)?["']?/.exec(word)?.[0] ?? '';
  return option + redactOne(word.slice(option.length), hidden);
}

function redactPart(part: string, hidden?: Hidden): string {
  const [, start = '', rest = ''] = variables.exec(part) ?? [];
  if (start !== '' && !rest.includes('@')) return start + redactOne(rest, hidden, firstQuery);
  return redactOne(part, hidden, firstQuery);
}
