import { clipped } from '../../text/clip.js';

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** RFC 9112, 6.3: an answer that says in two ways where it ends may mean another end to each reader. */
export function framingContradiction(headers: RawHeaders): string | undefined {
  const length = headers['content-length'];
  if (length === undefined) return undefined;
  if (headers['transfer-encoding'] !== undefined)
    return 'it has both a Content-Length and a Transfer-Encoding';
  const lengths = new Set([length].flat().flatMap((value) => value.split(',').map((part) => part.trim())));
  if (lengths.size < 2) return undefined;
  return `it has more than one Content-Length: '${clipped([...lengths].join(', '), 60)}'`;
}

/** Names in lower case, lines of one name joined. */
export function joined(headers: RawHeaders): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9110, 5.3: lines of Set-Cookie cannot be joined by commas.
    const separator = /^set-cookie$/i.test(name) ? '\n' : ', ';
    if (value !== undefined)
      result[name.toLowerCase()] = Array.isArray(value) ? value.join(separator) : value;
  }
  return result;
}
