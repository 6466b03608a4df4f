/**
 * The one way a URL reaches output (P7): user and password are replaced, query values that look like
 * signatures are cut, control characters are shown as escapes. Takes any text; never throws.
 */
export function redactUrl(url: string): string {
  const withoutUser = url.replace(
    /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/)([^/?#]*)@/,
    (_, scheme: string) => `${scheme}****@`,
  );
  return printable(withoutUser.replace(/\?[^#]*/, '?****'));
}

/** `text` with control and invisible characters, line separators and bidirectional overrides as `\u{…}` escapes, so that it cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
