/** A range in the text of a page. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const slash = 0x2f;
const hash = 0x23;
const equals = 0x3d;
const question = 0x3f;

/**
 * The file name at the end of a simple URL: no escapes, entities or query, and at most a fragment such as
 * `#sha256=HEX`. Undefined for a URL that needs parsing.
 */
export function plainName(text: string, { start, end }: Span): Span | undefined {
  let nameEnd = end;
  let firstEquals = end;
  let at = end;
  for (; at > start; at -= 1) {
    const code = text.charCodeAt(at - 1);
    if (code === slash) break;
    if (code === hash) nameEnd = at - 1;
    else if (code === equals) firstEquals = at - 1;
    else if (!isPlain(code)) return undefined;
  }
  if (nameEnd === at || firstEquals < nameEnd) return undefined;
  // The slash may be part of a fragment or query.
  for (let i = at - 1; i >= start; i -= 1) {
    const code = text.charCodeAt(i);
    if (code === hash || code === question) return undefined;
  }
  return { start: at, end: nameEnd };
}

/** Letters, digits, `_`, `.` and `-`. */
function isPlain(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f
  );
}
