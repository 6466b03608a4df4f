import { Parser } from 'htmlparser2';
import type { ArchiveLink } from './link.js';
import { checkApiVersion, makeLink, malformedPage, mostLinks, type Page, type PageOrigin } from './page.js';

/** Reads a page of PEP 503 and PEP 592, or any page with links to archives. Throws `PAGE_VERSION` and `PAGE_MALFORMED`. */
export function parseHtmlPage(text: string, origin: PageOrigin): Page {
  const links: ArchiveLink[] = [];
  let base = origin.url;
  let hasBase = false;
  let status: string | undefined;
  let reason: string | undefined;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === 'a') {
          const link = anchorLink(attributes, base, origin);
          if (link !== undefined) links.push(link);
          if (links.length > mostLinks) throw malformedPage(origin, `it has more than ${mostLinks} links`);
        } else if (name === 'base' && !hasBase && attributes.href !== undefined) {
          // HTML: the first <base> counts, and may itself be relative.
          hasBase = true;
          base = resolved(attributes.href, origin.url);
        } else if (name === 'meta') {
          const { name: key, content = '' } = attributes;
          if (key === 'pypi:repository-version') checkApiVersion(content, origin);
          if (key === 'pypi:project-status') status = content;
          if (key === 'pypi:project-status-reason') reason = content;
        }
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  );
  parser.write(text);
  parser.end();
  return { links, status: status === undefined ? undefined : { status, reason } };
}

function anchorLink(
  attributes: Readonly<Record<string, string>>,
  base: string,
  origin: PageOrigin,
): ArchiveLink | undefined {
  const { href } = attributes;
  if (href === undefined) return undefined;
  const requiresPython = attributes['data-requires-python']?.trim();
  return makeLink(href.trim(), base, origin, {
    hashes: [],
    size: undefined,
    uploadTime: undefined,
    requiresPython: requiresPython === '' ? undefined : requiresPython,
    // PEP 592: the attribute marks a file as yanked, whatever its value.
    yanked: attributes['data-yanked'] ?? false,
  });
}

function resolved(href: string, against: string): string {
  try {
    return new URL(href.trim(), against).href;
  } catch {
    return against;
  }
}
