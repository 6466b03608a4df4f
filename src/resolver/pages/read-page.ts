import { clipped } from '../../text/clip.js';
import { decodeHtml } from './decode-html.js';
import { parseHtmlPage } from './html.js';
import { parseJsonPage } from './json.js';
import { everyFile, type NameFilter } from './name-filter.js';
import { checkApiVersion, malformedPage, type Page, type PageOrigin } from './page.js';

/** The value of the Accept header, JSON first (PEP 691). */
export const acceptPages =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/**
 * Parses a page by its content type. Throws `PAGE_MALFORMED` for a type that is neither JSON nor HTML of the Simple
 * API, and `PAGE_VERSION` for an unsupported version of the API.
 */
export function readPage(
  contentType: string | undefined,
  bytes: Uint8Array,
  origin: PageOrigin,
  filter: NameFilter = everyFile,
): Page {
  if (contentType === undefined) throw malformedPage(origin, 'it comes without a content type');
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  switch (pageFormat(type.toLowerCase(), origin)) {
    case 'json':
      return parseJsonPage(bytes, origin, filter);
    case 'html':
      return parseHtmlPage(decodeHtml(bytes, charsetOf(parameters)), origin, filter);
    default:
      throw malformedPage(origin, `its content type is '${clipped(type, 100)}'`);
  }
}

function pageFormat(type: string, origin: PageOrigin): 'json' | 'html' | undefined {
  if (type === 'application/json') return 'json';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  const [, version, form] =
    /^application\/vnd\.pypi\.simple\.(?:v(\d+)|latest)\+(json|html)$/.exec(type) ?? [];
  if (version !== undefined) checkApiVersion(version, origin);
  return form as 'json' | 'html' | undefined;
}

function charsetOf(parameters: readonly string[]): string | undefined {
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    if (equals === -1 || parameter.slice(0, equals).trim().toLowerCase() !== 'charset') continue;
    return parameter
      .slice(equals + 1)
      .replaceAll('"', '')
      .trim();
  }
  return undefined;
}
