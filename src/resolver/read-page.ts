import { parseHtmlPage } from './html.js';
import { parseJsonPage } from './json.js';
import { malformedPage, type Page, type PageOrigin } from './page.js';

/** What peep asks for, JSON first (PEP 691). */
export const acceptPages =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/**
 * Reads a page by its content type. Throws `PAGE_MALFORMED` for a type that is neither JSON nor HTML of the
 * Simple API, and `PAGE_VERSION` for a later version of it.
 */
export function readPage(contentType: string | undefined, bytes: Uint8Array, origin: PageOrigin): Page {
  const [type = '', ...parameters] = (contentType ?? 'text/html').split(';').map((part) => part.trim());
  const charset = parameters
    .map((part) => /^charset="?([^"]*)"?$/i.exec(part)?.[1])
    .find((name) => name !== undefined);
  const text = decodeText(bytes, charset);
  switch (type.toLowerCase()) {
    case 'application/vnd.pypi.simple.v1+json':
    case 'application/json':
      return parseJsonPage(text, origin);
    case 'application/vnd.pypi.simple.v1+html':
    case 'text/html':
    case 'application/xhtml+xml':
      return parseHtmlPage(text, origin);
    default:
      throw malformedPage(origin, `its content type is '${type.slice(0, 100)}'`);
  }
}

/** Names and URLs are ASCII in practice: an unknown charset is read as UTF-8, and so are wrong bytes, replaced. */
function decodeText(bytes: Uint8Array, charset: string | undefined): string {
  try {
    return new TextDecoder(charset ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
