/** Number of bytes of an HTML page in which to look for a `<meta>` with the charset. */
const prescanned = 1024;

/**
 * Decodes an HTML page as browsers do: byte order mark, then the charset of the response, then that of a `<meta>`,
 * then UTF-8. Names and URLs are ASCII in practice, so an unknown charset is read as UTF-8, and invalid bytes
 * become replacement characters, which cannot turn one name into another. Never throws.
 */
export function decodeHtml(bytes: Uint8Array, charset: string | undefined): string {
  return decode(bytes, byteOrderMark(bytes) ?? likely(charset, bytes) ?? metaCharset(bytes) ?? 'utf-8');
}

function byteOrderMark(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

/** Markup in UTF-16 has zero bytes: without any, the declared charset is wrong and would lose all links. */
function likely(charset: string | undefined, bytes: Uint8Array): string | undefined {
  const isWide =
    charset !== undefined && /^(?:utf-?16|ucs-?2|unicode|iso-10646-ucs-2|csunicode)/i.test(charset);
  return isWide && !bytes.subarray(0, prescanned).includes(0) ? undefined : charset;
}

/** HTML: a `<meta>` that is readable as ASCII and declares UTF-16 means UTF-8. */
function metaCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, prescanned)).toString('latin1');
  const charset = /<meta[^>]{0,500}?charset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(head)?.[1];
  return charset === undefined || /^utf-?16/i.test(charset) ? undefined : charset;
}

function decode(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
