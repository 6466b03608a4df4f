import { malformedPage, type PageOrigin } from './page.js';

/** Deeper than any extension of the Simple API nests. */
const maxDepth = 64;
/** More members and elements than the links of a page have among them. */
const maxValues = 4_000_000;

const quote = 0x22;
const backslash = 0x5c;

/**
 * Looks over the text of a JSON page before it is parsed: a few bytes of nested or numerous brackets become many
 * in memory. Throws `PAGE_MALFORMED`.
 */
export function checkJsonProportions(text: string, origin: PageOrigin): void {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = stringEnd(text, i + 1);
    } else if (code === 0x2c /* , */) {
      values += 1;
    } else if (code === 0x7b /* { */ || code === 0x5b /* [ */) {
      values += 1;
      depth += 1;
      if (depth > maxDepth)
        throw malformedPage(origin, `its JSON is nested more than ${maxDepth} levels deep`);
    } else if (code === 0x7d /* } */ || code === 0x5d /* ] */) {
      depth -= 1;
    }
    if (values > maxValues) throw malformedPage(origin, `its JSON has more than ${maxValues} values`);
  }
}

/** The index of the quote that ends a string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    i += code === backslash ? 2 : 1;
  }
  return i;
}
