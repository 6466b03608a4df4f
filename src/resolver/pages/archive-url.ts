/** The parts of an absolute URL. */
export interface ArchiveUrl {
  /** Without the fragment. */
  readonly url: string;
  readonly scheme: 'http' | 'https' | 'file';
  /** Percent-encoded. */
  readonly path: string;
  /** The text after the `#`. */
  readonly fragment: string;
}

/**
 * Resolves a URL on a page. Undefined if it is not an http, https or file URL. The path is quoted as pip does, so
 * that peep requests the same URL: `+` becomes `%2B`, `%69` becomes `i`, and nothing is quoted twice.
 */
export function archiveUrl(address: string, base: string): ArchiveUrl | undefined {
  const plain = plainUrl.exec(address);
  if (plain !== null) {
    const [, url = '', scheme = '', path = '', fragment = ''] = plain;
    return { url, scheme: scheme as 'http' | 'https', path, fragment };
  }
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    return undefined;
  }
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'file') return undefined;
  const fragment = url.hash.slice(1);
  url.hash = '';
  if (!/^[\w.~/-]*$/.test(url.pathname)) url.pathname = quoted(url.pathname);
  return { url: url.href, scheme, path: url.pathname, fragment };
}

/** URLs that a URL parser returns unchanged: most links of an index, so this makes parsing pages fast. */
const plainUrl =
  /^((https?):\/\/[a-z0-9.-]+(?::[0-9]{1,5})?(\/[A-Za-z0-9_.~/-]*)(?:\?[\w.~/&=%+-]+)?)(?:#([\w.~/&=:+-]*))?$/;

/** The last component of a URL's path, decoded once: decoding twice would turn `%252F` into a slash. */
export function lastComponent(pathname: string): string {
  let end = pathname.length;
  while (pathname[end - 1] === '/') end -= 1;
  const raw = pathname.slice(pathname.lastIndexOf('/', end - 1) + 1, end);
  if (!raw.includes('%')) return raw;
  const decoded = decodeOnce(raw);
  return decoded.slice(decoded.lastIndexOf('/') + 1);
}

/** `@` and `;` are separators, and an encoded slash is not: leave all three unchanged, as pip does. */
function quoted(path: string): string {
  return path
    .split(/(%2F|[@;])/i)
    .map((part, i) => (i % 2 === 1 ? part.toUpperCase() : part.split('/').map(requoted).join('/')))
    .join('');
}

function requoted(part: string): string {
  const decoded = decodeOnce(part);
  // Leave an invalid escape unchanged; encoding its `%` would request another file.
  if (decoded === part && part.includes('%')) return part;
  return encodeURIComponent(decoded).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
