import { decodeHTMLAttribute } from 'entities/decode';
import { Tokenizer } from 'htmlparser2';
import type { PeepError } from '../../text/errors.js';
import type { ArchiveLink } from '../link.js';
import { detached, everyFile, type NameFilter } from './name-filter.js';
import { checkApiVersion, makeLink, malformedPage, maxLinks, type Page, type PageOrigin } from './page.js';
import { plainName, type Span } from './plain-name.js';

/**
 * Parses a page of PEP 503 and PEP 592, or any page with links to archives; everything except links is skipped.
 * Throws `PAGE_VERSION`, and `PAGE_MALFORMED` for more than `maxLinks` anchors.
 */
export function parseHtmlPage(text: string, origin: PageOrigin, filter: NameFilter = everyFile): Page {
  const anchors: Attributes[] = [];
  let count = 0;
  let base: string | undefined;
  let status: string | undefined;
  let reason: string | undefined;
  let asksForPassword = false;
  const endsWithinTag = readTags(text, (tag, spans) => {
    if (tag === 'a') {
      const href = spans.href;
      if (href === undefined || href.start === href.end) return;
      count += 1;
      if (count > maxLinks) throw malformedPage(origin, `it has more than ${maxLinks} links`);
      const name = plainName(text, href);
      if (name === undefined || filter.admits(text, name.start, name.end))
        anchors.push(valuesOf(text, spans));
      return;
    }
    const { href, name, content = '', type = '' } = valuesOf(text, spans);
    if (tag === 'input') {
      if (type.trim().toLowerCase() === 'password') asksForPassword = true;
    } else if (tag === 'base') {
      // HTML: the first <base> with a URL applies to every link of the page, and may itself be relative.
      if (href !== undefined) base ??= resolved(href, origin.url);
    } else if (name === 'pypi:repository-version') checkApiVersion(content, origin);
    else if (name === 'pypi:project-status') status ??= content;
    else if (name === 'pypi:project-status-reason') reason ??= content;
  });
  if (endsWithinTag) throw malformedPage(origin, 'it ends within a tag', undefined, { endsEarly: true });
  const links: ArchiveLink[] = [];
  for (const anchor of anchors) {
    const link = anchorLink(anchor, base ?? origin.url, origin);
    if (link !== undefined && filter.admits(link.filename)) links.push(link);
  }
  const others = filter.others();
  const listsArchives = links.length > 0 || [...others.values()].some(({ versions }) => versions.length > 0);
  if (asksForPassword && !listsArchives) throw logInPage(origin);
  return {
    links,
    others,
    status: status === undefined || status === '' ? undefined : { status, reason: reason || undefined },
    ...(count === 0 && { isLinkless: true }),
  };
}

function logInPage(origin: PageOrigin): PeepError {
  return malformedPage(origin, 'it is a login page', undefined, {
    hint: 'The index needs a user and a password: in its URL, in netrc, or in the keyring (--keyring-provider subprocess).',
  });
}

type Tag = 'a' | 'base' | 'meta' | 'input';

type AttributeName =
  | 'href'
  | 'data-requires-python'
  | 'data-yanked'
  | 'data-provenance'
  | 'name'
  | 'content'
  | 'type';

/** Positions of the raw attribute values in the text. */
type AttributeSpans = { [name in AttributeName]?: Span };
type Attributes = { [name in AttributeName]?: string };

const attributeNames: ReadonlySet<string> = new Set<AttributeName>([
  'href',
  'data-requires-python',
  'data-yanked',
  'data-provenance',
  'name',
  'content',
  'type',
]);
const maxNameLength = 'data-requires-python'.length;

/**
 * Calls `onTag` for each relevant opening tag; returns true if the text ends within a tag. A tokenizer without a
 * tree: memory and time are linear, even with deeply nested or unclosed tags.
 */
function readTags(text: string, onTag: (tag: Tag, attributes: AttributeSpans) => void): boolean {
  let tag: Tag | undefined;
  let attributes: AttributeSpans = {};
  let name: AttributeName | undefined;
  let [valueStart, valueEnd] = [0, 0];
  const nothing = () => undefined;
  const onEnd = () => {
    if (tag !== undefined) onTag(tag, attributes);
    tag = undefined;
    name = undefined;
  };
  const tokenizer = new Tokenizer(
    // Entities are decoded only in requested values, so the tokenizer skips all others.
    { decodeEntities: false },
    {
      onopentagname(start, end) {
        tag = tagName(text, start, end);
        attributes = {};
      },
      onattribname(start, end) {
        name = tag === undefined || end - start > maxNameLength ? undefined : attributeName(text, start, end);
        valueStart = valueEnd = 0;
      },
      onattribdata(start, end) {
        [valueStart, valueEnd] = [start, end];
      },
      onattribend() {
        // HTML: of duplicate attributes the first counts.
        if (name === undefined || attributes[name] !== undefined) return;
        attributes[name] = { start: valueStart, end: valueEnd };
      },
      onattribentity: nothing,
      onopentagend: onEnd,
      onselfclosingtag: onEnd,
      oncdata: nothing,
      onclosetag: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onend: nothing,
      onprocessinginstruction: nothing,
      ontext: nothing,
      ontextentity: nothing,
    },
  );
  tokenizer.write(text);
  tokenizer.end();
  return tag !== undefined;
}

function valuesOf(text: string, spans: AttributeSpans): Attributes {
  const values: Attributes = {};
  for (const name of Object.keys(spans) as AttributeName[]) {
    const { start, end } = spans[name] ?? { start: 0, end: 0 };
    const value = detached(text.slice(start, end));
    values[name] = value.includes('&') ? decodeHTMLAttribute(value) : value;
  }
  return values;
}

function tagName(text: string, start: number, end: number): Tag | undefined {
  if (end - start === 1) return text[start] === 'a' || text[start] === 'A' ? 'a' : undefined;
  if (end - start !== 4 && end - start !== 5) return undefined;
  const name = text.slice(start, end).toLowerCase();
  return name === 'base' || name === 'meta' || name === 'input' ? name : undefined;
}

function attributeName(text: string, start: number, end: number): AttributeName | undefined {
  const name = text.slice(start, end).toLowerCase();
  return attributeNames.has(name) ? (name as AttributeName) : undefined;
}

function anchorLink(attributes: Attributes, base: string, origin: PageOrigin): ArchiveLink | undefined {
  const requiresPython = attributes['data-requires-python']?.trim();
  return makeLink(attributes.href ?? '', base, origin, {
    hashes: [],
    size: undefined,
    uploadTime: undefined,
    requiresPython: requiresPython === '' ? undefined : requiresPython,
    // PEP 592: the attribute marks a file as yanked, with any value.
    yanked: attributes['data-yanked'] ?? false,
    provenance: attributes['data-provenance']?.trim() || undefined,
  });
}

function resolved(href: string, against: string): string {
  try {
    return new URL(href, against).href;
  } catch {
    return against;
  }
}
