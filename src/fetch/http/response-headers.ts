import { clipped } from '../../text/clip.js';

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** RFC 9112, 6.3: two readers may disagree on the end of a response that states its length in two ways. */
export function framingContradiction(headers: RawHeaders): string | undefined {
  const length = headers['content-length'];
  if (length === undefined) return undefined;
  if (headers['transfer-encoding'] !== undefined)
    return 'it has both a Content-Length and a Transfer-Encoding';
  const lengths = new Set([length].flat().flatMap((value) => value.split(',').map((part) => part.trim())));
  if (lengths.size < 2) return undefined;
  return `it has more than one Content-Length: '${clipped([...lengths].join(', '), 60)}'`;
}

/** Names in lower case; repeated lines are joined. */
export function joined(headers: RawHeaders): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9110, 5.3: Set-Cookie lines cannot be joined by commas.
    const separator = /^set-cookie$/i.test(name) ? '\n' : ', ';
    if (value !== undefined)
      result[name.toLowerCase()] = Array.isArray(value) ? value.join(separator) : value;
  }
  return result;
}
