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
 * variables (`${USER}:${TOKEN}@`) stays: as written in a file, it is no secret. Line feeds, tabs and carriage returns
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

/** `text` with control and invisible characters, line separators and bidirectional overrides as `\u{…}` escapes, so that it cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const known = '(?:(?:git|hg|svn|bzr)\\+)?(?:https?|ftp|ssh|git|svn|file|socks[45][ah]?)';
/** What is shown of a URL whose user info is hidden. A word before a colon alone may be a user, or a token. */
const shownScheme = new RegExp(`^(?:${known}:[/\\\\]*|[a-z][a-z0-9+.-]*:[/\\\\]{2,})`, 'i');
/** Where a URL begins within a line. */
const urlStart = new RegExp(`${known}:|[a-z][a-z0-9+.-]{0,30}:[/\\\\]{2}`, 'i');
/**
 * An `@` behind these is part of a path: a host with a dot and no port, where a user's name would stand; a local
 * file; a drive of Windows. No colon follows, so there is no password.
 */
const noUserInfo = new RegExp(
  [
    `^(?:(?:git|hg|svn|bzr)\\+)?(?:https?|ssh|git|svn)://(?:git@)?[a-z0-9-]+(?:\\.[a-z0-9-]+)+[/?#][^:]*$`,
    '^file:///(?:[a-z]:)?[^:]*$',
    '^[a-z]:[/\\\\](?![/\\\\])[^:]*$',
  ].join('|'),
  'i',
);

/** User info as variables only, in the form that is expanded. */
const variables = /^([a-z][a-z0-9+.-]*:\/\/\$\{[A-Z0-9_]+\}(?::\$\{[A-Z0-9_]+\})?@)(.*)$/su;
/** The query of a line's first word; comments ask questions too. */
const firstQuery = /(?<=^\S*)\?[^#\s]*/;

function redactOne(url: string, query = /\?[^#]*/): string {
  const withoutQuery = (text: string) => text.replace(query, '?****');
  const cut = withoutQuery(url);
  const at = url.lastIndexOf('@');
  if (at === -1 || noUserInfo.test(cut)) return cut;
  const scheme = shownScheme.exec(url)?.[0] ?? '';
  // A relative path: nothing in it separates a user from a password.
  if (scheme === '' && !/^[/\\]{2}/.test(url) && !url.slice(0, at).includes(':')) return cut;
  // Of `?` and `@`, the first may begin a query and the second may stand in a signature.
  if (url.slice(0, at).includes('?')) return `${scheme}****`;
  return `${scheme}****@${withoutQuery(url.slice(at + 1))}`;
}

/** A URL reaches from its start to the next word that has one: a password may hold blanks. */
function redactLine(line: string): string {
  const parts = [''];
  for (const word of line.split(/(?<=\s)(?=\S)/)) {
    const start = urlStart.exec(word)?.index ?? word.length;
    parts[parts.length - 1] += word.slice(0, start);
    if (start < word.length) parts.push(word.slice(start));
  }
  const [before = '', ...urls] = parts;
  return before.replace(/\S+/g, redactWord) + urls.map(redactPart).join('');
}

/** A word in front of every URL: `user:password@host` has no scheme to be found by. */
function redactWord(word: string): string {
  if (!word.includes('@')) return word;
  const option = /^(?:--?[\w-]+=)?["']?/.exec(word)?.[0] ?? '';
  return option + redactOne(word.slice(option.length));
}

function redactPart(part: string): string {
  const [, start = '', rest = ''] = variables.exec(part) ?? [];
  if (start !== '' && !rest.includes('@')) return start + rest.replace(firstQuery, '?****');
  return redactOne(part, firstQuery);
}
