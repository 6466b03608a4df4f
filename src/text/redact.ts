/**
 * The one way a URL reaches output (P7): user and password are replaced, query values that look like
 * signatures are cut, control characters are shown as escapes. Takes any text that may be meant as one URL; never
 * throws. A password that was not percent-encoded may hold `/`, `#`, `?`, `@` or a blank, and the scheme's slashes may
 * be missing: all up to the last `@` is hidden, unless it can be no password.
 */
export function redactUrl(url: string): string {
  return printable(redactOne(url));
}

/**
 * A text of several lines with any number of URLs in each, as `redactUrl` shows them. User info that consists of
 * variables (`${USER}:${TOKEN}@`) stays: as written in a file, it is not a secret. Line feeds, tabs and carriage returns
 * at the ends of lines stay as well.
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

/** What `redactText` hides in one line: user info and queries, for whoever must not show parts of them either. */
export function secretsIn(line: string): readonly string[] {
  const secrets: string[] = [];
  redactLine(line, (secret) => secrets.push(secret));
  return secrets;
}

/** `text` with control and invisible characters, line separators and bidirectional overrides as `\u{…}` escapes, so that it cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const known = '(?:(?:git|hg|svn|bzr)\\+)?(?:https?|ftp|ssh|git|svn|file|socks[45][ah]?)';
/** What is shown of a URL whose user info is hidden. A word before a colon alone may be a user, or a token. */
const shownScheme = new RegExp(`^(?:${known}:[/\\\\]*|[a-z][a-z0-9+.-]*:[/\\\\]{2,})`, 'i');
/** Where a URL begins within a line. */
const urlStart = new RegExp(`${known}:|[a-z][a-z0-9+.-]{0,30}:[/\\\\]{2}`, 'i');
/**
 * An `@` behind these is not an end of user info, as no colon follows: the revision of a repository or a comment's
 * address, behind a host with a dot and no port; a local file; a drive of Windows. Others are in doubt: the port that
 * is the beginning of a password (`https://me.you:443/…@host`) vanishes when a URL is normalised.
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
/** User info as variables only, in the form that is expanded. */
const variables = /^([a-z][a-z0-9+.-]*:\/\/\$\{[A-Z0-9_]+\}(?::\$\{[A-Z0-9_]+\})?@)(.*)$/su;
const query = /^([^?]*)\?([^#]*)/;
/** The query of a line's first word; comments ask questions too. */
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
  // A relative path: nothing in it separates a user from a password.
  if (scheme === '' && !/^[/\\]{2}/.test(url) && !userInfo.includes(':')) return withoutQuery(url);
  // Of `?` and `@`, the first may begin a query and the second may stand in a signature.
  if (userInfo.includes('?')) {
    hidden?.(url.slice(scheme.length));
    return `${scheme}****`;
  }
  hidden?.(userInfo);
  return `${scheme}****@${withoutQuery(url.slice(at + 1))}`;
}

/** A URL reaches from its start to the next word that has one: a password may hold blanks. */
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

/** A word in front of every URL: `user:password@host` has no scheme to be found by. */
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
